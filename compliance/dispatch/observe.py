"""One host, one observation for each scanner; never raises, so one host's trouble is nobody else's."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
from structlog.contextvars import bound_contextvars

from compliance.model.host import Host
from compliance.model.observation import NotSeen, Observation, Seen, Task
from compliance.model.text import clean
from scanners import Facts, Gap, Means, Need, PartialList, Reason, ScanError, Scanner, Target

log = logging.getLogger(__name__)

LOOKS_FIRST = "ports"
"""The scanner whose open ports the others are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the look at one host has come: a scanner's stage, or its end with the outcome."""

    task: Task
    stage: str
    share: float
    outcome: Observation | None = None
    seconds: float = 0.0


_USUAL = 1000
"""Ports that a look must ask for before it may say what a host does not offer."""

Watch = Callable[[Progress], None]


def observe(host: Host, scanners: Sequence[Scanner], means: Means, watch: Watch) -> Iterator[Observation]:
    """What each scanner sees of the host, in turn; those that follow are told which ports are open."""
    target = target_of(host)
    is_whole = target.ports is None or len(target.ports) >= _USUAL
    for scanner in sorted(scanners, key=lambda each: each.name != LOOKS_FIRST):
        task = Task(host=host.name, scanner=scanner.name)
        with bound_contextvars(host=host.name, scanner=scanner.name):
            began = time.monotonic()
            watch(Progress(task=task, stage="begun", share=0.0))
            observation = _look(scanner, target, _told(means, task, watch), task)
            watch(
                Progress(
                    task=task, stage="done", share=1.0, outcome=observation, seconds=time.monotonic() - began
                )
            )
        if scanner.name == LOOKS_FIRST:
            is_whole = is_whole and isinstance(observation, Seen) and not _is_cut(observation.facts)
            if isinstance(observation, Seen):
                target = replace(target, open_ports=_open_ports(observation.facts))
        elif isinstance(observation, Seen) and scanner.need is Need.NETWORK and not is_whole:
            observation = replace(observation, facts=_owned_up(observation.facts))
        yield observation


def unseen(host: Host, scanners: Sequence[Scanner], why: str, watch: Watch) -> Iterator[NotSeen]:
    """What is said of a host that may not be looked at."""
    for scanner in scanners:
        task = Task(host=host.name, scanner=scanner.name)
        outcome = _not_seen(task, Reason.NOT_PERMITTED, why)
        watch(Progress(task=task, stage="done", share=1.0, outcome=outcome))
        yield outcome


def target_of(host: Host) -> Target:
    """What a scanner is told of the host: where to look, and no more."""
    address = str(host.address)
    name = "" if host.address.is_ip or address == "localhost" else address
    return Target(address=address, name=name, ports=host.ports, login=host.login)


def _told(means: Means, task: Task, watch: Watch) -> Means:
    return replace(means, progress=lambda stage, share: watch(Progress(task=task, stage=stage, share=share)))


def _look(scanner: Scanner, target: Target, means: Means, task: Task) -> Observation:
    try:
        facts = scanner.scan(target, means)
    except ScanError as error:
        return _not_seen(task, error.reason, str(error))
    except (
        Exception
    ) as error:  # the one broad except of the house: a scanner's bug is "crashed", never silence
        log.exception("scanner crashed")
        return _not_seen(task, Reason.CRASHED, f"{type(error).__name__}: {error}")
    return Seen(task=task, at=datetime.now(UTC), facts=facts)


def _not_seen(task: Task, reason: Reason, detail: str) -> NotSeen:
    return NotSeen(task=task, at=datetime.now(UTC), reason=reason, detail=clean(detail, 300))


def _open_ports(facts: Facts) -> tuple[int, ...] | None:
    listed: Mapping[str, object] = {name: getattr(facts, name) for name in facts.__struct_fields__}
    found = listed.get("open")
    return tuple(port.port for port in tuple.__iter__(found)) if isinstance(found, tuple) else None


def _is_cut(facts: Facts) -> bool:
    """Whether the list of open ports is short or not known."""
    found = {name: getattr(facts, name) for name in facts.__struct_fields__}.get("open", ())
    return not isinstance(found, tuple) or isinstance(found, PartialList)


def _owned_up(facts: Facts) -> Facts:
    """The facts with a gap at each list of places at ports, which is short because few ports were looked at.

    Otherwise a rule about web servers would not speak of a host that was only asked for its port 22.
    """
    short = [field.name for field in msgspec.structs.fields(facts) if _is_of_ports(field.type)]
    detail = "not every port was looked at; what stands on the others is not known"
    gaps = tuple(Gap(path=name, reason=Reason.PARTIAL, detail=detail) for name in short)
    return msgspec.structs.replace(facts, gaps=(*facts.gaps, *gaps)) if gaps else facts


def _is_of_ports(kind: Any) -> bool:
    """Whether a field is a list of things that have a port."""
    info = msgspec.inspect.type_info(kind)
    while isinstance(info, msgspec.inspect.Metadata):
        info = info.type
    item = getattr(info, "item_type", None)
    while isinstance(item, msgspec.inspect.Metadata):
        item = item.type
    return isinstance(item, msgspec.inspect.StructType) and any(f.name == "port" for f in item.fields)
