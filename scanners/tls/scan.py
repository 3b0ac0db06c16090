"""The scanner: which ports of a host are looked at, a few at once, and what counts as seen of them."""

import itertools
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct, field, structs

from scanners import UNKNOWN, Gap, Means, Need, Pace, PartialList, Reason, Target, Unreachable
from scanners.kit.spared import spared_gaps
from scanners.tls.facts import Certificate, Endpoint, Extension, Refusal, Staple, Suite, TlsFacts
from scanners.tls.look import PROBES_A_PORT, Look, look
from scanners.tls.place import PUBLIC_ROOTS, WAITING, Depth, Place, server_name
from scanners.tls.value import replace

USUAL_PORTS = (
    *(443, 465, 636, 853, 989, 990, 993, 995, 3269, 5061, 5671, 6514, 8443, 8883, 9443),
    *(21, 25, 110, 143, 389, 587, 3306, 3389, 5222, 5269, 5432),
)
"""Where TLS is usually met: at once, then after words in plain text."""

_MOST_ENDPOINTS = 200
_WIDE = 100
"""More ports than this were not asked for one by one."""
_AT_ONCE = {Pace.GENTLE: 1, Pace.NORMAL: 4, Pace.BRISK: 8}
"""Connections that are open to the host at once: one to each of so many ports, or more to fewer."""
_HERE = "127.0.0.1"
_SHOWN = 3


class Ports(Struct, frozen=True, kw_only=True):
    """What will be looked at, and how a port that refuses is taken."""

    numbers: tuple[int, ...]
    asked: bool = False
    """Somebody named them: each is answered for, whatever it does."""
    expected: bool = True
    """A port that refuses is a gap; otherwise it is simply not there."""
    whole: bool = True
    """The other ports are of no interest, or known to be closed; otherwise the endpoints are a part."""


class TlsScanner(Struct, frozen=True, kw_only=True):
    """TLS as it shows from outside."""

    name: str = "tls"
    facts: type[TlsFacts] = TlsFacts
    need: Need = Need.NETWORK
    own_roots: Path | None = None
    """A PEM file of the owner's own authorities, trusted beside the public ones."""
    upgrades: Mapping[int, str] = field(default_factory=lambda: WAITING)
    """Services that wait for the client's first word in plain text before TLS, by port."""
    depth: Depth = Depth.WHOLE
    """How far to look; a gentle pace stops short of what could upset a device."""

    def scan(self, target: Target, means: Means) -> TlsFacts:
        """All TLS endpoints among the ports; raises `Unreachable` if no port could even be connected to."""
        chosen = chosen_ports(target)
        spared = spared_gaps(chosen.numbers, means)
        ports = structs.replace(
            chosen, numbers=tuple(port for port in chosen.numbers if port not in means.spared_ports)
        )
        if not ports.numbers:
            return TlsFacts(endpoints=PartialList() if spared else (), gaps=spared)
        at_once = max(1, _AT_ONCE[means.pace] // len(ports.numbers))
        places = [self._place(target, port, means.pace) for port in ports.numbers]
        looks = _all_looks([replace(place, at_once=at_once) for place in places], means)
        _raise_if_unreachable(looks, target, ports)
        return _told(looks, ports, spared)

    def _place(self, target: Target, port: int, pace: Pace) -> Place:
        """One port of the target, with the names that may be sent to it and looked for."""
        address = _HERE if target.is_here else target.address
        return Place(
            address=address,
            port=port,
            server_name=server_name(target.name),
            name=target.name or target.address,
            upgrade=self.upgrades.get(port, ""),
            stores=(PUBLIC_ROOTS, str(self.own_roots)) if self.own_roots else (PUBLIC_ROOTS,),
            depth=Depth.HARMLESS if pace is Pace.GENTLE and self.depth is Depth.WHOLE else self.depth,
        )


SCANNER = TlsScanner()


def chosen_ports(target: Target) -> Ports:
    """The ports to look at: those asked for, else those seen open, else the usual ones."""
    if target.ports is not None:
        wide = len(target.ports) > _WIDE
        if wide and target.open_ports is not None:
            seen = frozenset(target.open_ports)
            return Ports(numbers=tuple(port for port in target.ports if port in seen))
        return Ports(numbers=tuple(dict.fromkeys(target.ports)), asked=not wide, expected=not wide)
    if target.open_ports is not None:
        return Ports(numbers=tuple(dict.fromkeys(target.open_ports)))
    return Ports(numbers=USUAL_PORTS, expected=False, whole=False)


def _all_looks(places: list[Place], means: Means) -> list[Look]:
    """A look at each place, in their order; several at once where the pace allows it."""
    ends, done = time.monotonic() + means.deadline, itertools.count(1)

    def one(place: Place) -> Look:
        port_ends = min(ends, time.monotonic() + PROBES_A_PORT * means.timeout)
        seen = look(place, timeout=means.timeout, ends=port_ends, at=datetime.now(UTC))
        means.progress(place.locus, next(done) / len(places))
        return seen

    workers = min(_AT_ONCE[means.pace], len(places))
    if workers == 1:
        return [one(place) for place in places]
    # One port alone need not wait for the import of what looks after threads.
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - see above

    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="tls") as pool:
        return list(pool.map(one, places))


