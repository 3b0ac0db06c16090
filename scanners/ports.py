"""Which TCP ports answer, and what answers there: an nmap connect scan, then service detection on the open ones."""

import ipaddress
import itertools
import re
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Struct

from scanners import Means, Need, Pace, ScanError, Target, TimedOut, Unreachable
from scanners.facts import UNKNOWN, Facts, Gap, PartialList, Reason, about
from scanners.kit import nmap

PortState = Literal["open", "closed", "filtered"]
Transport = Literal["tcp", "udp"]


class Port(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One port and what was seen to answer there."""

    locus: Annotated[str, about("Where it stands: tcp/443.")]
    port: Annotated[int, about("Port number, 1 to 65535.")]
    protocol: Annotated[Transport, about("Transport protocol.")]
    state: Annotated[
        PortState, about("open: it accepts; closed: it refuses; filtered: no answer, or a firewall's.")
    ]
    service: Annotated[
        str,
        about(
            "Protocol that was recognised, by nmap's name: ssh, http, smtp; never guessed from the number."
        ),
    ] = UNKNOWN
    product: Annotated[str, about("Program that it says it is; empty if it does not say.")] = UNKNOWN
    version: Annotated[str, about("Version that it says it is; empty if it does not say.")] = UNKNOWN
    extra: Annotated[str, about("What else it says of itself, shortened.")] = UNKNOWN
    tls: Annotated[bool, about("It speaks TLS from the first byte.")] = UNKNOWN


class PortsFacts(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """Which of the ports asked for answer."""

    asked: Annotated[str, about("The TCP ports that were looked at, as ranges: 22,80,8000-8100.")] = UNKNOWN
    answered: Annotated[
        str, about("Those of them that are open or refuse, as ranges; of the others nothing is known.")
    ] = UNKNOWN
    open: Annotated[tuple[Port, ...], about("Ports that accept a connection.", max_items=1000)] = UNKNOWN
    filtered: Annotated[
        tuple[Port, ...],
        about(
            "Ports that stayed silent or that a firewall answered for; cut short where they are many.",
            max_items=64,
        ),
    ] = UNKNOWN
    closed_count: Annotated[int, about("How many of the ports asked for refuse a connection.")] = UNKNOWN
    filtered_count: Annotated[
        int, about("How many of the ports asked for are filtered: neither open nor closed is known.")
    ] = UNKNOWN


_MOST_OPEN = 1000
_MOST_FILTERED = 64
_LONGEST_WORD = 120
_LAST_PORT = 65535
_IDENTIFYING = 30.0
"""Seconds for one batch of services: over TLS nmap waits six seconds twice for a greeting, a silent port far longer."""
_SHARE_CONNECTING = 0.5
_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"(?:{_LABEL}\.)*(?!(?:0[xX][0-9A-Fa-f]*|[0-9_-]+)\.?\Z){_LABEL}\.?\Z")
"""A DNS name whose last label no resolver takes for a number."""
_ANSWERS = frozenset({"open", "closed"})
_PROHIBITED = frozenset({"admin-prohibited", "host-prohibited", "net-prohibited"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manner:
    """How hard a host is asked: nmap's options for connecting, how many ports, how many services at once."""

    connecting: tuple[str, ...]
    at_once: int
    most_used: int = 1000
    """How many of the most used ports are looked at where none are asked for by number."""


# Without a lowest rate nmap crawls on a lossy path; with too high a one it misses ports. One connection at a
# time costs about a second for each port that stays silent, so a gentle look at a firewalled host takes fewer.
_PATIENCE = ("--initial-rtt-timeout", "500ms", "--max-rtt-timeout", "800ms")
_MANNERS = {
    Pace.GENTLE: _Manner(
        connecting=("--max-parallelism", "1", "--max-rate", "50", *_PATIENCE), at_once=1, most_used=100
    ),
    Pace.NORMAL: _Manner(connecting=("-T4", "--min-rate", "200", "--max-rate", "1000"), at_once=8),
    Pace.BRISK: _Manner(connecting=("-T4", "--min-rate", "2000", "--max-rate", "5000"), at_once=16),
}
_HERE = _Manner(connecting=("-T4",), at_once=16)
"""This machine loses nothing and refuses at once: nmap finds its own rate."""


class PortsScanner:
    """Connects to the TCP ports asked for, by nmap, and lets nmap tell what answers on the open ones."""

    name = "ports"
    facts = PortsFacts
    need = Need.NETWORK

    def scan(self, target: Target, means: Means) -> PortsFacts:
        """Which ports answer and what answers; `Unreachable` where nothing at all does."""
        until = time.monotonic() + means.deadline
        address = _address(target, means.timeout)
        manner = _HERE if target.is_here else _MANNERS[means.pace]
        if target.ports == ():
            gap = Gap(path="", reason=Reason.NOT_COLLECTED, detail="no port was asked for")
            return PortsFacts(asked="", gaps=(gap,))
        account = nmap.run(
            address,
            (*manner.connecting, *_choice(target, manner)),
            means.deadline,
            lambda share: means.progress("ports", share * _SHARE_CONNECTING),
        )
        facts = _connected(account)
        means.progress("ports", _SHARE_CONNECTING)
        if facts.open is UNKNOWN:
            return facts
        return _owned_up(_identified(facts, address, manner, until), target, manner.most_used)


SCANNER = PortsScanner()


def _address(target: Target, seconds: float) -> nmap.Address:
    """A literal address: nmap never sees a name. Raises `Unreachable` for what is no host or has no address."""
    text = "127.0.0.1" if target.is_here else target.address
    try:
        if "%" not in text:
            return ipaddress.ip_address(text)
    except ValueError:
        if _NAME.match(text):
            return ipaddress.ip_address(_resolved(text, seconds))
    raise Unreachable(f"{ascii(text)[:80]} is no host name or IP address")


def _resolved(name: str, seconds: float) -> str:
    """The first address of a name. The system's resolver knows no deadline, so it is asked in a thread left behind."""
    answers: list[str] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        answers.extend(str(place[0]) for *_, place in found if "%" not in str(place[0]))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    if answers:
        return answers[0]
    if asking.is_alive():
        raise TimedOut(f"no name server told the address of {name} in {seconds:g} s")
    raise Unreachable(f"the name {name} has no address")


def _choice(target: Target, manner: _Manner) -> tuple[str, ...]:
    """The options of nmap for the ports to look at."""
    if target.ports is not None:
        return ("-p", _ranges(target.ports))
    return ("-p", f"1-{_LAST_PORT}") if target.is_here else ("--top-ports", str(manner.most_used))


def _ranges(ports: Iterable[int]) -> str:
    """Ports as compact text: 22,80-82."""
    numbers = sorted(set(ports))
    if not all(1 <= number <= _LAST_PORT for number in numbers):
        raise ScanError("a port is a number from 1 to 65535")
    groups = itertools.groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])
    runs = [[number for _, number in group] for _, group in groups]
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def _connected(account: nmap.Account) -> PortsFacts:
    """The facts after connecting: states without services."""
    ports = {
        state: tuple(_port(s) for s in account.ports if s.state == state) for state in ("open", "filtered")
    }
    closed, filtered = _count(account, "closed"), _count(account, "filtered")
    gaps: list[Gap] = []
    if not ports["open"] and not closed:
        if not account.reasons & _PROHIBITED:
            raise Unreachable(f"none of {filtered} port{'s' * (filtered != 1)} answered")
        gaps.append(Gap(path="open", reason=Reason.INCONCLUSIVE, detail="a firewall answers for every port"))
    if len(ports["open"]) > _MOST_OPEN:
        detail = f"{len(ports['open'])} ports accept; the first {_MOST_OPEN} are kept"
        gaps.append(Gap(path="open", reason=Reason.PARTIAL, detail=detail))
    return PortsFacts(
        asked=account.asked,
        answered=_answered(account),
        open=_first(ports["open"], _MOST_OPEN, len(ports["open"])) if ports["open"] or closed else UNKNOWN,
        filtered=_first(ports["filtered"], _MOST_FILTERED, filtered),
        closed_count=closed,
        filtered_count=filtered,
        gaps=tuple(gaps),
    )


