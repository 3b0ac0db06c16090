"""Looks from a host at others: which of the connections that an errand names can be made from there."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scanners import (
    UNKNOWN,
    Destination,
    Errand,
    Gap,
    Means,
    Need,
    NoLogin,
    PartialList,
    Reason,
    ScanError,
    Target,
)
from scanners.kit.knock import AT_ONCE, PAUSES, Answer, Bounds, Door, Knocker
from scanners.kit.knock_shell import ShellKnocker
from scanners.reach.facts import Path, ReachFacts, Vantage
from scanners.reach.here import LocalKnocker

_LONGEST_PATIENCE = 3.0
_FOR_TOOLS = frozenset({Reason.NOT_PERMITTED, Reason.UNSUPPORTED})
"""What a host's own programs may still tell, where its SSH server does not."""
_NO_PROBES = "no address outside is declared as a probe (reach.egress_probes)"


@dataclass(frozen=True, slots=True)
class _Try:
    """One connection of an errand."""

    destination: Destination
    port: int

    @property
    def door(self) -> Door:
        return Door(address=self.destination.address, port=self.port)


class ReachScanner:
    """Which hosts of other zones can be reached from a host."""

    name = "reach"
    facts = ReachFacts
    need = Need.OTHERS

    def scan(self, target: Target, means: Means) -> ReachFacts:
        """What can be reached from there; raises `NoLogin` where there is no way to look from the host."""
        errand = means.errand()
        inside, outside = _tries(errand.destinations), _tries(errand.outside or ())
        answers = _knocked([one.door for one in (*inside, *outside)], target, means)
        paths = _listed("paths", inside, answers[: len(inside)], errand.why_nothing)
        no_egress = _NO_PROBES if errand.zone else errand.why_nothing
        egress = _listed("egress", outside, answers[len(inside) :], no_egress)
        means.progress("reach", 1.0)
        return ReachFacts(
            vantage=_vantage(errand, answers),
            paths=PartialList(tuple.__iter__(paths.paths)) if paths.known and errand.untried else paths.paths,
            egress=egress.paths,
            untried_count=sum(answer.state is None for answer in answers),
            gaps=(*paths.gaps, *(_left_out(why) for why in errand.untried if paths.known), *egress.gaps),
        )


SCANNER = ReachScanner()


def _tries(destinations: Sequence[Destination]) -> list[_Try]:
    """Every destination's first port, then every destination's second: what time cuts off is shared."""
    most = max((len(one.ports) for one in destinations), default=0)
    return [
        _Try(one, one.ports[place]) for place in range(most) for one in destinations if place < len(one.ports)
    ]


def _knocked(doors: Sequence[Door], target: Target, means: Means) -> Sequence[Answer]:
    """What each try came to, by the first way that may be gone."""
    if not doors:
        return ()
    bounds = Bounds(
        patience=min(means.timeout, _LONGEST_PATIENCE),
        until=time.monotonic() + means.deadline,
        pause=PAUSES[means.pace],
        at_once=AT_ONCE[means.pace],
        progress=lambda share: means.progress("reach", share * 0.95),
    )
    if target.is_here:
        return LocalKnocker().knock(doors, bounds)
    if means.knocker is None:
        raise NoLogin("to look from the host at others needs a login there: --login NAME")
    return _by_tools(doors, means.knocker.knock(doors, bounds), means, bounds)


def _by_tools(
    doors: Sequence[Door], answers: Sequence[Answer], means: Means, bounds: Bounds
) -> Sequence[Answer]:
    """The answers, with those that sshd may not give taken from the host's own programs, if it has any."""
    barred = [place for place, answer in enumerate(answers) if answer.reason in _FOR_TOOLS]
    if not barred or means.shell is None:
        return answers
    tools: Knocker = ShellKnocker(shell=means.shell)
    try:
        found = tools.knock([doors[place] for place in barred], bounds)
    except ScanError as error:
        detail = "; ".join((answers[barred[0]].detail, str(error)))
        found = [replace(answers[place], reason=error.reason, detail=detail) for place in barred]
    by_place = dict(zip(barred, found, strict=True))
    return [by_place.get(place, answer) for place, answer in enumerate(answers)]


def _vantage(errand: Errand, answers: Sequence[Answer]) -> Vantage:
    ways = tuple(dict.fromkeys(answer.way for answer in answers if answer.state is not None))
    return Vantage(
        host=errand.host or UNKNOWN,
        zone=errand.zone or UNKNOWN,
        zone_class=errand.zone_class or UNKNOWN,
        wireless=UNKNOWN if errand.is_wireless is None else errand.is_wireless,
        how=ways or UNKNOWN,
    )


@dataclass(frozen=True, slots=True)
class _Listed:
    """Paths as a fact, and why it is not whole."""

    paths: tuple[Path, ...]
    gaps: tuple[Gap, ...] = ()
    known: bool = True


def _listed(name: str, tries: Sequence[_Try], answers: Sequence[Answer], why_nothing: str) -> _Listed:
    """The paths of a list: unknown as a whole where none has a state, cut short where time ran out."""
    if not any(answer.state for answer in answers):
        first = answers[0] if answers else None
        reason = first.reason if first else Reason.NOT_COLLECTED
        gap = Gap(path=name, reason=reason, detail=first.detail if first else why_nothing)
        return _Listed(UNKNOWN, (gap,), known=False)
    tried = [pair for pair in zip(tries, answers, strict=True) if pair[1].state or not pair[1].is_late]
    paths = tuple(_path(one, answer) for one, answer in tried)
    gaps = [
        Gap(path=f"{name}[{path.locus}].state", reason=answer.reason, detail=answer.detail)
        for path, (_, answer) in zip(paths, tried, strict=True)
        if answer.state is None
    ]
    late = len(tries) - len(tried)
    if late:
        detail = f"time ran out before {late} of {len(tries)} connections were tried"
        gaps.append(Gap(path=name, reason=Reason.PARTIAL, detail=detail))
    return _Listed(PartialList(paths) if late else paths, tuple(gaps))


def _left_out(why: str) -> Gap:
    return Gap(path="paths", reason=Reason.PARTIAL, detail=why)


def _path(one: _Try, answer: Answer) -> Path:
    to = one.destination
    return Path(
        locus=f"path/{to.name}/tcp/{one.port}",
        destination=to.name,
        address=to.address,
        port=one.port,
        destination_zone=to.zone or UNKNOWN,
        destination_class=to.zone_class or UNKNOWN,
        destination_role=to.role or UNKNOWN,
        destination_site=to.site or UNKNOWN,
        state=answer.state or UNKNOWN,
        via=answer.way,
        declared=UNKNOWN if to.declared_ports is None else one.port in to.declared_ports,
    )
