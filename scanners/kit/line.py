"""One TCP connection to a port: bounded in bytes and in time, whatever the other side does."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

MOST_BYTES = 65536
"""How much is heard at one go, where nobody says otherwise."""

_CHUNK = 16384
_INSTANT = 0.001  # a socket's timeout must not be zero, which means something else


class Ending(StrEnum):
    """How a conversation ended before it was whole."""

    REFUSED = "refused the connection"
    UNANSWERED = "did not answer the connection"
    UNREACHABLE = "cannot be reached"
    OVERDUE = "was not asked: the time for this host was over"
    SILENT = "stayed silent"
    SLOW = "answered too slowly"
    CLOSED = "closed the connection"
    RESET = "reset the connection"
    ENDLESS = "does not stop talking"
    NO_TLS = "does not speak TLS"


class LineEnded(Exception):
    """The conversation ended early; `heard` is what came until then."""

    def __init__(self, ending: Ending, heard: bytes = b"") -> None:
        super().__init__(str(ending))
        self.ending = ending
        self.heard = heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One TCP port of a host, and the time there is for it."""

    address: str
    port: int
    name: str = ""
    """The DNS name to ask for; empty for none."""
    timeout: float
    """Seconds for one question and its answer, however the answer is spread."""
    ends: float
    """When the time for the host is over, on the monotonic clock."""

    @property
    def locus(self) -> str:
        """Where it stands: tcp/443."""
        return f"tcp/{self.port}"


@dataclass(slots=True, kw_only=True)
class Line:
    """An open connection; every call ends in time or raises `LineEnded`."""

    sock: socket.socket
    place: Place
    last: bytes = b""
    """What was heard last, whole or not."""

    def send(self, data: bytes) -> None:
        """Send; a server that has hung up by now may still have said why, so that is no end yet."""
        self.sock.settimeout(self._left(self._until()))
        try:
            self.sock.sendall(data)
        except TimeoutError as error:
            raise LineEnded(Ending.SLOW) from error
        except OSError:
            return

    def hear(self, whole: Callable[[bytes], object], *, most: int = MOST_BYTES, seconds: float = 0) -> bytes:
        """What comes, once it is `whole`: at most so many bytes, within `seconds` or the place's own time."""
        until = self._until(seconds)
        heard = b""
        try:
            while not (heard and whole(heard)):
                if len(heard) > most:
                    raise LineEnded(Ending.ENDLESS, heard)
                self.sock.settimeout(self._left(until))
                more = self.sock.recv(_CHUNK)
                if not more:
                    raise LineEnded(Ending.CLOSED, heard)
                heard += more
                self.last = heard
        except TimeoutError as error:
            raise LineEnded(Ending.SLOW if heard else Ending.SILENT, heard) from error
        except ssl.SSLError as error:
            raise LineEnded(Ending.CLOSED if heard else Ending.RESET, heard) from error
        except OSError as error:
            raise LineEnded(Ending.RESET, heard) from error
        return heard

    def secure(self) -> None:
        """Speak TLS from here on, with whoever it is: certificates are another scanner's business."""
        try:
            self.sock.settimeout(self._left(self._until()))
            self.sock = _tolerant().wrap_socket(self.sock, server_hostname=self.place.name or None)
        except TimeoutError as error:
            raise LineEnded(Ending.SILENT) from error
        except (OSError, ValueError) as error:
            raise LineEnded(Ending.NO_TLS) from error

    def _until(self, seconds: float = 0) -> float:
        return min(time.monotonic() + (seconds or self.place.timeout), self.place.ends)

    def _left(self, until: float) -> float:
        return max(until - time.monotonic(), _INSTANT)


@contextmanager
def connected(place: Place) -> Iterator[Line]:
    """A connection to the place, closed with the block; raises `LineEnded` if there is none to be had."""
    left = min(place.timeout, place.ends - time.monotonic())
    if left <= 0:
        raise LineEnded(Ending.OVERDUE)
    try:
        sock = socket.create_connection((place.address, place.port), timeout=left)
    except ConnectionRefusedError as error:
        raise LineEnded(Ending.REFUSED) from error
    except TimeoutError as error:
        raise LineEnded(Ending.UNANSWERED) from error
    except OSError as error:
        raise LineEnded(Ending.UNREACHABLE) from error
    line = Line(sock=sock, place=place)
    try:
        yield line
    finally:
        line.sock.close()


def _tolerant() -> ssl.SSLContext:
    """A client that takes any certificate and any version that this OpenSSL still knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)  # not named before Python 3.12
    return context