def _answered(account: nmap.Account) -> str:
    """The ports that said something, as ranges."""
    listed = _ranges(s.port for s in account.ports if s.state in _ANSWERS)
    return ",".join(
        part for part in (listed, *(o.ports for o in account.others if o.state in _ANSWERS)) if part
    )


def _count(account: nmap.Account, state: str) -> int:
    listed = sum(1 for sighting in account.ports if sighting.state == state)
    return listed + sum(other.count for other in account.others if other.state == state)


def _first(ports: tuple[Port, ...], most: int, of: int) -> tuple[Port, ...]:
    """The ports, as a list that knows it was cut where there are more."""
    return ports if len(ports) == of <= most else PartialList(ports[:most])


def _port(seen: nmap.Sighting) -> Port:
    state: PortState = "open" if seen.state == "open" else "filtered"
    return Port(locus=f"tcp/{seen.port}", port=seen.port, protocol="tcp", state=state)


def _identified(facts: PortsFacts, address: nmap.Address, manner: _Manner, until: float) -> PortsFacts:
    """The facts with what answers on the open ports, and a gap for each port that would not say.

    A silent port costs its whole batch its time, so the batches are small and each has a bound of its own.
    """
    ports = tuple(tuple.__iter__(facts.open))
    batches = _batches([port.port for port in ports], manner.at_once)

    def ask(batch: tuple[int, ...]) -> tuple[dict[int, nmap.Sighting], tuple[Gap, ...]]:
        try:
            return _services(address, batch, min(_IDENTIFYING, until - time.monotonic()))
        except ScanError as error:
            return {}, tuple(_unsaid(number, error.reason, str(error)) for number in batch)

    with ThreadPoolExecutor(max_workers=manner.at_once) as pool:
        answers = list(pool.map(ask, batches))
    told = {number: seen for services, _ in answers for number, seen in services.items()}
    gaps = tuple(gap for _, unsaid in answers for gap in unsaid)
    named = tuple(_named(port, told.get(port.port)) for port in ports)
    whole = PartialList(named) if isinstance(facts.open, PartialList) else named
    return msgspec.structs.replace(facts, open=whole, gaps=facts.gaps + gaps)


