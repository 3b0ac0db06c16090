"""Facts and rules give results: what each rule says of each place on a host, in words, with its evidence."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from compliance.model.result import Result
from compliance.policy.rulebook import RuleBook
from compliance.policy.witness import Subject as Subject


def evaluate(
    book: RuleBook, subject: Subject, rules: Iterable[str] | None = None, *, as_of: datetime | None = None
) -> Iterator[Result]:
    """The results of one host by all rules or those named, by rule id.

    Judged at the time of the observations, so the same facts give the same results whenever they are judged;
    `as_of` moves the moment at which facts count as too old, for rules with `max_age`.
    """
    return book.panel(rules).results(subject, as_of=as_of)
