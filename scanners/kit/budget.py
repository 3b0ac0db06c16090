"""How many connections may be begun a second, shared by all hosts that are looked at side by side."""

import threading

_BURST = 0.02
"""Seconds of lateness that may be made up for; more is forgotten."""


class Budget:
    """A rate of new connections that several threads draw on; what one takes, the others wait for."""

    def __init__(self, rate: float) -> None:
        """`rate` is in connections a second, above 0."""
        self._step = 1 / rate
        self._next_at = 0.0
        self._lock = threading.Lock()

    def wait(self, now: float) -> float:
        """Seconds until a connection may be begun: 0 grants one, and counts it; `now` is monotonic."""
        with self._lock:
            if self._next_at > now:
                return self._next_at - now
            self._next_at = max(self._next_at, now - _BURST) + self._step
            return 0.0

    def give_back(self) -> None:
        """Take back the grant of a connection that was not begun after all."""
        with self._lock:
            self._next_at -= self._step
