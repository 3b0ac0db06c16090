"""Whatever a host says to scanners that look from outside, they end with an answer or with `LineEnded`."""

import contextlib
import socket
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.http.client import Answer, NotHttp, _read
from scanners.http.shown import endpoint_of
from scanners.http.visit import Visit
from scanners.kit.line import Line, LineEnded, Place
from scanners.services import probes
from scanners.services.facts import Service
from scanners.services.scan import _service
from scanners.ssh import scan as ssh
from scanners.ssh.exchange import _body

ASKS = [*probes.ELSEWHERE, probes.smb, probes.rdp, probes.modbus, probes.rdp_inside_tls]
BEGINNINGS = st.sampled_from(
    [
        b"",
        b"RFB 003.008\n",
        b"220 FTP\r\n",
        b"\xff\xfd",
        b"J\0\0\0\x0a",
        b"\0\0\0\x40\xffSMB",
        b"\x03\0\0\x13\x0e\xd0",
        b"\0\1\0\0",
        b"RTSP/1.0 ",
        b"\x20\x02",
        b"-NO",
        b"SSH-2.0-x\n\0\0\1",
        b"HTTP/1.1 200 OK\r\n",
        b"\x15\x03",
    ]
)
WORDS = st.builds(lambda start, rest: start + rest, BEGINNINGS, st.binary(max_size=200))


@contextlib.contextmanager
def line_that_says(words):
    """A connection on which the other side says these words and hangs up."""
    near, far = socket.socketpair()
    with near, far:
        far.sendall(words)
        far.shutdown(socket.SHUT_WR)
        place = Place(address="127.0.0.1", port=9, timeout=1.0, ends=time.monotonic() + 5)
        yield Line(sock=near, place=place)


@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: ask.__name__)
@settings(max_examples=150, deadline=None)
@given(words=WORDS)
def test_any_answer_to_a_question_is_taken(ask, words):
    with line_that_says(words) as line, contextlib.suppress(LineEnded):
        told = ask(line)
        if isinstance(told, probes.Told):
            service, _ = _service(line.place, told)
            assert service.words.isprintable()
            assert isinstance(service, Service)


@settings(max_examples=300, deadline=None)
@given(greeting=WORDS, words=WORDS)
def test_any_greeting_is_taken(greeting, words):
    with line_that_says(words) as line, contextlib.suppress(LineEnded):
        told = probes.greeted(line, greeting)
        assert told is None or told.protocol in {"telnet", "ftp", "vnc", "mysql"}


@settings(max_examples=300, deadline=None)
@given(words=WORDS)
def test_any_words_behind_an_ssh_banner_are_taken(words):
    with line_that_says(words) as line, contextlib.suppress(LineEnded, ValueError):
        lists = ssh._kexinit(line, b"")
        assert len(lists) == 10


@settings(max_examples=300, deadline=None)
@given(words=WORDS, number=st.sampled_from([31, 20]))
def test_any_words_in_a_key_exchange_are_a_packet_or_none(words, number):
    with contextlib.suppress(ValueError):
        body = _body(b"SSH-2.0-x\r\n" + words, number)
        assert body is None or len(body) <= len(words)


@settings(max_examples=300, deadline=None)
@given(head=st.binary(max_size=150), body=st.binary(max_size=150))
def test_any_answer_to_get_is_taken(head, body):
    with contextlib.suppress(NotHttp):
        answer = _read(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + body, whole=True)
        assert isinstance(answer, Answer)
        place = Place(address="127.0.0.1", port=9, timeout=0.1, ends=0.0)
        endpoint = endpoint_of(Visit(place=place, tls=False, answers=[answer]))
        assert endpoint.title.isprintable()
