"""Services that speak in plain text first and upgrade to TLS when asked: their words, then Python's `ssl`."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator

from tests.servers.pki import Identity
from tests.servers.tls import bad_server

# For each protocol, in turn: what the client must have said by now, and the answer. Answers in a list are
# sent piece by piece, as slow services do.
_MYSQL = b"\x4a\x00\x00\x00\x0a8.0.36\x00" + bytes(4) + b"saltsalt\x00" + b"\xff\xff" + bytes(53)
_XMPP_OFFER = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
WORDS: dict[str, list[tuple[bytes, bytes | list[bytes]]]] = {
    "smtp": [
        (b"", [b"220-mail.example\r\n", b"220 ready\r\n"]),
        (b"\r\n", [b"250-mail.example\r\n250-SIZE 1000\r\n", b"250-STARTTLS\r\n", b"250 HELP\r\n"]),
        (b"STARTTLS\r\n", b"220 go ahead\r\n"),
    ],
    "ftp": [(b"", b"220 ProFTPD Server\r\n"), (b"AUTH TLS\r\n", b"234 go ahead\r\n")],
    "pop3": [(b"", b"+OK ready\r\n"), (b"STLS\r\n", b"+OK begin\r\n")],
    "imap": [(b"", b"* OK ready\r\n"), (b"a1 STARTTLS\r\n", [b"* CAPABILITY IMAP4\r\n", b"a1 OK begin\r\n"])],
    "xmpp": [
        (
            b"version='1.0'>",
            b"<stream:stream><stream:features>" + _XMPP_OFFER + b"</stream:features>",
        ),
        (b"/>", b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
    ],
    "ldap": [(b"1.3.6.1.4.1.1466.20037", bytes.fromhex("300c02010178070a010004000400"))],
    "postgresql": [(bytes.fromhex("04d2162f"), b"S")],
    "mysql": [(b"", _MYSQL), (bytes(23), b"")],
    "rdp": [(bytes.fromhex("0100080003000000"), bytes.fromhex("030000130ed000001234000200080001000000"))],
}
DECLINED: dict[str, list[tuple[bytes, bytes | list[bytes]]]] = {
    "smtp": [WORDS["smtp"][0], (b"\r\n", b"250-mail.example\r\n250 HELP\r\n")],
    "ftp": [WORDS["ftp"][0], (b"\r\n", b"502 not here\r\n")],
    "pop3": [WORDS["pop3"][0], (b"\r\n", b"-ERR not here\r\n")],
    "imap": [WORDS["imap"][0], (b"\r\n", b"a1 BAD not here\r\n")],
    "postgresql": [(bytes.fromhex("04d2162f"), b"N")],
    "mysql": [(b"", _MYSQL.replace(b"\xff\xff", b"\xff\xf7"))],
    "rdp": [(bytes.fromhex("0100080003000000"), bytes.fromhex("030000130ed000001234000300080002000000"))],
}


@contextlib.contextmanager
def upgrading_server(
    words: list[tuple[bytes, bytes | list[bytes]]], identity: Identity | None
) -> Iterator[int]:
    """A service that says these words, then speaks TLS if it has an identity: its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if identity:
        context.load_cert_chain(identity.chain_file, identity.key_file)

    def say(sock: socket.socket, stop: threading.Event) -> None:
        sock.settimeout(5)
        for wanted, answer in words:
            heard = b""
            while not heard.endswith(wanted) or (wanted and not heard):
                more = sock.recv(1)
                if not more:
                    return
                heard += more
            for piece in [answer] if isinstance(answer, bytes) else answer:
                sock.sendall(piece)
                time.sleep(0.01 * isinstance(answer, list))  # so that the pieces arrive apart
        if identity:
            with contextlib.suppress(OSError), context.wrap_socket(sock, server_side=True) as secure:
                secure.recv(1)

    with bad_server(say) as port:
        yield port