def _raise_if_unreachable(looks: list[Look], target: Target, ports: Ports) -> None:
    """Stop where nothing took a connection, unless refusals were to be expected."""
    reached = {seen.told["reached"] for seen in looks}
    if any(seen.took_connection for seen in looks) or (not ports.expected and "refused" in reached):
        return
    words = "; ".join(gap.detail for seen in looks[:_SHOWN] for gap in seen.gaps)
    more = " ..." if len(looks) > _SHOWN else ""
    raise Unreachable(f"{target.name or target.address}: {words}{more}")


def _told(looks: list[Look], ports: Ports, spared: tuple[Gap, ...]) -> TlsFacts:
    """The looks that count as facts."""
    kept = [seen for seen in looks if _counts(seen, ports)]
    told = [Gap(path=gap.path, reason=gap.reason, detail=gap.detail) for seen in kept for gap in seen.gaps]
    gaps = [*spared, *told]
    unanswered = sum(not seen.took_connection and seen.told["reached"] == "silent" for seen in looks)
    if unanswered and len(looks) > _WIDE:
        detail = f"{unanswered} of {len(looks)} ports did not answer the connection"
        gaps.append(Gap(path="endpoints", reason=Reason.PARTIAL, detail=detail))
    if not ports.whole:
        detail = f"the {len(looks)} ports where TLS is usually met were looked at; nobody knows the others"
        gaps.append(Gap(path="endpoints", reason=Reason.PARTIAL, detail=detail))
    endpoints = tuple(_endpoint(seen.told) for seen in kept[:_MOST_ENDPOINTS])
    if len(kept) > _MOST_ENDPOINTS:
        gaps.append(Gap(path="endpoints", reason=Reason.PARTIAL, detail=f"{len(kept)} ports answered"))
    whole = not any(gap.path == "endpoints" for gap in gaps)
    return TlsFacts(endpoints=endpoints if whole else PartialList(endpoints), gaps=tuple(gaps))


_KINDS: dict[str, type[Struct]] = {
    "suites": Suite,
    "protocols_refused": Refusal,
    "extensions": Extension,
    "certificate": Certificate,
    "chain": Certificate,
    "leaves": Certificate,
    "default_certificates": Certificate,
    "staples": Staple,
}
"""The facts that are made of more than one value."""


def _endpoint(told: Mapping[str, Any]) -> Endpoint:
    """An endpoint as a fact, from its fields as the look tells them."""
    return Endpoint(
        **{name: _made(_KINDS[name], told[name]) if name in _KINDS else told[name] for name in told}
    )


def _made(kind: type[Struct], told: Any) -> Any:
    """A value of the kind, or a list of them that is as whole as it was told."""
    if told is UNKNOWN:
        return UNKNOWN
    if isinstance(told, tuple):
        return type(told)(kind(**one) for one in tuple.__iter__(told))
    return kind(**told)


def _counts(seen: Look, ports: Ports) -> bool:
    """Whether a port is an endpoint: other protocols only where asked for, refusals only where unexpected."""
    match seen.told["reached"]:
        case "not-tls":
            return ports.asked or seen.told["starttls_offered"] is False
        case "refused":
            return ports.expected
        case "silent" if not seen.took_connection:
            return len(ports.numbers) <= _WIDE
    return True
