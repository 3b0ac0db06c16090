"""The server's side of the first word, read from bytes as they come: no I/O, no clock, no crypto.

Any bytes may be fed. They give a message, nothing yet, or a `WireError`; never another exception, and never
more work or memory than `MOST_BYTES` and `MOST_MESSAGES` allow.
Sources: RFC 5246 s7.4, RFC 8446 s4 and s5, RFC 6101 (SSL 3.0), the SSL 2.0 specification.
"""

from collections.abc import Iterator
from enum import StrEnum

from scanners.tls.hello import KEY_SHARE, VERSIONS
from scanners.tls.suites import TLS12
from scanners.tls.value import Value, field

MOST_BYTES = 256 * 1024
"""What one flight may weigh; a chain of twenty large certificates is a quarter of it."""
MOST_MESSAGES = 64
MOST_CERTIFICATES = 20

ALERT, HANDSHAKE, CHANGE_CIPHER, APPLICATION = 21, 22, 20, 23
SERVER_HELLO, ENCRYPTED_EXTENSIONS, CERTIFICATE, SERVER_KEY_EXCHANGE = 2, 8, 11, 12
CERTIFICATE_REQUEST, SERVER_DONE, CERTIFICATE_VERIFY, FINISHED, CERTIFICATE_STATUS = 13, 14, 15, 20, 22

_RECORD_HEADER = 5
_MOST_RECORD = 16384 + 2048
_MOST_MESSAGE = 128 * 1024
_WARNING = 1
_UNRECOGNIZED_NAME = 112
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
_TYPES = range(20, 25)
_TELNET = tuple(bytes([code]) for code in range(0xFA, 0xFF))
_MYSQL = (b"\t", b"\n", b"\xff")
_WORDS = frozenset(b"\t\r\n") | frozenset(range(0x20, 0x7F))


class Wrong(StrEnum):
    """What is wrong with bytes that are no TLS."""

    FOREIGN = "foreign"
    """They are clearly another protocol."""
    GARBLED = "garbled"


class WireError(ValueError):
    """The bytes are not what a TLS server says."""

    def __init__(self, text: str, wrong: Wrong = Wrong.GARBLED) -> None:
        super().__init__(text)
        self.wrong = wrong


class ServerHello(Value, frozen=True):
    """What the server chose."""

    version: int
    suite: int
    random: bytes = b""
    session: bytes = b""
    """The session identifier."""
    compression: int = 0
    extensions: dict[int, bytes] = field(default_factory=dict)
    is_retry: bool = False
    """It is a HelloRetryRequest (RFC 8446 s4.1.4)."""
    group: int = 0
    """The key-exchange group of TLS 1.3; 0 if none was named."""


class Cursor:
    """A place in some bytes; reading past the end is a `WireError`."""

    __slots__ = ("_at", "_bytes")

    def __init__(self, data: bytes) -> None:
        self._bytes = data
        self._at = 0

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return len(self._bytes) - self._at

    def take(self, count: int) -> bytes:
        """The next bytes."""
        if self.left < count:
            raise WireError("a message ends too early")
        self._at += count
        return self._bytes[self._at - count : self._at]

    def number(self, width: int) -> int:
        """The next bytes as a number."""
        return int.from_bytes(self.take(width), "big")

    def vector(self, width: int) -> bytes:
        """The next bytes behind their length."""
        return self.take(self.number(width))


class Records:
    """A stream of bytes cut into TLS records."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._taken = 0

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The type and body of each record that is now whole."""
        self._taken += len(data)
        if self._taken > MOST_BYTES:
            raise WireError("the server does not stop talking")
        self._buffer += data
        while (record := self._next()) is not None:
            yield record

    def finish(self) -> None:
        """Say that nothing more comes; what is left over may tell what it was."""
        if self._buffer and not starts_tls(self._buffer):
            raise strange(bytes(self._buffer[:64]))

    def _next(self) -> tuple[int, bytes] | None:
        if len(self._buffer) < _RECORD_HEADER:
            return None
        if not starts_tls(self._buffer):
            raise strange(bytes(self._buffer[:64]))
        end = _RECORD_HEADER + int.from_bytes(self._buffer[3:5], "big")
        if end > _RECORD_HEADER + _MOST_RECORD:
            raise WireError("a record is longer than any may be")
        if len(self._buffer) < end:
            return None
        record = self._buffer[0], bytes(self._buffer[_RECORD_HEADER:end])
        del self._buffer[:end]
        return record


class Messages:
    """The bodies of handshake records cut into handshake messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._count = 0

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The type and body of each message that is now whole."""
        self._buffer += data
        while len(self._buffer) >= 4:  # noqa: PLR2004 - the header of a message: type and 24-bit length
            end = 4 + int.from_bytes(self._buffer[1:4], "big")
            if end > _MOST_MESSAGE or self._count >= MOST_MESSAGES:
                raise WireError("a handshake is larger than any may be")
            if len(self._buffer) < end:
                return
            message = self._buffer[0], bytes(self._buffer[4:end])
            del self._buffer[:end]
            self._count += 1
            yield message


