"""Knocking at doors: TCP connections tried from a host to others, and what each came to."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from scanners import Pace
from scanners.facts import Reason

State = Literal["open", "closed", "filtered"]
Way = Literal["here", "forward", "nc", "bash"]

PAUSES = {Pace.GENTLE: 0.5, Pace.NORMAL: 0.1, Pace.BRISK: 0.0}
"""Seconds between the end of one try and the beginning of the next, where they are made one at a time."""
AT_ONCE = {Pace.GENTLE: 1, Pace.NORMAL: 8, Pace.BRISK: 32}
"""Tries that may wait for an answer at the same time; a destination meets one at a time anyhow."""

_CLOSED = ("connection refused",)
_FILTERED = (
    "connection timed out",
    "operation timed out",
    "timed out",
    "timeout",
    "operation now in progress",
    "no route to host",
    "host is unreachable",
    "host is down",
    "network is unreachable",
    "network is down",
    "operation not permitted",
    "permission denied",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One address and TCP port to try."""

    address: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one try came to: a state, or the reason why none is known."""

    state: State | None
    way: Way
    """How it was tried."""
    reason: Reason = Reason.INCONCLUSIVE
    detail: str = ""

    @property
    def is_late(self) -> bool:
        """Whether time ran out before there was an answer."""
        return self.state is None and self.reason is Reason.TIMED_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long one try and all of them may take, and how gently they follow each other."""

    patience: float
    """Seconds for one answer; without one by then the door counts as filtered."""
    until: float
    """On the monotonic clock: what is not tried by then stays unknown."""
    pause: float
    at_once: int = 1
    progress: Callable[[float], None] = lambda _share: None

    @property
    def left(self) -> float:
        """Seconds that are left for all."""
        return self.until - time.monotonic()


class Knocker(Protocol):
    """A way to try connections from one host, one at a time."""

    def knock(self, doors: Sequence[Door], bounds: Bounds) -> Sequence[Answer]:
        """One answer for each door, in their order; raises `ScanError` if none can be tried."""
        ...


def state_said(text: str) -> State | None:
    """The state that a system's words for a failed connection mean (strerror(3)); None for other words.

    Refused is closed, though a firewall may refuse in the host's name; silence and no way there are filtered.
    """
    words = text.casefold()
    if any(phrase in words for phrase in _CLOSED):
        return "closed"
    return "filtered" if any(phrase in words for phrase in _FILTERED) else None


def untried(way: Way) -> Answer:
    """The answer of a door that time did not suffice for."""
    return Answer(state=None, way=way, reason=Reason.TIMED_OUT, detail="time ran out before it was tried")
