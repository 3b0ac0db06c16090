"""The scanner: connects to the ports, speaks with the open ones, lets nmap name what still has no name."""

import functools
import itertools
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import msgspec

from scanners import Means, Need, Pace, PartialList, Reason, ScanError, Target, Unreachable
from scanners.facts import UNKNOWN, Gap
from scanners.kit import nmap
from scanners.ports import udp
from scanners.ports.course import Course, Manner, State
from scanners.ports.facts import Port, PortsFacts, PortState
from scanners.ports.naming import Name, escaped, printable
from scanners.ports.place import USUAL, USUAL_GENTLE, address_of, ranges, wanted
from scanners.ports.sweep import Bounds, Want, sweep
from scanners.ports.talk import LATE, Place, Talk, talk

_MOST_OPEN = 1000
_MOST_FILTERED = 64
_NMAP_SECONDS = 12.0
"""For each port that spoke and has no name yet."""
_MOST_FOR_NMAP = 32
_NO_UDP = Gap(path="udp", reason=Reason.NOT_COLLECTED, detail="UDP was not looked at")
_SHARE_CONNECTING = 0.5
_KEPT_FOR_TALK = 0.3
"""Share of the deadline that connecting leaves over, so that open ports can still be named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pace:
    """How hard a host is asked: for connections, and how many ports are spoken with at once."""

    manner: Manner
    talks: int


_PACES = {
    Pace.GENTLE: _Pace(manner=Manner(rate=50, at_once=1, tries=2, first_wait=0.5, longest_wait=1.0), talks=1),
    Pace.NORMAL: _Pace(manner=Manner(rate=5000, at_once=500), talks=16),
    Pace.BRISK: _Pace(manner=Manner(rate=5000, at_once=4000), talks=48),
}
_HERE = _Pace(manner=Manner(rate=50_000, at_once=1000, tries=2), talks=48)
"""This machine loses nothing and refuses at once."""


class PortsScanner:
    """Which TCP ports accept, what they say of themselves, and what a few UDP services answer."""

    name = "ports"
    facts = PortsFacts
    need = Need.NETWORK

    def scan(self, target: Target, means: Means) -> PortsFacts:
        """Which ports answer and what answers; `Unreachable` where nothing at all does."""
        address = address_of(target, means.timeout)
        if not set(wanted(target, means.pace)) - means.spared_ports:
            gap = Gap(path="", reason=Reason.NOT_COLLECTED, detail="no port was asked for")
            return PortsFacts(asked="", gaps=(gap,))
        ends = time.monotonic() + means.deadline
        with ThreadPoolExecutor(max_workers=1) as aside:
            looks_at_udp = target.ports is None and means.pace is not Pace.GENTLE
            spoken = aside.submit(udp.look, address, ends) if looks_at_udp else None
            facts = _owned_up(_tcp(address, target, means, ends), target, means)
            if spoken is None:
                facts = msgspec.structs.replace(facts, gaps=(*facts.gaps, _NO_UDP))
            else:
                facts = msgspec.structs.replace(facts, udp=spoken.result())
        means.progress("ports", 1.0)
        return facts


SCANNER = PortsScanner()


def _tcp(address: str, target: Target, means: Means, ends: float) -> PortsFacts:
    """The TCP ports: first all are connected to, then the open ones are spoken with."""
    pace = _pace(target, means)
    ports = tuple(port for port in wanted(target, means.pace) if port not in means.spared_ports)
    asked = ranges(ports)
    bounds = Bounds(
        until=ends - means.deadline * _KEPT_FOR_TALK,
        progress=lambda share: means.progress("ports", share * _SHARE_CONNECTING),
        budget=None if target.is_here else means.budget,
    )
    (course,) = sweep([Want(address=address, ports=ports, manner=pace.manner)], bounds)
    facts = msgspec.structs.replace(_connected(course), asked=asked)
    if facts.open is UNKNOWN:
        return facts
    place = functools.partial(
        Place,
        address=address,
        server_name=target.name if target.name.isascii() else "",
        round_trip=course.round_trip,
        until=ends,
        insists=means.pace is not Pace.GENTLE,
    )
    return _spoken(facts, place, pace.talks, means)


def _pace(target: Target, means: Means) -> _Pace:
    """How hard the target is asked; what is declared brisk is bounded by the rate of all hosts alone."""
    if target.is_here:
        return _HERE
    pace = _PACES[means.pace]
    if means.pace is Pace.BRISK:
        return pace
    return replace(pace, manner=replace(pace.manner, rate=min(pace.manner.rate, means.host_rate)))


def _connected(course: Course) -> PortsFacts:
    """The facts after connecting: states without services."""
    by_state = {state: [p for p in course.wanted if course.states[p] == state] for state in State}
    accepting, refusing = by_state[State.OPEN], by_state[State.CLOSED]
    silent = sorted(by_state[State.SILENT] + by_state[State.BARRED] + by_state[State.UNREACHED])
    undecided = len(by_state[State.UNDECIDED])
    knows_open = bool(accepting or refusing)
    return PortsFacts(
        answered=ranges(accepting + refusing),
        open=_first(accepting, "open", _MOST_OPEN, is_whole=not undecided) if knows_open else UNKNOWN,
        filtered=_first(silent, "filtered", _MOST_FILTERED, is_whole=True),
        closed_count=len(refusing),
        filtered_count=len(silent),
        undecided_count=undecided,
        gaps=_gaps(by_state, knows_open=knows_open),
    )


def _gaps(by_state: dict[State, list[int]], *, knows_open: bool) -> tuple[Gap, ...]:
    """What stays unknown after connecting; raises `Unreachable` where nobody was there at all."""
    gaps = []
    accepting, undecided = len(by_state[State.OPEN]), len(by_state[State.UNDECIDED])
    if not knows_open:
        if by_state[State.UNREACHED] and not by_state[State.BARRED]:
            raise Unreachable("there is no way to the host: the network says it cannot be reached")
        if not by_state[State.BARRED]:
            count = sum(map(len, by_state.values()))
            raise Unreachable(f"none of {count} port{'s' * (count != 1)} answered")
        gaps.append(Gap(path="open", reason=Reason.INCONCLUSIVE, detail="a firewall answers for every port"))
    if undecided:
        detail = f"time ran out before {undecided} ports were asked to the end"
        gaps.append(Gap(path="open", reason=Reason.PARTIAL, detail=detail))
    if accepting > _MOST_OPEN:
        detail = f"{accepting} ports accept; the first {_MOST_OPEN} are kept"
        gaps.append(Gap(path="open", reason=Reason.PARTIAL, detail=detail))
    return tuple(gaps)


def _first(numbers: list[int], state: PortState, most: int, *, is_whole: bool) -> tuple[Port, ...]:
    """Ports of one state, as a list that knows it was cut where there are more."""
    ports = tuple(
        Port(locus=f"tcp/{number}", port=number, protocol="tcp", state=state) for number in numbers[:most]
    )
    return ports if is_whole and len(numbers) <= most else PartialList(ports)


def _spoken(facts: PortsFacts, place: Callable[..., Place], at_once: int, means: Means) -> PortsFacts:
    """The facts with what answers on the open ports, and a gap for each port that would not say."""
    ports = tuple(tuple.__iter__(facts.open))
    if not ports:
        return facts
    done = itertools.count(1)

    def ask(port: Port) -> tuple[Port, tuple[Gap, ...]]:
        where = place(port=port.port)
        heard = talk(where)
        named, trouble = _named(port, heard), heard.trouble
        if heard.name is None and heard.said and port.port in for_nmap:
            named, trouble = _by_nmap(named, where, trouble)
        share = next(done) / len(ports)
        means.progress("ports", _SHARE_CONNECTING + share * (1 - _SHARE_CONNECTING) * 0.95)
        return named, () if named.service is not UNKNOWN else (_unsaid(port, trouble),)

    # nmap asks in one foreign protocol after another, which a fragile device is spared
    for_nmap = {port.port for port in ports[:_MOST_FOR_NMAP] if means.pace is not Pace.GENTLE}
    with ThreadPoolExecutor(max_workers=min(at_once, len(ports))) as pool:
        answers = list(pool.map(ask, ports))
    named = tuple(port for port, _ in answers)
    whole = PartialList(named) if isinstance(facts.open, PartialList) else named
    gaps = tuple(gap for _, unsaid in answers for gap in unsaid)
    return msgspec.structs.replace(facts, open=whole, gaps=facts.gaps + gaps)


def _named(port: Port, heard: Talk) -> Port:
    """The port with what it said."""
    known = port
    if heard.said:
        known = msgspec.structs.replace(known, banner=escaped(heard.said))
    if heard.tls is not None:
        known = msgspec.structs.replace(known, tls=heard.tls)
    return known if heard.name is None else _with_name(known, heard.name)


def _with_name(port: Port, name: Name) -> Port:
    return msgspec.structs.replace(
        port, service=name.service, product=name.product, version=name.version, extra=name.extra
    )


def _by_nmap(port: Port, place: Place, trouble: str) -> tuple[Port, str]:
    """The port by nmap's name, if nmap is here, has time and knows one; else why it has none."""
    seconds = min(_NMAP_SECONDS, place.until - time.monotonic())
    if seconds <= 1:
        return port, trouble
    try:
        seen = nmap.identify(place.address, place.port, seconds)
    except ScanError as error:
        return port, f"{trouble}; {error}"
    if seen is None:
        return port, f"{trouble}, not to nmap either"
    name = Name(
        service=printable(seen.name),
        product=printable(seen.product),
        version=printable(seen.version),
        extra=printable(seen.extra),
    )
    return msgspec.structs.replace(_with_name(port, name), tls=seen.tls or port.tls is True), ""


