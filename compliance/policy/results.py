"""Outcomes in words: the result of one place, with its message, its remedy and its evidence."""

from datetime import datetime
from typing import Any

from compliance.model.result import Evidence, Result, Verdict
from compliance.model.rule import Rule
from compliance.model.text import clean_line
from compliance.policy.cel.values import Failed, Missing, shown
from compliance.policy.judge import Outcome
from compliance.policy.loaded import LoadedRule
from compliance.policy.witness import Witness

LONGEST_MESSAGE = 1000
"""Characters of a message."""
_LONGEST_FIX = 4000
LONGEST_SEEN = 200
"""Characters that one value takes as evidence."""


def result_of(loaded: LoadedRule, witness: Witness, outcome: Outcome) -> Result:
    """One outcome as a result that a person can read."""
    is_failure = outcome.verdict is Verdict.FAIL
    return Result(
        host=witness.host,
        rule=loaded.rule.id,
        key=outcome.key,
        verdict=outcome.verdict,
        severity=loaded.rule.severity,
        message=_message(loaded, witness, outcome),
        fix=remedy(loaded.fix.filled(outcome.scope)) if is_failure else "",
        evidence=_evidence(loaded, outcome),
        observed_at=observed_at(loaded, witness),
    )


def sentence(text: str) -> str:
    """A message, made safe and not too long."""
    if len(text) <= LONGEST_MESSAGE and text.isascii() and text.isprintable():
        return text
    return clean_line(text, LONGEST_MESSAGE)


def unsaid(rule: Rule) -> str:
    """What a failure of a rule without a message says."""
    return f"not so: {rule.title}"


def remedy(text: str) -> str:
    """A filled remediation, not too long."""
    return text[:_LONGEST_FIX].strip()


def evidence(path: str, value: Any) -> Evidence:
    """One value that was seen, and where, made safe to show."""
    return Evidence(path=clean_line(path, LONGEST_SEEN), seen=clean_line(shown(value), LONGEST_SEEN))


def observed_at(loaded: LoadedRule, witness: Witness) -> datetime | None:
    """When the facts that a rule reads were seen; None where none were."""
    if any(name not in witness.unseen for name in loaded.rule.scanners) or not loaded.rule.scanners:
        return witness.moment(loaded.rule.scanners)
    return None


def _message(loaded: LoadedRule, witness: Witness, outcome: Outcome) -> str:
    match outcome.verdict:
        case Verdict.FAIL:
            text = _failure(loaded, outcome)
        case Verdict.UNKNOWN:
            text = _not_seen(loaded, witness, outcome)
        case Verdict.ERROR:
            text = f"the rule could not be judged: {outcome.error}"
        case Verdict.NOTAPPLICABLE:
            text = "it speaks of nothing that is here" if loaded.loop else "it does not speak of this host"
        case Verdict.NOTCHECKED:
            text = loaded.spec.manual.question if loaded.spec.manual else ""
        case _:
            text = loaded.rule.title
    return sentence(text)


def _not_seen(loaded: LoadedRule, witness: Witness, outcome: Outcome) -> str:
    if not outcome.is_stale:
        return witness.why(outcome.missing)
    names = ", ".join(sorted(path.removeprefix("host.") for path in outcome.missing))
    return f"what was seen of {names} is older than {loaded.spec.max_age}"


def _failure(loaded: LoadedRule, outcome: Outcome) -> str:
    if loaded.loop is not None and not outcome.is_element:
        return f"there is no {loaded.loop.name} at all"
    return loaded.message.filled(outcome.scope) if loaded.message else unsaid(loaded.rule)


def _evidence(loaded: LoadedRule, outcome: Outcome) -> tuple[Evidence, ...]:
    """The declared facts with what was seen of them; what was not seen is left out."""
    if outcome.verdict in {Verdict.NOTAPPLICABLE, Verdict.NOTCHECKED} or (
        loaded.loop and not outcome.is_element
    ):
        return ()
    found: list[Evidence] = []
    for expression in loaded.evidence:
        value = expression.interpreter.run(outcome.scope)
        if not isinstance(value, Missing | Failed):
            path = expression.interpreter.trail(outcome.scope).removeprefix("host.") or expression.text
            found.append(evidence(path, value))
    return tuple(dict.fromkeys(found))
