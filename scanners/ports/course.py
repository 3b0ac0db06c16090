"""How one host is asked: which port comes next, how long an answer may take, how fast; no socket, no clock.

The manner is TCP's own: waits follow the round trip (RFC 6298), and the rate is halved where answers fade.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from math import gcd
from typing import NamedTuple

LAST_PORT = 65535
_GOLDEN = 0.618
_WINDOW = 64
"""First questions whose answers are counted together."""
_FADED = 0.5
"""Half the share that used to answer."""
_SOME = 0.2
"""Where fewer used to answer than this, chance alone makes groups without any."""
_TOO_SLOW = 1 / 16
_QUICKER = 1.25
_FEW = 200
_MOST_TRIES = 8
_FEW_TRIES_MORE = 2


class State(IntEnum):
    """What is known of a port; a value is one byte of a host's map."""

    UNDECIDED = 0
    """Not asked to the end: never to be taken for closed."""
    OPEN = 1
    CLOSED = 2
    SILENT = 3
    """No answer, after every try."""
    BARRED = 4
    """Something on the way said that the port may not be reached (ICMP administratively prohibited)."""
    UNREACHED = 5
    """Something on the way, or this machine, said that there is no way to the host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How hard one host is asked."""

    rate: float
    """Connections a second."""
    at_once: int
    """Connections that may wait for an answer at the same time."""
    tries: int = 3
    first_wait: float = 1.0
    """Seconds for an answer while nothing is known of the way to the host."""
    least_wait: float = 0.15
    longest_wait: float = 2.0


class Question(NamedTuple):
    """One connection to be tried."""

    port: int
    attempt: int
    """1 for the first."""
    window: int
    """Which group of first questions it is counted in."""


class Course:
    """The ports of one host, what is known of each, and who is asked next."""

    def __init__(
        self, address: str, ports: Iterable[int], manner: Manner, *, known: bytes | None = None
    ) -> None:
        """Ports that are decided in `known`, a map of an earlier course, are not asked again."""
        self.address = address
        self.manner = manner
        self.states = bytearray(known if known is not None else bytes(LAST_PORT + 1))
        self.wanted = tuple(sorted(set(ports)))
        self.rate = manner.rate
        self.wait = manner.first_wait
        self.waiting = 0
        self.next_at = 0.0
        self.decided = sum(1 for port in self.wanted if self.states[port] != State.UNDECIDED)
        self._fresh = strided([port for port in self.wanted if self.states[port] == State.UNDECIDED])
        self._again: deque[Question] = deque()
        self._asked = 0
        self._deepest_answer = 1
        self._round_trip: float | None = None
        self._varies = 0.0
        self._windows: dict[int, list[int]] = {}
        self._usual_share: float | None = None
        self._tries = manner.tries

    @property
    def is_done(self) -> bool:
        """Whether every port is decided."""
        return self.decided == len(self.wanted)

    @property
    def round_trip(self) -> float:
        """Seconds that an answer takes, smoothed; 0 while none came."""
        return self._round_trip or 0.0

    def take(self) -> Question | None:
        """The next question, or None if all that is left waits for an answer; first questions come first."""
        port = next(self._fresh, None)
        if port is not None:
            question = Question(port=port, attempt=1, window=self._asked // _WINDOW)
            self._asked += 1
        elif self._again:
            if self._again[0].attempt > self._allowed():
                self._give_up()
                return None
            question = self._again.popleft()
        else:
            return None
        self.waiting += 1
        return question

    def put_back(self, question: Question) -> None:
        """Take back a question that could not be asked, for want of a socket."""
        self.waiting -= 1
        self._again.appendleft(question)

    def answered(self, question: Question, state: State, seconds: float) -> None:
        """Note what answered, and how long it took."""
        self.waiting -= 1
        self._deepest_answer = max(self._deepest_answer, question.attempt)
        self._time(seconds)
        self._decide(question.port, state)
        self._count(question, answered=1)

    def unanswered(self, question: Question) -> None:
        """Note that no answer came in time; it is asked again when the others have been."""
        self.waiting -= 1
        self._count(question, answered=0)
        self._again.append(Question(port=question.port, attempt=question.attempt + 1, window=question.window))

    def patience(self, question: Question) -> float:
        """Seconds that this question may wait: longer for a port that was silent before."""
        return min(self.wait * (1 + 0.5 * (question.attempt - 1)), self.manner.longest_wait)

    def _allowed(self) -> int:
        """Tries a port: more than usual for a handful, and where even the last try helped."""
        tries, silent = self.manner.tries, len(self._again) + self.waiting
        if self._deepest_answer > 1:
            return min(max(tries, self._deepest_answer + 1), _MOST_TRIES)
        return tries + _FEW_TRIES_MORE if silent <= _FEW and self._round_trip is not None else tries

    def _give_up(self) -> None:
        """Every question left has been asked often enough."""
        while self._again:
            self._decide(self._again.popleft().port, State.SILENT)

    def _decide(self, port: int, state: State) -> None:
        self.decided += self.states[port] == State.UNDECIDED
        self.states[port] = state

    def _time(self, seconds: float) -> None:
        """Let the wait follow the round trip: four of them, its spread and a tenth of a second."""
        if self._round_trip is None:
            self._round_trip, self._varies = seconds, seconds / 2
        else:
            self._varies += (abs(seconds - self._round_trip) - self._varies) / 4
            self._round_trip += (seconds - self._round_trip) / 8
        wait = 0.1 + max(4 * self._round_trip, self._round_trip + 4 * self._varies)
        self.wait = min(max(wait, self.manner.least_wait), self.manner.longest_wait)

    def _count(self, question: Question, *, answered: int) -> None:
        """Count first questions by groups; one that answers half as often as usual halves the rate."""
        if question.attempt != 1:
            return
        window = self._windows.setdefault(question.window, [0, 0])
        window[0] += 1
        window[1] += answered
        if window[0] < _WINDOW:
            return
        share = self._windows.pop(question.window)[1] / _WINDOW
        usual = self._usual_share
        if usual is not None and usual > _SOME and share < usual * _FADED:
            self.rate = max(self.rate / 2, self.manner.rate * _TOO_SLOW)
        else:
            self.rate = min(self.rate * _QUICKER, self.manner.rate)
        self._usual_share = share if usual is None else usual + (share - usual) / 8


def strided(ports: list[int]) -> Iterator[int]:
    """The ports in an order that leaps: neighbours are far apart, so that any stretch is like the whole."""
    count = len(ports)
    step = max(1, int(count * _GOLDEN))
    while gcd(step, count) > 1:
        step += 1
    return (ports[(index * step) % count] for index in range(count))
