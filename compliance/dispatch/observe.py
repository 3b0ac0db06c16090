"""One host, one observation for each scanner; never raises, so one host's trouble is nobody else's."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from structlog.contextvars import bound_contextvars

from compliance.model.host import Host
from compliance.model.observation import NotSeen, Observation, Seen, Task
from compliance.model.text import clean
from scanners import Facts, Means, Reason, ScanError, Scanner, Target

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


Watch = Callable[[Progress], None]


def observe(host: Host, scanners: Sequence[Scanner], means: Means, watch: Watch) -> Iterator[Observation]:
    """What each scanner sees of the host, in turn; those that follow are told which ports are open."""
    target = target_of(host)
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
        if scanner.name == LOOKS_FIRST and isinstance(observation, Seen):
            target = replace(target, open_ports=_open_ports(observation.facts))
        yield observation


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
