"""Facts and rules give results: what each rule says of each place on a host, in words, with its evidence."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from compliance.model.result import Result
from compliance.policy.quick import Judge
from compliance.policy.rulebook import RuleBook
from compliance.policy.witness import Subject as Subject
from compliance.policy.witness import witness_of


def evaluate(
    book: RuleBook, subject: Subject, rules: Iterable[str] | None = None, *, as_of: datetime | None = None
) -> Iterator[Result]:
    """The results of one host by all rules or those named, by rule id.

    Judged at the time of the observations, so the same facts give the same results whenever they are judged;
    `as_of` moves the moment at which facts count as too old, for rules with `max_age`.
    """
    witness = witness_of(book.schema, subject)
    for judge in _judges(book, rules):
        yield from judge.results(witness, as_of=as_of)


def _judges(book: RuleBook, rules: Iterable[str] | None) -> Iterator[Judge]:
    return map(book.judge, book.loaded if rules is None else rules)
