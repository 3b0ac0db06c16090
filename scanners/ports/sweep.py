"""Connects to many ports of many hosts in one loop over epoll, with an exact rate; needs no privilege.

Every socket is closed with a reset (SO_LINGER 0), so nothing lingers here or there.
"""

import base64
import errno
import hashlib
import heapq
import itertools
import resource
import select
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from msgspec import Struct

from scanners.kit.budget import Budget
from scanners.ports.course import LAST_PORT, Course, Manner, Question, State
from scanners.ports.ending import TELL_SENDER, state_of

_RESET = struct.pack("ii", 1, 0)
_BURST = 0.02
"""Seconds of lateness that may be made up for; more is forgotten."""
_LONGEST_POLL = 0.05
_STRETCH = 64
"""Connections begun before answers are read again."""
_TELL_EVERY = 0.25
_PLENTY = 1 << 20
_RECOVERY = 0.05
"""Sockets that a new connection adds to those that may be held, after there were too few."""
_LACKING = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL, errno.EAGAIN}
)


class Checkpoint(Struct, frozen=True, kw_only=True):
    """What a sweep that was stopped knew: enough to go on from there."""

    digest: str
    """Of the addresses and ports asked for; another set of them cannot go on from here."""
    maps: dict[str, str]
    """By address one byte a port, in base 64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """One host of a sweep."""

    address: str
    """A literal address of either family."""
    ports: tuple[int, ...]
    manner: Manner


@dataclass(slots=True, kw_only=True)
class Bounds:
    """When a sweep ends, how fast it may be in all, and who listens."""

    until: float
    """On the monotonic clock."""
    rate: float = 20_000.0
    """Connections a second to all hosts together."""
    budget: Budget | None = None
    """What this sweep shares with others that run beside it."""
    progress: Callable[[float], None] = lambda _share: None
    is_cancelled: Callable[[], bool] = lambda: False


def sweep(wants: Sequence[Want], bounds: Bounds, *, after: Checkpoint | None = None) -> tuple[Course, ...]:
    """What is known of each host's ports when all are decided, time is up or somebody cancels.

    `after` is where an earlier sweep of the same hosts and ports stopped; raises `ValueError` if it is not.
    """
    if after is not None and after.digest != _digest(wants):
        raise ValueError("the checkpoint belongs to other hosts or ports")
    maps = {address: _map(known) for address, known in after.maps.items()} if after else {}
    courses = tuple(
        Course(want.address, want.ports, want.manner, known=maps.get(want.address)) for want in wants
    )
    with _share_of_files() as most, select.epoll() as poller:
        _Loop(courses, bounds, most, poller).run()
    return courses


def checkpoint(wants: Sequence[Want], courses: Sequence[Course]) -> Checkpoint:
    """What a sweep of `wants` knew when it stopped."""
    maps = {course.address: base64.b64encode(course.states).decode("ascii") for course in courses}
    return Checkpoint(digest=_digest(wants), maps=maps)


def _map(known: str) -> bytes:
    """One byte a port; raises `ValueError` for anything else."""
    states = base64.b64decode(known, validate=True)
    if len(states) != LAST_PORT + 1 or max(states) > max(State):
        raise ValueError("the checkpoint is damaged")
    return states


def _digest(wants: Sequence[Want]) -> str:
    asked = sorted((want.address, sorted(set(want.ports))) for want in wants)
    return hashlib.sha256(repr(asked).encode()).hexdigest()


_sweeps = itertools.count(1)
_running: set[int] = set()
_lock = threading.Lock()


@contextmanager
def _share_of_files() -> Iterator[Callable[[], int]]:
    """How many sockets this sweep may hold now: half of the process's files, shared by all its sweeps."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    half = _PLENTY if files == resource.RLIM_INFINITY else files // 2
    with _lock:
        own = next(_sweeps)
        _running.add(own)
    try:
        yield lambda: max(8, half // max(1, len(_running)))
    finally:
        with _lock:
            _running.discard(own)


@dataclass(slots=True)
class _Flight:
    """A connection that waits for its answer."""

    course: Course
    question: Question
    wire: socket.socket
    began: float


class _Loop:
    """The sockets of one sweep."""

    def __init__(
        self, courses: tuple[Course, ...], bounds: Bounds, most: Callable[[], int], poller: select.epoll
    ) -> None:
        self._courses, self._bounds, self._most, self._poller = courses, bounds, most, poller
        self._flights: dict[int, _Flight] = {}
        self._order: dict[tuple[str, int], deque[_Flight]] = {}
        self._turns = [(0.0, index) for index in range(len(courses))]
        """Hosts by the time of their next connection: equal rates make this a round of all hosts."""
        self._next_at = 0.0
        self._lacking: float = _PLENTY
        """Most sockets at once, since the system had no more."""

    def run(self) -> None:
        """Ask until all is decided; whatever still waits at the end stays undecided."""
        told_at = 0.0
        try:
            while not all(course.is_done for course in self._courses):
                now = time.monotonic()
                if now >= self._bounds.until or self._bounds.is_cancelled():
                    return
                if now - told_at > _TELL_EVERY:
                    told_at = now
                    self._tell()
                pause = self._begin(now)
                for number, _ in self._poller.poll(pause):
                    self._read(self._flights[number])
                self._expire(time.monotonic())
        finally:
            for flight in self._flights.values():
                flight.wire.close()
            self._flights.clear()
        self._tell()

    def _tell(self) -> None:
        total = sum(len(course.wanted) for course in self._courses)
        self._bounds.progress(sum(course.decided for course in self._courses) / max(1, total))

    def _begin(self, now: float) -> float:
        """Begin the connections that are due; gives the seconds until there is something to do."""
        begun = 0
        room = min(self._most(), self._lacking) - len(self._flights)
        idle: list[int] = []
        while self._turns and begun < min(_STRETCH, room):
            due = max(self._turns[0][0], self._next_at)
            if due > now:
                break
            if self._bounds.budget and (owed := self._bounds.budget.wait(now)):
                self._next_at = now + owed
                break
            index = heapq.heappop(self._turns)[1]
            course = self._courses[index]
            question = course.take() if course.waiting < course.manner.at_once else None
            if question is None:
                if self._bounds.budget:
                    self._bounds.budget.give_back()
                idle.append(index)
                continue
            begun += 1
            heapq.heappush(self._turns, (self._paced(course, now), index))
            if not self._connect(course, question, now):
                break
        for index in idle:
            if not self._courses[index].is_done:
                heapq.heappush(self._turns, (now + 0.002, index))
        return self._pause(now, is_full=begun >= room)

    def _paced(self, course: Course, now: float) -> float:
        """When the host may be asked again; the rate of all hosts moves on too."""
        self._next_at = max(self._next_at, now - _BURST) + 1 / self._bounds.rate
        course.next_at = max(course.next_at, now - _BURST) + 1 / course.rate
        return course.next_at

    def _pause(self, now: float, *, is_full: bool) -> float:
        if is_full or not self._turns:
            return 0.005
        return min(max(0.0, max(self._turns[0][0], self._next_at) - now), _LONGEST_POLL)

    def _connect(self, course: Course, question: Question, now: float) -> bool:
        """Begin one connection; False if the system has no socket to give."""
        family = socket.AF_INET6 if ":" in course.address else socket.AF_INET
        try:
            wire = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        except OSError as error:
            return self._spared(course, question, error.errno)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        wire.setsockopt(*TELL_SENDER[family], 1)
        flight = _Flight(course, question, wire, now)
        told = wire.connect_ex((course.address, question.port))
        if told == errno.EINPROGRESS:
            self._flights[wire.fileno()] = flight
            self._order.setdefault((course.address, question.attempt), deque()).append(flight)
            self._poller.register(wire.fileno(), select.EPOLLOUT)
            self._lacking += _RECOVERY
        elif told in _LACKING:
            wire.close()
            return self._spared(course, question, told)
        else:
            self._settle(flight, told, now)
        return True

    def _spared(self, course: Course, question: Question, told: int | None) -> bool:
        """The system is short of sockets: hold fewer from now on, and ask later."""
        if told not in _LACKING or (told == errno.EADDRNOTAVAIL and not self._flights):
            course.answered(question, State.UNREACHED, 0.0)
            return True
        course.put_back(question)
        self._lacking = max(8, len(self._flights) // 2)
        return False

    def _read(self, flight: _Flight) -> None:
        told = flight.wire.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self._flights.pop(flight.wire.fileno())
        self._settle(flight, told, time.monotonic())

    def _settle(self, flight: _Flight, told: int, now: float) -> None:
        """Note what a connection came to, and close it."""
        state = state_of(flight.wire, told)
        flight.wire.close()
        if state is State.SILENT:
            flight.course.unanswered(flight.question)
        else:
            flight.course.answered(flight.question, state, now - flight.began)

    def _expire(self, now: float) -> None:
        """Give up the connections whose time is over; each queue stands in the order of its beginnings."""
        for queue in self._order.values():
            while queue:
                flight = queue[0]
                number = flight.wire.fileno()
                if number >= 0:
                    if now - flight.began < flight.course.patience(flight.question):
                        break
                    self._flights.pop(number)
                    flight.wire.close()
                    flight.course.unanswered(flight.question)
                queue.popleft()
