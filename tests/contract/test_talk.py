"""What open ports say: services that speak first or wait, inside TLS or not, and those that misbehave."""

import contextlib
import socket
import ssl
import threading
import time

import pytest

from scanners.ports.talk import LATE, Place, Talk, talk
from tests.contract.test_ports import certificate, endless, reset, speaker

ALIEN = "127.0.11.1"
"""A loopback address of our own, so that well-known port numbers are free."""


def hear(port: int, address: str = "127.0.0.1", seconds: float = 20.0) -> Talk:
    ends = time.monotonic() + seconds
    return talk(Place(address=address, port=port, server_name="", round_trip=0.001, until=ends))


@contextlib.contextmanager
def at(port: int, speech):
    """A server on a well-known number; gives the list of what it was told."""
    told: list[bytes] = []
    talks: list[threading.Thread] = []
    with socket.create_server((ALIEN, port)) as server:
        server.settimeout(0.05)
        stop = False

        def serve() -> None:
            while not stop:
                with contextlib.suppress(TimeoutError, OSError):
                    connection, _ = server.accept()
                    talks.append(threading.Thread(target=converse, args=(connection,)))
                    talks[-1].start()

        def converse(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                connection.settimeout(3)
                told.append(said := connection.recv(4096))
                connection.sendall(speech(said))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield told
        finally:
            stop = True
            for each in (thread, *talks):
                each.join()


CLIENT_FIRST = [
    (1883, b"\x10", b"\x20\x02\0\0", "mqtt"),
    (5432, b"\0\0\0\x08", b"N", "postgresql"),
    (3389, b"\x03\0", b"\x03\0\0\x13\x0e\xd0\0\0\x124\0\x02\x01\x08\0\x02\0\0\0", "ms-wbt-server"),
    (445, b"\0\0\0", b"\0\0\0\x60\xffSMBr\0", "microsoft-ds"),
    (554, b"OPTIONS", b"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n\r\n", "rtsp"),
    (6379, b"*2", b"-NOAUTH Authentication required.\r\n", "redis"),
    (1433, b"\x12\x01", b"\x04\x01\0\x2b\0\0\x01\0\0", "ms-sql-s"),
    (502, b"\0\x01", b"\0\x01\0\0\0\x09\xff\x2b\x0e\x01", "modbus"),
    (11211, b"version", b"VERSION 1.6.18\r\n", "memcached"),
]


@pytest.mark.parametrize(("port", "asked", "answer", "service"), CLIENT_FIRST)
def test_a_service_that_waits_is_asked_in_its_own_words(port, asked, answer, service):
    with at(port, lambda said: answer if said.startswith(asked) else b"") as told:
        heard = hear(port, ALIEN)
    assert (heard.name and heard.name.service, heard.tls) == (service, False)
    assert [said for said in told if said]


@pytest.mark.parametrize(("usual", "asked", "answer", "service"), CLIENT_FIRST[:4])
def test_a_service_that_waits_is_recognised_on_any_port(usual, asked, answer, service):
    with at(usual + 20_000, lambda said: answer if said.startswith(asked) else b""):
        heard = hear(usual + 20_000, ALIEN)
    assert (heard.name and heard.name.service, heard.tls) == (service, False)


def test_a_printer_is_never_sent_anything():
    with at(9100, lambda _: b"") as told:
        heard = hear(9100, ALIEN)
    assert heard.name is None
    assert "printer" in heard.trouble
    assert told == []


def test_a_server_that_answers_plain_text_on_its_tls_port_is_seen_as_tls(tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))

    def speech(connection: socket.socket) -> None:
        first = connection.recv(1, socket.MSG_PEEK)
        if first == b"G":
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\nplain HTTP to HTTPS port")
            connection.shutdown(socket.SHUT_WR)
        elif first:
            with context.wrap_socket(connection.dup(), server_side=True) as inside:
                if inside.recv(4096).startswith(b"GET"):
                    inside.sendall(b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n\r\n")

    with speaker(speech) as port:
        heard = hear(port)
    assert heard.tls is True
    assert (heard.name.service, heard.name.version) == ("http", "1.22.1")


def test_a_service_that_speaks_first_inside_tls_is_named(tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))

    def speech(connection: socket.socket) -> None:
        with context.wrap_socket(connection.dup(), server_side=True) as inside:
            inside.sendall(b"* OK Dovecot ready.\r\n")

    with speaker(speech) as port:
        heard = hear(port)
    assert (heard.tls, heard.name.service, heard.name.product) == (True, "imap", "Dovecot imapd")


def test_tls_with_nothing_known_inside_is_tls_without_a_name(tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))

    def speech(connection: socket.socket) -> None:
        with context.wrap_socket(connection.dup(), server_side=True) as inside:
            inside.recv(4096)

    with speaker(speech) as port:
        heard = hear(port)
    assert (heard.tls, heard.name) == (True, None)
    assert heard.trouble


def test_a_tls_alert_instead_of_a_handshake_is_still_tls():
    def speech(connection: socket.socket) -> None:
        if connection.recv(4096).startswith(b"\x16\x03"):
            connection.sendall(b"\x15\x03\0\0\x02\x02\x28")

    with speaker(speech) as port:
        assert hear(port).tls is True


def drip(connection: socket.socket) -> None:
    for _ in range(400):
        connection.sendall(b"x")
        time.sleep(0.02)


@pytest.mark.parametrize(
    "speech", [endless, reset, drip, lambda _: None], ids=["endless", "reset", "drip", "silent"]
)
def test_who_misbehaves_has_no_name_and_little_is_kept(speech):
    with speaker(speech) as port:
        heard = hear(port)
    assert (heard.name, heard.tls) == (None, None)
    assert len(heard.said) <= 4096
    assert heard.trouble


def test_when_time_is_up_nothing_is_said():
    with speaker(lambda _: None) as port:
        heard = hear(port, seconds=0.0)
    assert (heard.name, heard.trouble) == (None, LATE)


def test_a_refused_port_is_not_named():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert hear(port).trouble == "it accepts and closes at once"


def test_a_name_that_tls_does_not_take_is_no_accident():
    with speaker(lambda _: None) as port:
        ends = time.monotonic() + 20
        place = Place(
            address="127.0.0.1", port=port, server_name=".odd", round_trip=0.0, until=ends, insists=False
        )
        assert talk(place).tls is None
