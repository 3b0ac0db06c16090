"""What a profile makes of results: hosts that it does not speak of, rules left out, what is stricter."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from compliance.model.profile import Profile
from compliance.model.result import Result, Verdict
from compliance.model.rule import Rule
from compliance.model.text import clean
from compliance.policy.cel.check import check
from compliance.policy.cel.interpret import Interpreter
from compliance.policy.cel.kleene import joined
from compliance.policy.cel.parse import parse
from compliance.policy.cel.scope import root
from compliance.policy.cel.values import Missing
from compliance.policy.evaluate import Subject, evaluate
from compliance.policy.reads import ROOT
from compliance.policy.rulebook import RuleBook
from compliance.policy.witness import Witness, witness_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of a host."""

    profile: Profile
    own: RuleBook
    """The profile's book."""
    everything: RuleBook
    """The book that it was tailored from."""
    scanners: frozenset[str]
    """Those that were sent to the host; only rules that read nothing else are asked."""
    as_of: datetime | None = None
    """When facts count as too old; None for when they were seen."""


def results_by(asked: Asked, subject: Subject) -> Iterator[Result]:
    """What the profile's rules say of one host.

    Rules that are left out give `notselected` with the reason; on a host that the profile does not speak of,
    all give `notapplicable`.
    """
    profile, own = asked.profile, asked.own
    rules = [rule for rule in own if asked.scanners.issuperset(rule.scanners)]
    witness = witness_of(own.schema, subject)
    speaks = speaks_of(profile, own, witness) if profile.scopes else True
    if speaks is True:
        yield from evaluate(own, subject, [rule.id for rule in rules], as_of=asked.as_of)
    elif isinstance(speaks, Missing):
        why = f"whether the profile {profile.id} speaks of it is not known: {witness.why(speaks.paths)}"
        yield from (_aside(rule, subject, Verdict.UNKNOWN, why) for rule in rules)
    else:
        why = f"the profile {profile.id} does not speak of this host"
        yield from (_aside(rule, subject, Verdict.NOTAPPLICABLE, why) for rule in rules)
    for out in profile.left_out:
        rule = asked.everything[out.rule].rule
        if asked.scanners.issuperset(rule.scanners):
            yield _aside(rule, subject, Verdict.NOTSELECTED, f"left out by the profile: {out.reason}")


def speaks_of(profile: Profile, book: RuleBook, witness: Witness) -> Any:
    """Whether the host is one that the profile speaks of: True, False, or `Missing`."""
    scope = root({ROOT: witness.root})
    conditions = (
        Interpreter(check(parse(text), {ROOT: book.schema.host})).run(scope) for text in profile.scopes
    )
    return joined(conditions, is_and=True, at=0)


def _aside(rule: Rule, subject: Subject, verdict: Verdict, message: str) -> Result:
    """A result of a rule that was not run on the host; it rests on no observation."""
    return Result(
        host=subject.host.name,
        rule=rule.id,
        key="",
        verdict=verdict,
        severity=rule.severity,
        message=clean(message, 500),
        fix="",
    )


def stricter(profile: Profile, results: Iterable[Result]) -> tuple[Result, ...]:
    """The results with what is unknown as a failure, of the severities for which the profile wants it so.

    Only what is shown is stricter: nothing that was not seen opens a finding.
    """
    return tuple(
        replace(
            result, verdict=Verdict.FAIL, message=f"not seen, which here counts as failing: {result.message}"
        )
        if result.verdict is Verdict.UNKNOWN and result.severity in profile.unknown_fails
        else result
        for result in results
    )
