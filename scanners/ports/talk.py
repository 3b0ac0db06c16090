"""One conversation with one open port: listen, ask in its protocol, try TLS, ask inside; always bounded."""

import contextlib
import re
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

from scanners.ports.naming import MOST_BYTES, Name, named
from scanners.ports.probes import HABITS, LISTEN, NEVER_ASKED, PROBES, Habit

_ANSWER = 1.2
"""Seconds for an answer to a question, beside four round trips."""
_QUIET = 0.08
"""Seconds of silence after which an answer is taken for whole."""
_GATHER = 0.6
_WAITING = ("postgresql", "mqtt", "rdp", "redis", "smb", "tds", "mongodb", "ldap")
_RESET = b"\1\0\0\0\0\0\0\0"
_TLS_RECORD = re.compile(rb"[\x15\x16]\x03[\x00-\x04]")
_WANTS_TLS = re.compile(rb"HTTP/1\.[01] (?:400|426|497)\b")
"""What web servers say to plain text on a TLS port; some do so on a plain port too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One open port and how long it may take."""

    address: str
    port: int
    server_name: str
    round_trip: float
    until: float
    """On the monotonic clock."""
    insists: bool = True
    """Whether a silent port may be asked in several protocols at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What a conversation came to."""

    said: bytes = b""
    name: Name | None = None
    tls: bool | None = None
    """None where that was not learned."""
    trouble: str = ""
    """Why it has no name, for whoever reads the gap."""


class _Wire(Protocol):
    def send(self, data: bytes) -> None: ...
    def receive(self, seconds: float) -> bytes: ...


class _Ended(Exception):
    """The other side closed or reset the connection."""


def talk(place: Place) -> Talk:
    """What answers on the port: its first bytes and, where they are known, its name. Raises nothing."""
    heard = _talk(place)
    if heard.name is None and time.monotonic() >= place.until:
        return replace(heard, trouble=LATE)
    return heard


def _talk(place: Place) -> Talk:
    habit = HABITS.get(place.port, Habit())
    if place.port in NEVER_ASKED:
        return Talk(trouble="a printer would print what is sent, so it was not asked")
    if habit.is_tls:
        inside = _inside(place, habit)
        if inside.tls:
            return inside
        return _plain(place, habit)
    plain = _plain(place, habit)
    may_be_tls = not plain.said or _WANTS_TLS.match(plain.said) or _TLS_RECORD.match(plain.said)
    if plain.trouble == _SHUT or not may_be_tls:
        return plain
    inside = _inside(place, habit)
    if inside.tls:
        return inside
    return plain if plain.said or place.port in HABITS or not place.insists else _insisted(place, plain)


LATE = "time ran out before it said anything that is known"
_SHUT = "it accepts and closes at once"
_SILENT = "it accepts, but says nothing, neither in the clear nor inside TLS"
_STRANGE = "it accepts, but says nothing that is known"


def _plain(place: Place, habit: Habit) -> Talk:
    """The conversation without TLS; `tls` is false only where something was recognised."""
    shut = 0
    said, question = b"", ""
    for ask in ("", *habit.asks) if habit.listen else habit.asks:
        try:
            with contextlib.closing(_Line(place)) as line:
                said = _exchange(line, place, habit.listen if not ask else 0.0, ask)
        except (_Ended, OSError):
            shut += 1
            continue
        if said:
            question = ask
            break
    name = named(said, question, PROBES.get(question, b""))
    trouble = "" if name else _STRANGE if said else _SHUT if shut > len(habit.asks) else _SILENT
    return Talk(said=said, name=name, tls=False if name else None, trouble=trouble)


def _insisted(place: Place, silent: Talk) -> Talk:
    """A silent port of no known habit is asked in the protocols that wait for the client, all at once."""
    with ThreadPoolExecutor(max_workers=len(_WAITING)) as pool:
        asked = [pool.submit(_plain, place, Habit(listen=0.0, asks=(ask,))) for ask in _WAITING]
    talks = [each.result() for each in asked]
    known = [each for each in talks if each.name is not None]
    spoke = [each for each in talks if each.said]
    return (*known, *spoke, silent)[0]


