"""The wire to one port: a connection for each probe, by blocking sockets that always end in time."""

from __future__ import annotations

import socket
import time

from scanners.tls.answer import Ending
from scanners.tls.value import Value
from scanners.tls.wire import WireError, Wrong

_CHUNK = 16384
_GREETING = 512
_FAR = 0.003
"""Seconds that a connection takes to a port that is far away; at a nearer one threads gain nothing."""
_INSTANT = 0.001  # a socket's timeout must not be zero, which means something else

TYPE_CHECKING = False  # not typing's: that import takes 3 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from scanners.kit.starttls import Dialogue, Taken

    class Reader(Protocol):
        """What takes the server's bytes."""

        done: bool
        reply: bytes
        """What is to be sent now; empty for nothing."""

        def feed(self, data: bytes) -> None:
            """Take bytes; raises `WireError`."""

        def finish(self) -> None:
            """Say that nothing more comes; raises `WireError`."""


class Link(Value):
    """A TCP port and the time that is left for it."""

    address: str
    port: int
    timeout: float
    """Seconds for one probe, however the server spreads its bytes over them."""
    ends: float
    """When the time for the port is over, on the monotonic clock."""
    upgrade: Callable[[], Dialogue] | None = None
    """The words in plain text that come before TLS; None for none."""
    connections: int = 0
    trip: float = 0.0
    """How many seconds the fastest connection took; 0 before the first."""
    crowded: bool = False
    """It was seen to bear no more than one connection at a time."""
    greeting: bytes = b""
    """How the last answer began."""

    @property
    def is_far(self) -> bool:
        """Whether connections take long; those to this very machine do so only while it is busy."""
        return self.trip >= _FAR and not self.address.startswith("127.") and self.address != "::1"

    def ask(self, data: bytes, reader: Reader) -> tuple[Ending, str]:
        """Send the bytes on a connection of their own, read the answer: how it ended, and what went wrong."""
        until = min(time.monotonic() + self.timeout, self.ends)
        if _left(until) <= 0:
            return Ending.OVERDUE, "the time for this port was over"
        self.connections += 1
        try:
            with self._connected(until) as sock:
                return self._exchange(sock, data, reader, until)
        except ConnectionRefusedError:
            return Ending.REFUSED, "refused the connection"
        except TimeoutError:
            return Ending.UNANSWERED, "did not answer the connection"
        except OSError as error:
            return Ending.UNREACHABLE, f"cannot be reached: {error.strerror or error}"

    def talk(self, dialogue: Dialogue) -> Taken | None:
        """Carry out a dialogue in plain text alone: how it was taken, None if it did not come to its end."""
        from scanners.tls.upgrade import carried_out  # noqa: PLC0415 - TLS at once need not load it

        until = min(time.monotonic() + self.timeout, self.ends)
        if _left(until) <= 0:
            return None
        self.connections += 1
        try:
            with self._connected(until) as sock:
                taken = carried_out(sock, dialogue, until)
        except OSError:
            return None
        return None if isinstance(taken, tuple) else taken

    def _connected(self, until: float) -> socket.socket:
        """A connection to the port; raises `OSError`."""
        # Not create_connection: it looks the address up anew for each probe.
        sock = socket.socket(socket.AF_INET6 if ":" in self.address else socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.settimeout(_left(until))
            began = time.monotonic()
            sock.connect((self.address, self.port))
            self.trip = min(self.trip or 60.0, time.monotonic() - began)
        except OSError:
            sock.close()
            raise
        return sock

    def _exchange(self, sock: socket.socket, data: bytes, reader: Reader, until: float) -> tuple[Ending, str]:
        """Send, then read until the reader has enough or the connection ends."""
        self.greeting = b""
        try:
            if self.upgrade and (refusal := self._upgraded(sock, self.upgrade(), until)):
                return refusal
            send(sock, data)
            while not reader.done:
                answer = received(sock, until)
                if not answer:
                    reader.finish()
                    return Ending.CLOSED, "closed the connection without an answer"
                self.greeting = self.greeting or answer[:_GREETING]
                reader.feed(answer)
                if reader.reply:
                    words, reader.reply = reader.reply, b""
                    send(sock, words)
        except TimeoutError:
            slow = bool(self.greeting)
            return (Ending.SLOW, "answered too slowly") if slow else (Ending.SILENT, "stayed silent")
        except WireError as error:
            return (Ending.FOREIGN if error.wrong is Wrong.FOREIGN else Ending.GARBLED), str(error)
        except OSError:
            return Ending.RESET, "reset the connection"
        return Ending.DONE, ""

    def _upgraded(self, sock: socket.socket, dialogue: Dialogue, until: float) -> tuple[Ending, str] | None:
        """Ask for the upgrade; None once the service is ready for TLS."""
        from scanners.tls.upgrade import upgraded  # noqa: PLC0415 - TLS at once need not load it

        return upgraded(sock, dialogue, until)


def received(sock: socket.socket, until: float) -> bytes:
    """What comes next; nothing at the end."""
    sock.settimeout(max(_left(until), _INSTANT))
    return sock.recv(_CHUNK)


def send(sock: socket.socket, data: bytes) -> None:
    """Send; a server that has hung up by now may still have said why."""
    try:
        sock.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        return


def _left(until: float) -> float:
    """Seconds left."""
    return until - time.monotonic()
