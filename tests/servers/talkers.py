"""Small services, true to their protocol as far as one harmless question goes, that keep what they heard."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.servers.tls import bad_server

IAC_GREETING = b"\xff\xfd\x18\xff\xfd\x20gate-7 login: "
SMB1_HEAD = b"\xffSMB\x72" + bytes(27)
MODBUS_NAME = b"\x0fBarrier Company"


@dataclass
class Talker:
    """Where it listens and what it heard, one entry for each connection."""

    port: int = 0
    heard: list[bytes] = field(default_factory=list)


@contextlib.contextmanager
def talker(greeting: bytes = b"", *answers: Callable[[bytes], bytes]) -> Iterator[Talker]:
    """Says its greeting, then answers each thing it hears in turn, and then waits for the end."""
    kept = Talker()

    def say(sock: socket.socket, stop: threading.Event) -> None:
        sock.settimeout(5)
        if greeting:
            sock.sendall(greeting)
        with contextlib.suppress(OSError):
            for answer in answers:
                words = sock.recv(4096)
                if not words:
                    return
                kept.heard.append(words)
                sock.sendall(answer(words))
            rest = sock.recv(4096)
            kept.heard.extend([rest] if rest else [])

    with bad_server(say) as port:
        kept.port = port
        yield kept


def always(words: bytes) -> Callable[[bytes], bytes]:
    """An answer that is the same whatever was asked."""
    return lambda _asked: words


def rdp(*, plain: bool, login_first: bool) -> Callable[[bytes], bytes]:
    """A Windows host's answer to a connection request (MS-RDPBCGR 2.2.1.2)."""

    def answer(asked: bytes) -> bytes:
        wants_tls = asked[15] & 1
        if plain or (wants_tls and not login_first):
            taken = bytes([asked[15]]) + bytes(3)
            return bytes.fromhex("030000130ed00000123400") + b"\x02\x00\x08\x00" + taken
        code = 5 if login_first else 1
        return bytes.fromhex("030000130ed00000123400") + b"\x03\x00\x08\x00" + bytes([code, 0, 0, 0])

    return answer


def smb(dialect: bytes) -> Callable[[bytes], bytes]:
    """An answer in SMB 1 that takes this dialect number."""
    message = SMB1_HEAD + b"\x11" + dialect + bytes(34)
    return always(len(message).to_bytes(4, "big") + message)


def smb2(_asked: bytes) -> bytes:
    """An answer in SMB 2."""
    message = b"\xfeSMB" + bytes(60)
    return len(message).to_bytes(4, "big") + message


def modbus(asked: bytes) -> bytes:
    """A controller that says who made it."""
    body = b"\xff\x2b\x0e\x01\x01\x00\x00\x01\x00" + MODBUS_NAME
    return asked[:4] + len(body).to_bytes(2, "big") + body


def mongodb(asked: bytes) -> bytes:
    """An OP_MSG with an empty document."""
    body = bytes(5) + b"\x05\x00\x00\x00\x00"
    return (len(body) + 16).to_bytes(4, "little") + b"\x09\x00\x00\x00" + asked[4:8] + asked[12:16] + body
