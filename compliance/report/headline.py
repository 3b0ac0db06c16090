"""The headline: one sentence that says how things stand, its reason, and five numbers."""

from dataclasses import dataclass
from enum import StrEnum

from compliance.model.result import ESTATE, FLEET
from compliance.model.rule import Severity
from compliance.report.cases import Case
from compliance.report.coverage import Coverage
from compliance.report.standards import Standard
from compliance.report.tally import Tally
from compliance.report.words import Look, State, listed, plural, verb

_PARTLY_NAMED = 3


class Tone(StrEnum):
    """Which of three the headline is; the word stands in the sentence, the colour only repeats it."""

    BAD = "bad"
    UNSEEN = "unseen"
    GOOD = "good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """How things stand in one sentence, and the sentences that say why."""

    tone: Tone
    sentence: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One of the five numbers, with what it counts and what it is out of."""

    figure: str
    label: str
    note: str
    css: str = ""


def headline(
    checks: Tally, failing: tuple[Case, ...], seen: Coverage, standards: tuple[Standard, ...]
) -> Headline:
    """The verdict in words; hosts that were not seen are named and never count as passing."""
    tone, sentence = _sentence(checks, failing, seen)
    reasons = (*_standards_reason(standards), *_unseen_reason(checks, seen))
    if tone is Tone.GOOD:
        reasons = ("Every scanner saw all it looks for on every host.", *_people_reason(standards))
    return Headline(tone=tone, sentence=sentence, reason=" ".join(reasons))


def numbers(
    checks: Tally, failing: tuple[Case, ...], seen: Coverage, standards: tuple[Standard, ...]
) -> tuple[Number, ...]:
    """Failing, not seen, passing, hosts, controls: each with its denominator."""
    hosts, whole = len(seen.hosts), len(seen.named(Look.SEEN))
    partly, unseen = len(seen.named(Look.PARTLY)), len(seen.named(Look.NOT_SEEN))
    return (
        Number(
            figure=f"{checks.failed:,}",
            label=verb(checks.failed, "check fails", "checks fail"),
            note=(_by_severity(failing) or "none") + (f"; {checks.waived:,} waived" if checks.waived else ""),
            css="bad" if checks.failed else "",
        ),
        Number(
            figure=f"{checks.not_seen:,}",
            label="not decided",
            note=f"of {checks.total:,}, as something was not seen"
            if checks.not_seen
            else "nothing left open",
            css="unseen" if checks.not_seen else "",
        ),
        Number(
            figure=f"{checks.passed:,}",
            label=verb(checks.passed, "check passes", "checks pass"),
            note=f"of {checks.total:,}"
            + (f", {checks.percent_passed} %; {checks.percent_decided} % decided" if checks.total else ""),
        ),
        Number(
            figure=f"{whole:,}",
            label=f"of {plural(hosts, 'host')} seen in full",
            note=f"{partly:,} in part, {unseen:,} not at all",
            css="unseen" if whole < hosts else "",
        ),
        _controls_number(standards),
    )


def _sentence(checks: Tally, failing: tuple[Case, ...], seen: Coverage) -> tuple[Tone, str]:
    if not seen.hosts:
        return Tone.UNSEEN, "Nothing was looked at: this scan has no host."
    if checks.failed:
        hosts = len({host for case in failing for host in case.hosts if not case.apart})
        fail = verb(checks.failed, "fails", "fail")
        where = [f"on {hosts:,} of {plural(len(seen.hosts), 'host')}"] if hosts else []
        for apart, words in ((ESTATE, "in what is declared"), (FLEET, "across hosts")):
            if count := sum(case.count for case in failing if case.apart == apart):
                where.append(f"{words} ({count:,})")
        return (
            Tone.BAD,
            f"{plural(checks.failed, 'check')} {fail} {listed(tuple(where))}{_critical(failing)}.",
        )
    if len(seen.named(Look.NOT_SEEN)) == len(seen.hosts):
        return Tone.UNSEEN, f"Nothing is known: {_none_of(len(seen.hosts))} could be seen."
    if checks.not_seen or seen.named(Look.NOT_SEEN) or seen.named(Look.PARTLY):
        return Tone.UNSEEN, "No check fails, but not everything could be seen."
    if not checks.total:
        return Tone.UNSEEN, "No check was run on what was seen."
    return Tone.GOOD, f"All {plural(checks.total, 'check')} pass."


def _none_of(hosts: int) -> str:
    return f"none of the {hosts:,} hosts" if hosts > 1 else "not even the one host"


def _critical(failing: tuple[Case, ...]) -> str:
    count = sum(case.count for case in failing if case.severity is Severity.CRITICAL)
    return f", {count:,} of them critical" if count else ""


def _standards_reason(standards: tuple[Standard, ...]) -> list[str]:
    reasons = []
    for standard in standards:
        tested = [group for group in standard.groups if group.controls]
        failing = sum(1 for group in tested if group.state is State.FAILING)
        if failing:
            chapters = plural(len(tested), "chapter")
            reasons.append(
                f"{standard.title}: {failing} of {chapters} {verb(failing, 'has', 'have')} failing checks."
            )
    return reasons


def _people_reason(standards: tuple[Standard, ...]) -> list[str]:
    total = sum(standard.total for standard in standards)
    others = total - sum(standard.counts[State.PASSING] for standard in standards)
    return [f"{others:,} of {plural(total, 'control')} still need people."] if others else []


def _unseen_reason(checks: Tally, seen: Coverage) -> list[str]:
    reasons = []
    if hosts := seen.named(Look.NOT_SEEN):
        reasons.append(f"Not seen at all: {listed(hosts)}.")
    if hosts := seen.named(Look.PARTLY):
        reasons.append(f"Seen only in part: {listed(hosts, _PARTLY_NAMED)}.")
    if checks.not_seen:
        reasons.append(f"{plural(checks.not_seen, 'check')} could not be decided.")
    if reasons:
        reasons.append("What was not seen does not count as passing.")
    return reasons


def _by_severity(failing: tuple[Case, ...]) -> str:
    worst_first = sorted(Severity, key=lambda severity: -severity.rank)
    counts = {s: sum(case.count for case in failing if case.severity is s) for s in worst_first}
    return ", ".join(f"{count:,} {severity}" for severity, count in counts.items() if count)


def _controls_number(standards: tuple[Standard, ...]) -> Number:
    total = sum(standard.total for standard in standards)
    decided = sum(s.counts[State.FAILING] + s.counts[State.PASSING] for s in standards)
    return Number(
        figure=f"{decided:,}",
        label=f"of {plural(total, 'control')} decided",
        note="the rest needs people or was not seen" if total else "no framework was asked for",
    )
