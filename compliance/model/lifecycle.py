"""The life of findings: one pure function from what was known and what was seen to what changes.

A failure opens, confirms or reopens. A pass fixes, and so does a place that is gone, but only where somebody
looked. What was not seen moves nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from compliance.model.errors import BadPorts
from compliance.model.finding import Change, Event, Finding, Identity, Kind, State
from compliance.model.host import Host, parse_ports
from compliance.model.observation import Observation, Seen
from compliance.model.result import Result, Verdict
from compliance.model.rule import Rule

_UNSEEN = frozenset({Verdict.UNKNOWN, Verdict.ERROR})
_PORT = re.compile(r"(tcp|udp)/(\d{1,5})(?:/|\Z)")
_TOLD = frozenset({"answered", "closed"})
"""States of a UDP port that say something; silence there means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Where somebody looked, so that a place which is not there is gone; and what is not asked any more."""

    seen: frozenset[tuple[str, str]] = frozenset()
    """(host, rule): every scanner that the rule reads saw the host."""
    ports: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """By host, the TCP ports whose state was learned; a place at another port was not looked at."""
    udp_ports: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """By host, the UDP ports that answered or refused; nothing is known of a silent one."""
    retired_hosts: frozenset[str] = frozenset()
    retired_rules: frozenset[str] = frozenset()

    def includes(self, place: Identity) -> bool:
        """Whether the place would have been seen if it were still there."""
        host, rule, key = place
        port = _PORT.match(key)
        if port is None:
            return (host, rule) in self.seen
        ports = self.udp_ports if port[1] == "udp" else self.ports
        return (host, rule) in self.seen and int(port[2]) in ports.get(host, ())

    def retires(self, place: Identity) -> bool:
        """Whether its host or its rule is no longer looked at."""
        host, rule, _ = place
        return host in self.retired_hosts or rule in self.retired_rules


def coverage(
    hosts: Iterable[Host],
    observations: Iterable[Observation],
    rules: Iterable[Rule],
    *,
    retired_hosts: frozenset[str] = frozenset(),
    retired_rules: frozenset[str] = frozenset(),
) -> Coverage:
    """What the observations of one scan cover of the rules it was judged by.

    TCP ports are those that a scanner's facts say `answered`; where none tells, those asked for by number.
    UDP ports are those that facts list below `udp` as answering or refusing.
    """
    hosts, rules = tuple(hosts), tuple(rules)
    looks = [
        o for o in observations if isinstance(o, Seen) and not any(gap.path == "" for gap in o.facts.gaps)
    ]
    seen = {(look.task.host, look.task.scanner) for look in looks}
    ports = {host.name: frozenset(host.ports) for host in hosts if host.ports is not None}
    ports |= {
        look.task.host: _ports(look.facts.answered) for look in looks if hasattr(look.facts, "answered")
    }
    return Coverage(
        seen=frozenset(
            (host.name, rule.id)
            for host in hosts
            for rule in rules
            if all((host.name, scanner) in seen for scanner in rule.scanners)
        ),
        ports=ports,
        udp_ports={
            look.task.host: _udp_ports(look.facts.udp) for look in looks if hasattr(look.facts, "udp")
        },
        retired_hosts=retired_hosts,
        retired_rules=retired_rules,
    )


def _ports(answered: object) -> frozenset[int]:
    """The ports in a text of ranges; none where the text is unknown or none."""
    try:
        return frozenset(parse_ports(answered)) if isinstance(answered, str) else frozenset()
    except BadPorts:
        return frozenset()


def _udp_ports(listed: object) -> frozenset[int]:
    """The UDP ports that said something; none where the list is unknown."""
    ports = tuple.__iter__(listed) if isinstance(listed, tuple) else ()
    return frozenset(port.port for port in ports if port.state in _TOLD)


def reconcile(
    known: Iterable[Finding], results: Iterable[Result], covered: Coverage, now: datetime
) -> tuple[Change, ...]:
    """What changes in the findings, in the order of their identity; nothing, if the same results come again.

    A result is dated by the facts it rests on, by `now` only where there are none; one that is older than
    what the finding rests on moves nothing.
    """
    findings = {finding.identity: finding for finding in known}
    judged = {(result.host, result.rule, result.key): result for result in results}
    blind = {(r.host, r.rule) for r in judged.values() if r.verdict in _UNSEEN and r.key == ""}
    changes = []
    for place in sorted(findings.keys() | judged.keys()):
        finding, result = findings.get(place), judged.get(place)
        if covered.retires(place):
            change = _retired(finding, now)
        elif result is not None and result.verdict is Verdict.FAIL:
            change = _failed(finding, result, now)
        elif finding is not None and finding.state is State.OPEN:
            is_gone = covered.includes(place) and place[:2] not in blind
            change = _mended(finding, result, now, is_gone=is_gone)
        else:
            change = None
        if change is not None:
            changes.append(change)
    return tuple(changes)


def _retired(finding: Finding | None, now: datetime) -> Change | None:
    """An open finding that nobody asks about any more."""
    if finding is None or finding.state is not State.OPEN:
        return None
    return _change(Kind.RETIRED, replace(finding, state=State.RETIRED), now)


def _failed(finding: Finding | None, result: Result, now: datetime) -> Change | None:
    """A failure: of a place that was not known to fail, that still fails, or that fails again."""
    at = result.observed_at or now
    after = Finding(
        host=result.host,
        rule=result.rule,
        key=result.key,
        state=State.OPEN,
        first_seen=at if finding is None else finding.first_seen,
        last_seen=at,
        severity=result.severity,
        message=result.message,
    )
    if finding is None:
        return _change(Kind.OPENED, after, at)
    if at < finding.last_seen or after == finding:
        return None
    if finding.state is State.OPEN:
        return _change(Kind.CONFIRMED, after, at)
    return _change(Kind.REOPENED, after, at) if at > finding.last_seen else None


def _mended(finding: Finding, result: Result | None, now: datetime, *, is_gone: bool) -> Change | None:
    """An open finding whose place passes, or is no more: `is_gone` says whether that was looked at."""
    at = now if result is None else result.observed_at or now
    match result.verdict if result is not None else None:
        case Verdict.PASS:
            is_fixed = at >= finding.last_seen
        case Verdict.NOTAPPLICABLE | None:
            is_fixed = is_gone and at >= finding.last_seen
        case _:
            is_fixed = False
    return _change(Kind.FIXED, replace(finding, state=State.FIXED), at) if is_fixed else None


def _change(kind: Kind, after: Finding, at: datetime) -> Change:
    event = Event(host=after.host, rule=after.rule, key=after.key, kind=kind, at=at)
    return Change(finding=after, event=event)
