"""Cases: the rules that do not pass, each once, with every place where and what was seen there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from compliance.model.result import ESTATE, FLEET, Result, Verdict
from compliance.model.rule import Rule, Severity
from compliance.model.scan import Scan
from compliance.model.text import clean, clean_line
from compliance.report.apart import merged
from compliance.report.tally import NOT_SEEN
from compliance.report.words import utc

_MOST_EVIDENCE = 20
_LONGEST_VALUE = 600
_WHOLE = "the whole host"
_APART = (ESTATE, FLEET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value that a verdict rests on: the fact's path and what was seen."""

    path: str
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place where a rule does not pass, what is wrong there, and what was seen."""

    host: str
    where: str
    message: str
    evidence: tuple[Value, ...]
    evidence_left_out: int
    observed: str
    waived_by: str = ""
    """Id of the waiver that accepts it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One rule that does not pass: why it matters, how to mend it, and where."""

    number: int
    severity: Severity
    rule: str
    title: str
    rationale: str
    fix: str
    fix_is_for: str
    """The place whose fix it is, if that of the others differs by what stands there; else empty."""
    controls: tuple[str, ...]
    """For each framework one text: its title and the numbers of the controls."""
    hosts: tuple[str, ...]
    """The hosts it concerns, each once, by name."""
    count: int
    """How many places it concerns; a bounded format may list fewer of them."""
    places: tuple[Place, ...]

    @property
    def apart(self) -> str:
        """What stands for the host where it is of no single one; empty for hosts."""
        return self.hosts[0] if self.hosts[0] in _APART else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRow:
    """A rule that could not be decided at one place, for the same reason on one or more hosts."""

    severity: Severity
    rule: str
    title: str
    where: str
    why: str
    hosts: tuple[str, ...]

    @property
    def apart(self) -> str:
        """What stands for the host where it is of no single one; empty for hosts."""
        return self.hosts[0] if self.hosts[0] in _APART else ""


def failures(scan: Scan, rules: Mapping[str, Rule]) -> tuple[Case, ...]:
    """What fails, worst first, then what concerns most hosts."""
    grouped: dict[tuple[str, Severity], list[Result]] = {}
    for result in scan.results:
        if result.verdict is Verdict.FAIL:
            grouped.setdefault((result.rule, result.severity), []).append(result)
    claims = _claims(scan)
    frameworks = {each.framework.id: clean_line(each.framework.title, 60) for each in scan.assessments}
    cases = [
        _case(results, rules.get(name), claims.get(name) or _named(results, frameworks))
        for (name, _), results in grouped.items()
    ]
    cases.sort(key=lambda case: (-case.severity.rank, -len(case.hosts), case.title, case.rule))
    return tuple(replace(case, number=number) for number, case in enumerate(cases, start=1))


def undecided(scan: Scan, rules: Mapping[str, Rule]) -> tuple[OpenRow, ...]:
    """What could not be decided, worst first: one row for a rule, a place and a reason, with its hosts.

    What the inventory leaves out is one row a rule, however many controls ask for it.
    """
    as_one = merged(scan.results)
    grouped: dict[tuple[Severity, str, str, str], list[str]] = {}
    for result in scan.results:
        if result.verdict in NOT_SEEN:
            one = as_one.get(result.rule) if result.host in _APART else None
            where, why = (one.where, one.why) if one else (result.key, result.message)
            cause = (result.severity, result.rule, where, why)
            grouped.setdefault(cause, []).append(clean_line(result.host, 253))
    rows = [
        OpenRow(
            severity=severity,
            rule=clean_line(rule, 120),
            title=_title(rule, rules),
            where=clean_line(key, 200) or _WHOLE,
            why=clean(message, _LONGEST_VALUE) or "no reason was given",
            hosts=tuple(dict.fromkeys(sorted(hosts))),
        )
        for (severity, rule, key, message), hosts in grouped.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.severity.rank, row.title, -len(row.hosts), row.where)))


def _title(rule: str, rules: Mapping[str, Rule]) -> str:
    return clean_line(rules[rule].title if rule in rules else rule, 300)


def _claims(scan: Scan) -> Mapping[str, tuple[str, ...]]:
    """For each rule the controls that it bears on, one text for each framework."""
    found: dict[str, dict[str, list[str]]] = {}
    for assessment in scan.assessments:
        framework = clean_line(assessment.framework.title, 60)
        for status in assessment.controls:
            for claim in status.control.claims:
                numbers = found.setdefault(claim.rule, {}).setdefault(framework, [])
                numbers.append(clean_line(status.control.id, 40))
    return {
        rule: tuple(f"{title} {', '.join(dict.fromkeys(ids))}" for title, ids in frameworks.items())
        for rule, frameworks in found.items()
    }


def _named(results: Iterable[Result], frameworks: Mapping[str, str]) -> tuple[str, ...]:
    """The controls that the places of a register's rule are, as `pci-dss-4.0.1/1.1.1`, by framework."""
    found: dict[str, list[str]] = {}
    for result in results:
        framework, _, control = result.key.partition("/")
        if framework in frameworks:
            found.setdefault(frameworks[framework], []).append(clean_line(control, 40))
    return tuple(f"{title} {', '.join(ids)}" for title, ids in found.items())


def _case(results: Iterable[Result], rule: Rule | None, controls: tuple[str, ...]) -> Case:
    ordered = sorted(results, key=lambda result: (result.host, result.key))
    first = ordered[0]
    fix = first.fix or (rule.remediation if rule else "")
    is_one_of_several = len({result.fix for result in ordered}) > 1
    return Case(
        number=0,
        severity=first.severity,
        rule=clean_line(first.rule, 120),
        title=clean_line(rule.title if rule else first.rule, 300),
        rationale=clean(rule.rationale).strip() if rule else "",
        fix=clean(fix).strip(),
        fix_is_for=clean_line(first.key or first.host, 200) if is_one_of_several else "",
        controls=controls,
        hosts=tuple(dict.fromkeys(clean_line(result.host, 253) for result in ordered)),
        count=len(ordered),
        places=tuple(map(_place, ordered)),
    )


def _place(result: Result) -> Place:
    shown = result.evidence[:_MOST_EVIDENCE]
    return Place(
        host=clean_line(result.host, 253),
        where=clean_line(result.key, 200) or _WHOLE,
        message=clean(result.message, _LONGEST_VALUE),
        evidence=tuple(
            Value(path=clean_line(value.path, 200), seen=clean(value.seen, _LONGEST_VALUE)) for value in shown
        ),
        evidence_left_out=len(result.evidence) - len(shown),
        observed=utc(result.observed_at) if result.observed_at else "",
        waived_by=clean_line(result.waived_by, 60),
    )