class Flight:
    """The server's first flight up to where it waits for us: one alert, or a hello and what follows it."""

    def __init__(self) -> None:
        self._records = Records()
        self._messages = Messages()
        self.done = False
        self.hello: ServerHello | None = None
        self.reply = b""
        self.alert = -1
        """The alert that ended it (RFC 8446 s6); -1 for none."""
        self.chain: tuple[bytes, ...] = ()
        self.key_exchange = b""
        self.staple = b""
        self.asks_certificate = False
        self.authorities = b""

    def feed(self, data: bytes) -> None:
        """Take what the server sent; raises `WireError`."""
        for kind, body in self._records.feed(data):
            if self.done:
                return
            if kind == ALERT:
                self._hear(body)
            elif kind == HANDSHAKE:
                for number, message in self._messages.feed(body):
                    self._read(number, message)
            elif self.hello is None:
                raise WireError("data came before a hello")

    def finish(self) -> None:
        """Say that nothing more comes; raises `WireError` if what came was another protocol."""
        self._records.finish()

    def _hear(self, body: bytes) -> None:
        """An alert; only the warning that the name is unknown lets the handshake go on (RFC 6066 s3)."""
        if len(body) != 2:  # noqa: PLR2004 - level and description
            raise WireError("an alert is not two bytes long")
        if (body[0], body[1]) == (_WARNING, _UNRECOGNIZED_NAME):
            return
        self.alert, self.done = body[1], True

    def _read(self, number: int, message: bytes) -> None:
        """One handshake message."""
        if self.hello is None:
            if number != SERVER_HELLO:
                raise WireError("a handshake does not begin with a hello")
            self.hello = server_hello(message)
            self.done = bool(self.hello.group or self.hello.is_retry or VERSIONS in self.hello.extensions)
            return
        match number:
            case 11:
                self.chain = _certificates(message)
            case 12:
                self.key_exchange = message
            case 13:
                self.asks_certificate = True
                self.authorities = _authorities(message, schemes=self.hello.version >= TLS12)
            case 22:
                self.staple = message[4:]
            case 14:
                self.done = True


def server_hello(message: bytes) -> ServerHello:
    """ServerHello or HelloRetryRequest, without its header; raises `WireError`."""
    body = Cursor(message)
    version, random = body.number(2), body.take(32)
    session = body.vector(1)
    suite, compression = body.number(2), body.number(1)
    extensions = extension_map(body.vector(2)) if body.left else {}
    if named := extensions.get(VERSIONS):
        version = Cursor(named).number(2)
    share = extensions.get(KEY_SHARE, b"")
    return ServerHello(
        version=version,
        suite=suite,
        random=random,
        session=session,
        compression=compression,
        extensions=extensions,
        is_retry=random == _RETRY,
        group=Cursor(share).number(2) if share else 0,
    )


def extension_map(block: bytes) -> dict[int, bytes]:
    """Extensions by their number; raises `WireError`."""
    body = Cursor(block)
    found: dict[int, bytes] = {}
    while body.left:
        number = body.number(2)
        found[number] = body.vector(2)
    return found


def numbers(block: bytes) -> list[int]:
    """A list of numbers of two bytes each, behind its length; none of nothing. Raises `WireError`."""
    body = Cursor(Cursor(block).vector(2) if block else b"")
    return [body.number(2) for _ in range((body.left + 1) // 2)]


def prime_bits(key_exchange: bytes, *, hinted: bool) -> int:
    """The prime's length in ServerKeyExchange (RFC 5246 s7.4.3), behind a hint if `hinted` (RFC 4279)."""
    body = Cursor(key_exchange)
    if hinted:
        body.vector(2)
    return int.from_bytes(body.vector(2), "big").bit_length()


def starts_tls(start: bytes | bytearray) -> bool:
    """Whether it begins as every version from SSL 3.0 on: a record type, then the major version 3."""
    return start[0] in _TYPES and start[1:2] in (b"\x03", b"")


def strange(start: bytes) -> WireError:
    """What an answer is called that begins like this and is not TLS."""
    if _is_foreign(start):
        words = start.split(b"\n")[0].decode("ascii", "replace")
        shown = "".join(char if char.isprintable() and char != "\ufffd" else "." for char in words)
        return WireError(f"speaks another protocol: {shown.strip('. ')[:40] or 'binary'}", Wrong.FOREIGN)
    return WireError("the answer is no TLS")


def _is_foreign(start: bytes) -> bool:
    """Whether it begins with text, with what Telnet commands begin with, or with a packet of MySQL."""
    text = len(start) >= 4 and all(byte in _WORDS for byte in start[:4])  # noqa: PLR2004 - enough to be sure
    telnet = start[:1] == b"\xff" and start[1:2] in _TELNET
    return text or telnet or (start[2:4] == bytes(2) and start[4:5] in _MYSQL)


def _authorities(message: bytes, *, schemes: bool) -> bytes:
    """The names in a CertificateRequest (RFC 5246 s7.4.4), in TLS 1.2 behind the `schemes`; not parsed."""
    body = Cursor(message)
    body.vector(1)
    if schemes:
        body.vector(2)
    return body.vector(2)


def _certificates(message: bytes) -> tuple[bytes, ...]:
    """The chain of a Certificate message up to TLS 1.2, one more than will be shown at most."""
    body = Cursor(Cursor(message).vector(3))
    found: list[bytes] = []
    while body.left and len(found) <= MOST_CERTIFICATES:
        found.append(body.vector(3))
    return tuple(found)