def _owned_up(facts: PortsFacts, target: Target, usual: int) -> PortsFacts:
    """The facts with a list of open ports that knows it is short, where fewer ports than usual were asked for.

    Otherwise "no telnet answers" would hold of every host that was only asked for its port 443.
    """
    if target.ports is None or len(target.ports) >= usual:
        return facts
    detail = f"only {facts.asked} was asked for; what stands on other ports was not looked at"
    gap = Gap(path="open", reason=Reason.PARTIAL, detail=detail)
    return msgspec.structs.replace(
        facts, open=PartialList(tuple.__iter__(facts.open)), gaps=(*facts.gaps, gap)
    )


def _batches(ports: list[int], at_once: int) -> Iterator[tuple[int, ...]]:
    """One port each while they are few; at most 32 batches in all, since each costs nmap a quarter second of work."""
    size = max(1, -(-len(ports) // max(at_once, 32)))
    return (tuple(ports[start : start + size]) for start in range(0, len(ports), size))


def _services(
    address: nmap.Address, batch: tuple[int, ...], seconds: float
) -> tuple[dict[int, nmap.Sighting], tuple[Gap, ...]]:
    """What answers on these ports; raises `ScanError` if nmap could not say in time."""
    if seconds <= 0:
        raise TimedOut("no time was left to ask what answers")
    options = ("-T4", "-sV", "--version-intensity", "2", "-p", _ranges(batch))
    account = nmap.run(address, options, seconds, lambda _share: None)
    told = {seen.port: seen for seen in account.ports if seen.probed and seen.name not in {"tcpwrapped", ""}}
    unsaid = tuple(
        _unsaid(number, Reason.INCONCLUSIVE, "it accepts, but says nothing that nmap knows")
        for number in batch
        if number not in told
    )
    return told, unsaid


def _unsaid(number: int, reason: Reason, detail: str) -> Gap:
    return Gap(path=f"open[tcp/{number}].service", reason=reason, detail=detail)


def _named(port: Port, seen: nmap.Sighting | None) -> Port:
    if seen is None:
        return port
    return msgspec.structs.replace(
        port,
        service="unknown" if seen.name == "ssl" else _clean(seen.name),
        product=_clean(seen.product),
        version=_clean(seen.version),
        extra=_clean(seen.extra),
        tls=seen.tls,
    )


def _clean(text: str) -> str:
    """A host's own words, printable and short."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())[:_LONGEST_WORD]
