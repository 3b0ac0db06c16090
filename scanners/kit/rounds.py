"""The round of a host's ports: which are looked at, how many at once, and what could not be decided."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from scanners import Gap, Means, Pace, PartialList, Reason, Target, Unreachable
from scanners.kit.line import Ending, LineEnded, Place
from scanners.kit.spared import spared_gaps

T = TypeVar("T")

WIDE = 100
"""More ports than this were not asked for one by one."""
_AT_ONCE = {Pace.GENTLE: 1, Pace.NORMAL: 8, Pace.BRISK: 16}
_HERE = "127.0.0.1"
_NOT_REACHED = frozenset({Ending.UNANSWERED, Ending.UNREACHABLE, Ending.OVERDUE})
_REASONS = {
    Ending.UNREACHABLE: Reason.UNREACHABLE,
    Ending.UNANSWERED: Reason.TIMED_OUT,
    Ending.OVERDUE: Reason.TIMED_OUT,
    Ending.SILENT: Reason.TIMED_OUT,
    Ending.SLOW: Reason.TIMED_OUT,
    Ending.ENDLESS: Reason.GARBLED,
}

FRAGILE = {
    **dict.fromkeys((515, *range(9100, 9108)), "a printer prints what it is sent"),
    **dict.fromkeys((102, 502, 1911, 2404, 20000, 44818), "a controller may act on what it is sent"),
    **dict.fromkeys((*range(950, 967), *range(4001, 4017), 10001), "a serial line may lie behind it"),
    **dict.fromkeys((4100, 4102, 20007, 20008, 22000), "a payment terminal takes orders from its till there"),
}
"""Ports to which nothing is sent that was not made for them, and why: what hears it may move or print."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round(Generic[T]):
    """What a round gave: the looks that found something, and a gap for each port that would not say."""

    found: tuple[T, ...]
    gaps: tuple[Gap, ...]


def chosen_ports(target: Target, usual: tuple[int, ...]) -> tuple[int, ...]:
    """The ports to look at: those asked for, else those seen open, else the usual ones."""
    if target.ports is None:
        return tuple(dict.fromkeys(usual if target.open_ports is None else target.open_ports))
    if target.open_ports is not None and len(target.ports) > WIDE:
        seen = frozenset(target.open_ports)
        return tuple(port for port in target.ports if port in seen)
    return tuple(dict.fromkeys(target.ports))


def make_round(
    target: Target,
    means: Means,
    ports: tuple[int, ...],
    look: Callable[[Place], tuple[T | None, tuple[Gap, ...]]],
    undecided: Callable[[Place], T],
    *,
    most: int,
) -> Round[T]:
    """Look at each port, several at once where the pace allows it; raises `Unreachable` if none was there.

    `look` gives None for a port of another protocol, and raises `LineEnded` where it cannot tell: that
    becomes what `undecided` makes of the place, with a gap that says why. A port that refuses has nothing.
    More than `most` are cut off, and said to be; so are ports that are spared.
    """
    ends = time.monotonic() + means.deadline
    places = [_place(target, port, means.timeout, ends) for port in ports if port not in means.spared_ports]
    spared = spared_gaps(ports, means)
    if not places:
        return Round(found=PartialList() if spared else (), gaps=spared)

    def one(place: Place) -> tuple[T | None, tuple[Gap, ...], Ending | None]:
        try:
            found, gaps = look(place)
        except LineEnded as error:
            if error.ending is Ending.REFUSED:
                return None, (), error.ending
            return undecided(place), (gap_of(place, error.ending),), error.ending
        return found, gaps, None

    with ThreadPoolExecutor(max_workers=min(_AT_ONCE[means.pace], len(places))) as pool:
        looks = list(pool.map(one, places))
    if all(ending in _NOT_REACHED for _, _, ending in looks):
        raise Unreachable(f"{target.name or target.address}: none of {len(places)} ports could be reached")
    found = tuple(found for found, _, _ in looks if found is not None)
    gaps = (*spared, *(gap for _, gaps, _ in looks for gap in gaps))
    if len(found) <= most:
        return Round(found=PartialList(found) if spared else found, gaps=gaps)
    cut = Gap(
        path="endpoints", reason=Reason.PARTIAL, detail=f"{len(found)} ports; the first {most} are kept"
    )
    return Round(found=PartialList(found[:most]), gaps=(*gaps, cut))


def gap_of(place: Place, ending: Ending, below: str = "") -> Gap:
    """Why an endpoint, or a fact below it, is not known."""
    reason = _REASONS.get(ending, Reason.INCONCLUSIVE)
    return Gap(path=f"endpoints[{place.locus}]{below}", reason=reason, detail=f"{place.locus} {ending}")


def clean(text: str | bytes, longest: int = 200) -> str:
    """A host's own words: printable, on one line, and short."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    printable = "".join(c if c.isprintable() else " " for c in words[: 4 * longest])
    return " ".join(printable.split())[:longest]


def _place(target: Target, port: int, timeout: float, ends: float) -> Place:
    address = _HERE if target.is_here else target.address
    name = "" if target.is_here else target.name
    return Place(address=address, port=port, name=name, timeout=timeout, ends=ends)
