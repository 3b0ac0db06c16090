"""Jobs side by side: a thread each, a gate for their connections, a lock for what they think."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Condition, Lock
from typing import TYPE_CHECKING

from scanners.tls.lanes import asked, is_cut
from scanners.tls.link import Link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scanners.tls.answer import Ending
    from scanners.tls.lanes import Job
    from scanners.tls.link import Reader
    from scanners.tls.plan import Steps


class Gate:
    """How many connections may be open at once; it can be narrowed to one."""

    def __init__(self, width: int) -> None:
        self._condition = Condition()
        self._open = 0
        self.width = width

    def __enter__(self) -> None:
        with self._condition:
            self._condition.wait_for(lambda: self._open < self.width)
            self._open += 1

    def __exit__(self, *_: object) -> None:
        with self._condition:
            self._open -= 1
            self._condition.notify_all()

    def narrow(self) -> None:
        """From now on, one at a time."""
        self.width = 1


class Lane(Link):
    """A link whose connections go through a gate."""

    gate: Gate

    def ask(self, data: bytes, reader: Reader) -> tuple[Ending, str]:
        """As a link, once there is room."""
        with self.gate:
            return super().ask(data, reader)


def carry_out_abreast(jobs: Sequence[Job], link: Link, at_once: int) -> None:
    """Do all jobs at once; `link` counts their connections, and is crowded once one was cut."""
    gate, thinking = Gate(at_once), Lock()
    lanes = [
        Lane(
            address=link.address,
            port=link.port,
            timeout=link.timeout,
            ends=link.ends,
            upgrade=link.upgrade,
            gate=gate,
        )
        for _ in jobs
    ]

    def one(job: Job, lane: Lane) -> None:
        if callable(job):
            job(lane)
        else:
            _follow(job, lane, thinking)

    with ThreadPoolExecutor(max_workers=len(jobs), thread_name_prefix="tls-lane") as pool:
        list(pool.map(one, jobs, lanes))
    link.connections += sum(lane.connections for lane in lanes)
    link.crowded = gate.width == 1


def _follow(steps: Steps, lane: Lane, thinking: Lock) -> None:
    """Carry out a plan; plans share what they know, so only one of them thinks at a time."""
    try:
        with thinking:
            offer = next(steps)
        while True:
            answer = asked(offer, lane)
            if is_cut(answer) and lane.gate.width > 1:
                lane.gate.narrow()
                answer = asked(offer, lane)
            with thinking:
                offer = steps.send(answer)
    except StopIteration:
        return