def _unsaid(port: Port, detail: str) -> Gap:
    reason = Reason.TIMED_OUT if detail == LATE else Reason.INCONCLUSIVE
    return Gap(path=f"open[{port.locus}].service", reason=reason, detail=detail)


def _owned_up(facts: PortsFacts, target: Target, means: Means) -> PortsFacts:
    """The facts with a list of open ports that knows it is short, where fewer than usual were looked at.

    Otherwise "no telnet answers" would hold of every host that was only asked for its port 443.
    """
    spared = sorted(means.spared_ports.intersection(wanted(target, means.pace)))
    gaps = []
    if spared:
        detail = f"{ranges(spared)} was spared, as told; what stands there was not looked at"
        gaps.append(Gap(path="open", reason=Reason.NOT_PERMITTED, detail=detail))
    if target.ports is not None and not _is_usual(target.ports, means.pace):
        detail = f"only {facts.asked} was asked for; what stands on other ports was not looked at"
        gaps.append(Gap(path="open", reason=Reason.PARTIAL, detail=detail))
    if not gaps or facts.open is UNKNOWN:
        return facts
    return msgspec.structs.replace(
        facts, open=PartialList(tuple.__iter__(facts.open)), gaps=(*facts.gaps, *gaps)
    )


def _is_usual(ports: Iterable[int], pace: Pace) -> bool:
    """Whether as many ports were asked for as would be without asking."""
    return len(set(ports)) >= (len(USUAL_GENTLE) if pace is Pace.GENTLE else min(1000, len(USUAL)))
