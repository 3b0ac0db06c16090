"""A framework seen through results: what the checks say of each control, and what they do not."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from compliance.model.framework import Assessment, Control, ControlStatus, Framework, Status
from compliance.model.host import Host
from compliance.model.result import Result, Verdict

_JUDGED = frozenset({Verdict.PASS, Verdict.FAIL, Verdict.ERROR, Verdict.UNKNOWN, Verdict.NOTAPPLICABLE})
"""Verdicts of a rule that was run; the others say that it was not."""


def assess(framework: Framework, results: Iterable[Result], hosts: Sequence[Host]) -> Assessment:
    """Each control of the framework with the results that bear on it, on the hosts in its scope.

    A control passes only if every rule claimed for it has spoken for every host. A rule without a result for
    some host, or that a profile left out, leaves it incomplete; if none has spoken, it is not tested.
    """
    names = tuple(host.name for host in hosts if framework.scope in host.scopes)
    by_rule = _by_rule(results, frozenset(names))
    return Assessment(
        framework=framework,
        hosts=names,
        controls=tuple(_seen(control, by_rule, names) for control in framework.controls),
    )


def _by_rule(results: Iterable[Result], hosts: Collection[str]) -> Mapping[str, Sequence[Result]]:
    found: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        if result.host in hosts:
            found[result.rule].append(result)
    return found


def _seen(control: Control, by_rule: Mapping[str, Sequence[Result]], hosts: Sequence[str]) -> ControlStatus:
    claimed = {claim.rule: by_rule.get(claim.rule, ()) for claim in control.claims}
    results = tuple(result for found in claimed.values() for result in found)
    count = Counter(result.verdict for result in results)
    return ControlStatus(
        control=control,
        status=_status(count, complete=_complete(claimed.values(), hosts)),
        passed=count[Verdict.PASS],
        failed=count[Verdict.FAIL],
        unknown=count[Verdict.UNKNOWN] + count[Verdict.ERROR],
        results=results,
    )


def _complete(found: Iterable[Sequence[Result]], hosts: Sequence[str]) -> bool:
    """Whether every claimed rule has judged every host."""
    wanted = set(hosts)
    return all(wanted <= {result.host for result in one if result.verdict in _JUDGED} for one in found)


def _status(count: Counter[Verdict], *, complete: bool) -> Status:
    if count[Verdict.FAIL]:
        return Status.FAILING
    if not any(count[verdict] for verdict in _JUDGED):
        return Status.NOT_TESTED
    if count[Verdict.UNKNOWN] or count[Verdict.ERROR] or not complete:
        return Status.INCOMPLETE
    return Status.PASSING if count[Verdict.PASS] else Status.NOT_APPLICABLE
