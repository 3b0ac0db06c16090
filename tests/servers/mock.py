"""A TLS server without crypto: it answers hellos by a table, so it can offer what no library offers any more.

It finishes no handshake: SSL 2.0, export suites, and groups that nobody here can compute.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping

from tests.servers.tls import bad_server

SSL2, TLS13 = 0x0002, 0x0304
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
_VERSIONS, _GROUPS = 43, 10
UNEXPECTED = b"\x15\x03\x03\x00\x02\x02\x0a"


@contextlib.contextmanager
def mock_server(
    suites: Mapping[int, tuple[int, ...]],
    *,
    groups: tuple[int, ...] = (),
    leaf: bytes = b"",
    heartbeat: bool = False,
    session: bytes = b"",
    after: Callable[[bytes], bytes] = lambda _words: UNEXPECTED,
) -> Iterator[int]:
    """Accepts these suites by version (SSL 2.0 cipher kinds too) and groups, in this order: its port.

    `heartbeat` is echoed up to TLS 1.2; `session` is put behind a session identifier that comes back; `after`
    answers what is said after the first flight.
    """
    shown = (leaf, b"\x00\x05\x00\x0f\x00\x01\x01" * heartbeat, session)
    with bad_server(_answering(suites, groups, shown, after)) as port:
        yield port


def _answering(
    suites: Mapping[int, tuple[int, ...]],
    groups: tuple[int, ...],
    shown: tuple[bytes, bytes, bytes],
    after: Callable[[bytes], bytes],
) -> Callable[[socket.socket, threading.Event], None]:
    def say(sock: socket.socket, stop: threading.Event) -> None:
        sock.settimeout(5)
        start = _whole(sock, 5)
        if start[:1] == b"\x16":
            hello = _whole(sock, int.from_bytes(start[3:5], "big"))
            sock.sendall(_tls(hello, suites, groups, shown))
            sock.sendall(after(sock.recv(4096)))
            sock.recv(1)
        elif kinds := suites.get(SSL2):
            body = start[2:] + _whole(sock, (int.from_bytes(start[:2], "big") & 0x7FFF) - 3)
            sock.sendall(_ssl2(body, kinds, shown[0]))

    return say


def _whole(sock: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (more := sock.recv(count - len(data))):
        data += more
    return data


def _ssl2(body: bytes, kinds: tuple[int, ...], leaf: bytes) -> bytes:
    length = int.from_bytes(body[3:5], "big")
    offered = {int.from_bytes(body[at : at + 3], "big") for at in range(9, 9 + length, 3)}
    shared = b"".join(kind.to_bytes(3, "big") for kind in kinds if kind in offered)
    head = b"\x04\x00\x01\x00\x02" + _u16(len(leaf)) + _u16(len(shared)) + _u16(16)
    message = head + leaf + shared + bytes(16)
    return _u16(0x8000 | len(message)) + message


def _tls(
    message: bytes,
    suites: Mapping[int, tuple[int, ...]],
    groups: tuple[int, ...],
    shown: tuple[bytes, bytes, bytes],
) -> bytes:
    leaf, echo, more_session = shown
    version = int.from_bytes(message[4:6], "big")
    at = 39 + message[38]
    length = int.from_bytes(message[at : at + 2], "big")
    offered = _u16s(message[at + 2 : at + 2 + length])
    at += 2 + length
    extensions = _extensions(message[at + 1 + message[at] :])
    if _VERSIONS in extensions:
        version = max(_u16s(extensions[_VERSIONS][1:]))
    if version not in suites:
        return b"\x15\x03\x01\x00\x02\x02\x46"
    suite = next((code for code in suites[version] if code in offered), None)
    group = next((one for one in groups if one in _u16s(extensions.get(_GROUPS, b"")[2:])), None)
    if suite is None or (version == TLS13 and group is None):
        return b"\x15\x03\x01\x00\x02\x02\x28"
    if version == TLS13:
        more = b"\x00\x2b\x00\x02\x03\x04\x00\x33\x00\x02" + _u16(group)
        return _record(_hello(0x0303, _RETRY, suite, _u16(len(more)) + more))
    chain = (len(leaf) + 3).to_bytes(3, "big") + len(leaf).to_bytes(3, "big") + leaf
    certificate = _message(11, chain) if leaf else b""
    asked = message[39 : 39 + message[38]]
    session = asked + more_session * bool(asked)
    return _record(
        _hello(version, bytes(32), suite, echo, session) + certificate + _message(14, b""), version
    )


def _hello(version: int, random: bytes, suite: int, tail: bytes, session: bytes = b"") -> bytes:
    named = bytes([len(session)]) + session
    return _message(2, _u16(version) + random + named + _u16(suite) + b"\x00" + tail)


def _message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def _record(body: bytes, version: int = 0x0303) -> bytes:
    return b"\x16" + _u16(version) + _u16(len(body)) + body


def _extensions(block: bytes) -> dict[int, bytes]:
    found, at = {}, 2
    while at + 4 <= len(block):
        length = int.from_bytes(block[at + 2 : at + 4], "big")
        found[int.from_bytes(block[at : at + 2], "big")] = block[at + 4 : at + 4 + length]
        at += 4 + length
    return found


def _u16(value: int) -> bytes:
    return value.to_bytes(2, "big")


def _u16s(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data) - 1, 2)]
