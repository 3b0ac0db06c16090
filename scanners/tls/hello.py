"""Our side of the first word: a ClientHello in bytes, for SSL 2.0 to TLS 1.3. No I/O, no clock, no crypto.

Sources: RFC 5246 s7.4.1.2, RFC 8446 s4.1.2, RFC 6101 (SSL 3.0), the SSL 2.0 specification.
"""

import struct
from functools import cache

from scanners.tls.groups import SCHEMES
from scanners.tls.suites import EMPTY_RENEGOTIATION_INFO_SCSV, SSL2, SSL3, TLS10, TLS12, TLS13
from scanners.tls.value import Value

RANDOM_BYTES = 64
"""How many random bytes a hello takes: 32 for itself, 32 for a session identifier."""

SERVER_NAME, STATUS_REQUEST, GROUPS, POINT_FORMATS, SCHEMES_EXT = 0, 5, 10, 11, 13
HEARTBEAT, ALPN, TIMESTAMPS, ENCRYPT_THEN_MAC, MASTER_SECRET, TICKET = 15, 16, 18, 22, 23, 35
PADDING, VERSIONS, AUTHORITIES, KEY_SHARE, RENEGOTIATION = 21, 43, 47, 51, 0xFF01

_CHALLENGE_BYTES = 16
_ODD_SUITE, _ODD_GROUP, _ODD_SCHEME, _ODD_VERSION = (0x1A1A,), (0x2A2A,), (0x3A3A,), (0x6A6A,)
_ODD_EXTENSION = 0x4A4A
_BEFORE_EXTENSIONS = 4 + 2 + 32 + 1 + 2 + 1 + 2
"""Bytes of a message without session, suites, compression and extensions: header, fixed fields, lengths."""


class Hello(Value, frozen=True):
    """What is offered: one version, suites and groups in order, and how the rest is dressed."""

    version: int
    suites: tuple[int, ...]
    groups: tuple[int, ...] = ()
    schemes: tuple[int, ...] = SCHEMES
    server_name: str = ""
    """A DNS name; never an address (RFC 6066 s3)."""
    alpn: tuple[str, ...] = ()
    shares: tuple[tuple[int, bytes], ...] = ()
    """Key shares by group; none makes a TLS 1.3 server answer with HelloRetryRequest."""
    extras: bool = True
    """Ask also for what only rides along: compression, staple, heartbeat and the like."""
    extensions: bool = True
    """False leaves all extensions out, as SSL 3.0 always does."""
    session: bytes = b""
    """A session identifier up to TLS 1.2."""
    ticket: bytes = b""
    """A ticket up to TLS 1.2; empty asks for one."""
    binding: bytes = b""
    """What binds a renegotiation up to TLS 1.2 to the handshake before it (RFC 5746)."""
    wide: bool = False
    """Name TLS 1.2 beside TLS 1.3, as browsers do."""
    odd: bool = False
    """Offer values beside the others that nobody knows (RFC 8701): a server has to pass over them."""
    length: int = 0
    """Pad the message to so many bytes where it is shorter (RFC 7685)."""


def encoded(hello: Hello, random: bytes) -> bytes:
    """The hello as one record, ready to be sent. `random` must hold `RANDOM_BYTES` bytes."""
    if hello.version == SSL2:
        return _ssl2(hello, random)
    message = handshake(hello, random)
    record_version = SSL3 if hello.version == SSL3 else TLS10  # RFC 5246 appendix E.1
    return b"\x16" + _u16(record_version) + _vector(message, 2)