def _inside(place: Place, habit: Habit) -> Talk:
    """The conversation inside TLS; `tls` is None where nothing spoke TLS."""
    said, question, has_tls = b"", "", False
    asks = habit.asks or ("http",)
    for ask in ("", *asks) if habit.listen >= LISTEN else asks:
        said, spoke = _ride(place, habit.listen / 2, ask)
        has_tls = has_tls or spoke
        question = ask
        if said or not has_tls:
            break
    if not has_tls:
        return Talk(trouble=_SILENT)
    name = named(said, question, PROBES.get(question, b""))
    trouble = "" if name else "it speaks TLS, but what is inside is not known"
    return Talk(said=said, name=name, tls=True, trouble=trouble)


def _ride(place: Place, listen: float, ask: str) -> tuple[bytes, bool]:
    """What is said inside TLS, and whether TLS was spoken at all."""
    try:
        with contextlib.closing(_Tunnel(place)) as tunnel:
            try:
                tunnel.shake_hands()
                return _exchange(tunnel, place, listen, ask), True
            except (_Ended, OSError):
                return b"", tunnel.has_spoken
    except (_Ended, OSError, ValueError):  # a name that TLS does not take is a ValueError
        return b"", False


def _exchange(wire: _Wire, place: Place, listen: float, ask: str) -> bytes:
    """What is said at first, or after the question; raises `_Ended` if the line is closed without a word."""
    if not ask:
        return wire.receive(listen + 4 * place.round_trip)
    wire.send(PROBES[ask])
    return wire.receive(_ANSWER + 4 * place.round_trip)


class _Line:
    """A TCP connection that is closed with a reset."""

    def __init__(self, place: Place) -> None:
        self._until = place.until
        wait = min(2.0 + 4 * place.round_trip, self._left())
        self._socket = socket.create_connection((place.address, place.port), timeout=wait)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        except OSError:  # the other side has reset it by now
            self._socket.close()
            raise

    def close(self) -> None:
        """Reset the connection."""
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Send it all."""
        self._socket.settimeout(min(2.0, self._left()))
        self._socket.sendall(data)

    def receive(self, seconds: float) -> bytes:
        """What comes within that time and soon after, at most 4 KiB; empty if nothing does."""
        said = bytearray()
        ends = time.monotonic() + seconds
        while len(said) < MOST_BYTES:
            chunk = self.take(max(0.001, ends - time.monotonic()))
            if chunk is None or (not chunk and said):
                break
            if not chunk:
                raise _Ended
            if not said:
                whole = time.monotonic() + _GATHER
            said += chunk
            ends = min(time.monotonic() + _QUIET, whole)
        return bytes(said[:MOST_BYTES])

    def take(self, seconds: float) -> bytes | None:
        """The next bytes; none at the end of the line, None if the time goes by."""
        self._socket.settimeout(min(seconds, self._left()))
        try:
            return self._socket.recv(MOST_BYTES)
        except TimeoutError:
            return None

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise _Ended
        return left


class _Tunnel(_Line):
    """A TLS connection that accepts every certificate and every version: it looks, it trusts nothing."""

    def __init__(self, place: Place) -> None:
        self.has_spoken = False
        """TLS records came, whatever became of the handshake."""
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = _context().wrap_bio(self._in, self._out, server_hostname=place.server_name or None)
        super().__init__(place)
        self._patience = _ANSWER + 4 * place.round_trip

    def shake_hands(self) -> None:
        """Finish the handshake, or raise `_Ended`."""
        ends = time.monotonic() + self._patience
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                self._fill(ends)
            except (ssl.SSLError, ValueError) as error:
                raise _Ended from error
            else:
                return self._flush()

    def send(self, data: bytes) -> None:
        """Send it all, enciphered."""
        self._tls.write(data)
        self._flush()

    def take(self, seconds: float) -> bytes | None:
        """The next bytes inside; none at the end of the line, None if the time goes by."""
        ends = time.monotonic() + seconds
        while True:
            try:
                return self._tls.read(MOST_BYTES)
            except ssl.SSLWantReadError:
                chunk = super().take(max(0.001, ends - time.monotonic()))
                if not chunk:
                    return chunk
                self._in.write(chunk)
            except ssl.SSLError:
                return b""

    def _fill(self, ends: float) -> None:
        chunk = super().take(max(0.001, ends - time.monotonic()))
        if not chunk:
            raise _Ended
        self.has_spoken = self.has_spoken or _TLS_RECORD.match(chunk) is not None
        self._in.write(chunk)

    def _flush(self) -> None:
        if self._out.pending:
            super().send(self._out.read())


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context
