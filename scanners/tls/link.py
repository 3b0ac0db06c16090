"""The wire to one port: a connection for each probe, by blocking sockets that always end in time."""

import socket
import time
from dataclasses import dataclass
from typing import Protocol

from scanners.tls.answer import Ending
from scanners.tls.wire import WireError, Wrong

_CHUNK = 16384
_INSTANT = 0.001  # a socket's timeout must not be zero, which means something else


class Reader(Protocol):
    """What takes the server's bytes."""

    done: bool

    def feed(self, data: bytes) -> None:
        """Take bytes; raises `WireError`."""

    def finish(self) -> None:
        """Say that nothing more comes; raises `WireError`."""


@dataclass(slots=True, kw_only=True)
class Link:
    """A TCP port and the time that is left for it."""

    address: str
    port: int
    timeout: float
    """Seconds for one probe, however the server spreads its bytes over them."""
    ends: float
    """When the time for the port is over, on the monotonic clock."""
    connections: int = 0

    def ask(self, data: bytes, reader: Reader) -> tuple[Ending, str]:
        """Send the bytes on a connection of their own, read the answer: how it ended, and what went wrong."""
        until = min(time.monotonic() + self.timeout, self.ends)
        if _left(until) <= 0:
            return Ending.OVERDUE, "the time for this port was over"
        self.connections += 1
        try:
            with socket.create_connection((self.address, self.port), timeout=_left(until)) as sock:
                return _exchange(sock, data, reader, until)
        except ConnectionRefusedError:
            return Ending.REFUSED, "refused the connection"
        except TimeoutError:
            return Ending.UNANSWERED, "did not answer the connection"
        except OSError as error:
            return Ending.UNREACHABLE, f"cannot be reached: {error.strerror or error}"


def _exchange(sock: socket.socket, data: bytes, reader: Reader, until: float) -> tuple[Ending, str]:
    """Send, then read until the reader has enough or the connection ends."""
    heard = False
    try:
        _send(sock, data)
        while not reader.done:
            sock.settimeout(max(_left(until), _INSTANT))
            answer = sock.recv(_CHUNK)
            if not answer:
                reader.finish()
                return Ending.CLOSED, "closed the connection without an answer"
            heard = True
            reader.feed(answer)
    except TimeoutError:
        return (Ending.SLOW, "answered too slowly") if heard else (Ending.SILENT, "stayed silent")
    except WireError as error:
        return (Ending.FOREIGN if error.wrong is Wrong.FOREIGN else Ending.GARBLED), str(error)
    except OSError:
        return Ending.RESET, "reset the connection"
    return Ending.DONE, ""


def _send(sock: socket.socket, data: bytes) -> None:
    """Send; a server that has hung up by now may still have said why."""
    try:
        sock.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        return


def _left(until: float) -> float:
    """Seconds left."""
    return until - time.monotonic()