def handshake(hello: Hello, random: bytes) -> bytes:
    """The handshake message alone, as it enters the transcript."""
    bare = hello.version == SSL3 or not hello.extensions
    suites = _ODD_SUITE * hello.odd + hello.suites + ((EMPTY_RENEGOTIATION_INFO_SCSV,) if bare else ())
    squeeze = hello.extras and hello.version < TLS13
    session = random[32:64] if hello.version == TLS13 else hello.session
    squeezing = b"\x01\x00" if squeeze else b"\x00"
    extensions = b"" if bare else _extensions(hello)
    taken = _BEFORE_EXTENSIONS + len(session) + 2 * len(suites) + len(squeezing) + len(extensions)
    if not bare and taken < hello.length:
        extensions += _extension(PADDING, bytes(max(hello.length - taken - 4, 0)))
    body = (
        _u16(min(hello.version, TLS12))
        + random[:32]
        + _vector(session, 1)
        + _vector(_u16s(suites), 2)
        + _vector(squeezing, 1)
        + (b"" if bare else _vector(extensions, 2))
    )
    return b"\x01" + _vector(body, 3)


def _ssl2(hello: Hello, random: bytes) -> bytes:
    """CLIENT-HELLO of SSL 2.0: a two-byte header, no session, 24-bit cipher kinds."""
    kinds = b"".join(code.to_bytes(3, "big") for code in hello.suites)
    lengths = _u16(len(kinds)) + _u16(0) + _u16(_CHALLENGE_BYTES)
    body = b"\x01\x00\x02" + lengths + kinds + random[:_CHALLENGE_BYTES]
    return _u16(0x8000 | len(body)) + body


def _extensions(hello: Hello) -> bytes:
    """All extensions of a hello, server_name first."""
    out = b""
    if hello.server_name:
        entry = b"\x00" + _vector(hello.server_name.encode("ascii"), 2)
        out += _extension(SERVER_NAME, _vector(entry, 2))
    if hello.groups:
        out += _extension(GROUPS, _vector(_u16s(_ODD_GROUP * hello.odd + hello.groups), 2))
    if hello.version >= TLS12:
        out += _extension(SCHEMES_EXT, _vector(_u16s(_ODD_SCHEME * hello.odd + hello.schemes), 2))
    if hello.alpn and hello.extras:
        listed = b"".join(_vector(name.encode("ascii"), 1) for name in hello.alpn)
        out += _extension(ALPN, _vector(listed, 2))
    if hello.version == TLS13:
        shares = b"".join(_u16(group) + _vector(share, 2) for group, share in hello.shares)
        out += _extension(KEY_SHARE, _vector(shares, 2))
    if hello.version == TLS13 or (hello.odd and hello.version == TLS12):
        named = (TLS13, TLS12) if hello.wide else (hello.version,)
        out += _extension(VERSIONS, _vector(_u16s(_ODD_VERSION * hello.odd + named), 1))
    if hello.extras and hello.version < TLS13:
        out += _extension(TICKET, hello.ticket)
    if hello.version < TLS13 or hello.wide:
        out += _extension(RENEGOTIATION, _vector(hello.binding, 1))
    out += _extension(_ODD_EXTENSION, b"") * hello.odd
    return out + _fixed_extensions(TLS12 if hello.wide else hello.version, extras=hello.extras)


@cache
def _fixed_extensions(version: int, *, extras: bool) -> bytes:
    """What does not change from one hello to the next."""
    out = b""
    if version < TLS13:
        out += _extension(POINT_FORMATS, b"\x01\x00")
    if extras:
        out += _extension(STATUS_REQUEST, b"\x01\x00\x00\x00\x00") + _extension(TIMESTAMPS, b"")
    if extras and version < TLS13:
        out += _extension(MASTER_SECRET, b"") + _extension(ENCRYPT_THEN_MAC, b"")
        out += _extension(HEARTBEAT, b"\x01")
    return out


def _extension(number: int, body: bytes) -> bytes:
    """One extension: number, length, body."""
    return _u16(number) + _vector(body, 2)


def _vector(body: bytes, width: int) -> bytes:
    """Bytes behind their length."""
    return len(body).to_bytes(width, "big") + body


def _u16(value: int) -> bytes:
    """Two bytes, the higher first."""
    return value.to_bytes(2, "big")


def _u16s(values: tuple[int, ...]) -> bytes:
    """Two bytes for each value."""
    return struct.pack(f">{len(values)}H", *values)
