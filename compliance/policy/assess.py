"""A framework seen through results: what the checks say of each control, and what they do not."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from compliance.model.framework import Assessment, Control, ControlStatus, Framework, Status
from compliance.model.host import Host
from compliance.model.result import Result, Verdict

_JUDGED = frozenset({Verdict.PASS, Verdict.FAIL, Verdict.ERROR, Verdict.UNKNOWN, Verdict.NOTAPPLICABLE})
"""Verdicts of a rule that was run; the others say that it was not."""


def assess(
    framework: Framework,
    results: Iterable[Result],
    hosts: Sequence[Host],
    apart: Mapping[str, str] = MappingProxyType({}),
) -> Assessment:
    """Each control of the framework with the results that bear on it, on the hosts in its scope.

    A control passes only if every rule claimed for it has spoken for every host. A rule without a result for
    some host, or that a profile left out, leaves it incomplete; if none has spoken, it is not tested.
    `apart` names what stands for the host in results of rules that see no single host. What a register says
    of a control bears on it by its place: framework and control.
    """
    names = tuple(host.name for host in hosts if framework.scope in host.scopes)
    wanted = _Wanted(frozenset(names), apart)
    by_rule = _by_rule(results, wanted)
    return Assessment(
        framework=framework,
        hosts=names,
        controls=tuple(_seen(framework, control, by_rule, wanted) for control in framework.controls),
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Of which hosts results bear on a framework."""

    hosts: frozenset[str]
    apart: Mapping[str, str]

    def of(self, rule: str) -> frozenset[str]:
        """The hosts that a rule must have judged."""
        return frozenset({self.apart[rule]}) if rule in self.apart else self.hosts


_ByRule = Mapping[str, Sequence[Result]]


def _by_rule(results: Iterable[Result], wanted: _Wanted) -> _ByRule:
    found: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        if result.host in wanted.of(result.rule):
            found[result.rule].append(result)
    return found


def _seen(framework: Framework, control: Control, by_rule: _ByRule, wanted: _Wanted) -> ControlStatus:
    claimed = {claim.rule: by_rule.get(claim.rule, ()) for claim in control.claims}
    held = _held(framework, control, by_rule)
    results = (*(result for found in claimed.values() for result in found), *held)
    count = Counter(result.verdict for result in results)
    status = _status(count, complete=_complete(claimed, wanted))
    is_tracked = status is Status.PASSING and not control.claims
    return ControlStatus(
        control=control,
        status=Status.TRACKED if is_tracked else status,
        passed=count[Verdict.PASS],
        failed=count[Verdict.FAIL],
        unknown=count[Verdict.UNKNOWN] + count[Verdict.ERROR],
        results=results,
    )


def _held(framework: Framework, control: Control, by_rule: _ByRule) -> tuple[Result, ...]:
    """What the rule of the control's register says of the control."""
    if control.register is None:
        return ()
    found = by_rule.get(register_rule(control.register.kind), ())
    return tuple(result for result in found if result.key == f"{framework.id}/{control.id}")


def register_rule(kind: str) -> str:
    """The id of the rule that judges the entries of a kind of register."""
    return f"register-{kind.replace('_', '-')}"


def _complete(claimed: _ByRule, wanted: _Wanted) -> bool:
    """Whether every claimed rule has judged every host."""
    return all(
        wanted.of(rule) <= {result.host for result in found if result.verdict in _JUDGED}
        for rule, found in claimed.items()
    )


def _status(count: Counter[Verdict], *, complete: bool) -> Status:
    if count[Verdict.FAIL]:
        return Status.FAILING
    if not any(count[verdict] for verdict in _JUDGED):
        return Status.NOT_TESTED
    if count[Verdict.UNKNOWN] or count[Verdict.ERROR] or not complete:
        return Status.INCOMPLETE
    return Status.PASSING if count[Verdict.PASS] else Status.NOT_APPLICABLE
