"""UDP services asked in their own protocol, against answers made here."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from scanners.ports.udp import FURTHER, QUESTIONS, Question, look

Reply = Callable[[bytes], bytes | None]


@contextlib.contextmanager
def speaker(reply: Reply, address: str = "127.0.0.1") -> Iterator[int]:
    """A UDP server; gives its port."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as server:
        server.bind((address, 0))
        server.settimeout(0.05)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    data, sender = server.recvfrom(4096)
                    answer = reply(data)
                    if answer is not None:
                        server.sendto(answer, sender)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            stop.set()
            thread.join()


def ask(port: int, question: Question, address: str = "127.0.0.1"):
    (seen,) = look(address, time.monotonic() + 5, {port: question})
    return seen


def snmp(data: bytes) -> bytes | None:
    """A device that knows SNMP v2c alone."""
    if data[4] != 1:
        return None
    name = b"\x06\x08\x2b\x06\x01\x02\x01\x01\x01\0"
    value = b"\x04\x09Gate 4 \x1b["
    bound = b"\x30" + bytes([len(name + value)]) + name + value
    response = b"\x02\x02\x4c\x4b\x02\x01\0\x02\x01\0\x30" + bytes([len(bound)]) + bound
    message = b"\x02\x01\x01\x04\x06public\xa2" + bytes([len(response)]) + response
    return b"\x30" + bytes([len(message)]) + message


ANSWERS = [
    (53, lambda data: data[:2] + b"\x81\x80" + data[4:], "resolves for us (recursion available)"),
    (53, lambda data: data[:2] + b"\x81\x05" + data[4:], "answers"),
    (69, lambda data: b"\0\x05\0\x01no\0" if b"octet" in data else None, "gives files without login"),
    (123, lambda data: b"\x24\x02" + bytes(46) if len(data) == 48 else None, "version 4, stratum 2"),
    (161, snmp, "v2c community public: Gate 4 ["),
    (500, lambda data: data[:8] + b"\1" * 8 + data[16:] if data[17] == 0x10 else None, "IKE version 1"),
    (1900, lambda data: b"HTTP/1.1 200 OK\r\nSERVER: Cam UPnP/1.0\r\n\r\n", "Cam UPnP/1.0"),
    (5060, lambda data: b"SIP/2.0 200 OK\r\nServer: Intercom\r\n\r\n", "Intercom"),
]


@pytest.mark.parametrize(("usual", "reply", "told"), ANSWERS)
def test_an_answer_in_its_protocol_is_told(usual, reply, told):
    with speaker(reply) as port:
        seen = ask(port, QUESTIONS[usual])
    assert (seen.state, seen.service, seen.extra) == ("answered", QUESTIONS[usual].service, told)
    assert seen.locus == f"udp/{port}"


@pytest.mark.parametrize("usual", [53, 123, 161, 500])
def test_an_answer_in_another_protocol_is_none(usual):
    with speaker(lambda data: b"what?") as port:
        assert ask(port, QUESTIONS[usual]).state == "no-answer"


def test_a_refusal_is_closed_and_silence_is_neither():
    with speaker(lambda data: None) as port:
        assert ask(port, QUESTIONS[53]).state == "no-answer"
    assert ask(port, QUESTIONS[53]).state == "closed"


def control(flags: int) -> Reply:
    """A time server's answer to a control message, with these flags and the operation asked for."""
    return lambda data: b"\x16" + bytes([flags | data[1]]) + bytes(10) + b'version="ntpd"'


def test_a_time_server_that_tells_its_variables_is_a_place_of_its_own():
    with speaker(control(0x80)) as port:
        seen = ask(port, FURTHER[123])
    assert (seen.state, seen.service, seen.locus) == ("answered", "ntp-control", f"udp/{port}/control")
    assert seen.extra == 'tells its variables to strangers: version="ntpd"'


@pytest.mark.parametrize("flags", [0x00, 0xC0])
def test_an_echo_and_an_error_tell_no_variables(flags):
    with speaker(control(flags)) as port:
        assert ask(port, FURTHER[123]).state == "no-answer"


def test_both_questions_to_a_port_are_asked_unless_others_are_chosen():
    places = [place.locus for place in look("127.0.0.1", time.monotonic() + 3)]
    assert places.index("udp/123") + 1 == places.index("udp/123/control")
    assert len(places) == len(set(places)) == len(QUESTIONS) + len(FURTHER)


def test_ipv6_is_asked_too():
    with speaker(ANSWERS[3][1], "::1") as port:
        assert ask(port, QUESTIONS[123], "::1").state == "answered"


def test_a_packet_from_another_host_does_not_count():
    def reply(data: bytes) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.2", 0))
            for port in senders:
                other.sendto(b"\x24\x02" + bytes(46), ("127.0.0.1", port))

    senders: list[int] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)

        def serve() -> None:
            data, sender = server.recvfrom(4096)
            senders.append(sender[1])
            reply(data)

        thread = threading.Thread(target=serve)
        thread.start()
        assert ask(server.getsockname()[1], QUESTIONS[123]).state == "no-answer"
        thread.join()
    assert senders
