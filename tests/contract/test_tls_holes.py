"""Old holes are told where they are, and not where they are not."""

import os
import time

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from scanners import UNKNOWN, Means, Pace, Reason, Target
from scanners.tls import SCANNER
from scanners.tls.answer import answer_from
from scanners.tls.hello import RANDOM_BYTES, Hello, encoded
from scanners.tls.holes import holes
from scanners.tls.link import Link
from scanners.tls.talk import Talk
from scanners.tls.wire import Flight
from tests.servers import tls as servers
from tests.servers.mock import mock_server

TLS10, TLS12 = 0x0301, 0x0303
ODD = (b"\x14", b"\x18")  # a change of keys or a heartbeat where none belongs
SUITES = {TLS10: (0x2F,), TLS12: (0x2F, 0x9C)}


def seen(port, timeout=5.0):
    facts = SCANNER.scan(Target(address=servers.HERE, ports=(port,)), Means(timeout=timeout))
    return facts.endpoints[0], {gap.path.split(".")[-1] for gap in facts.gaps}


def alert(number):
    return b"\x15\x03\x03\x00\x02\x02" + bytes([number])


def heartbeat(length):
    return b"\x18\x03\x03" + length.to_bytes(2, "big") + b"\x02" + bytes(length - 1)


@pytest.mark.parametrize("kind", ["nginx", "openssl", "tlslite"])
def test_sound_servers_have_no_holes(pki, tmp_path, kind):
    starts = {
        "nginx": lambda: servers.nginx_server(tmp_path, "ssl_protocols TLSv1.2 TLSv1.3;", pki.leaf()),
        "openssl": lambda: servers.openssl_server(pki.leaf(), "-tls1", "-cipher", servers.WEAKEST),
        "tlslite": lambda: servers.tlslite_server(pki.leaf()),
    }
    with starts[kind]() as port:
        endpoint, _ = seen(port)
    assert (endpoint.heartbleed, endpoint.ccs_injection, endpoint.robot) == (False, False, False)


@pytest.mark.parametrize(("answer", "taken"), [(alert(20), True), (alert(21), True), (alert(10), False)])
def test_an_early_change_of_keys_that_is_taken_is_told(answer, taken):
    with mock_server(SUITES, after=lambda words: answer if words.startswith(b"\x14") else b"") as port:
        assert seen(port)[0].ccs_injection is taken


@pytest.mark.parametrize(("length", "leaks"), [(4115, True), (20, False)])
def test_a_heartbeat_that_carries_memory_is_told(length, leaks):
    def after(words):
        return heartbeat(length) if words.startswith(b"\x18") else alert(10)

    with mock_server(SUITES, heartbeat=True, after=after) as port:
        endpoint, _ = seen(port)
    assert (endpoint.heartbeat, endpoint.heartbleed) == (True, leaks)


def test_a_server_that_keeps_silent_on_a_bad_heartbeat_is_sound_and_on_an_early_change_is_unknown():
    with mock_server(SUITES, heartbeat=True, after=lambda _words: b"") as port:
        endpoint, missed = seen(port, timeout=1.0)
    assert (endpoint.heartbeat, endpoint.heartbleed) == (True, False)
    assert "ccs_injection" in missed


def test_a_fragile_device_is_not_sent_what_could_upset_it(pki):
    said = []

    def after(words):
        said.append(words)
        return b""

    leaf = pki.leaf("fragile").certificate.public_bytes(Encoding.DER)
    with mock_server(SUITES, heartbeat=True, leaf=leaf, after=after) as port:
        target = Target(address=servers.HERE, ports=(port,))
        facts = SCANNER.scan(target, Means(pace=Pace.GENTLE))
    (endpoint,) = facts.endpoints
    assert not [words for words in said if words.startswith(ODD) or words.endswith(bytes(64))]
    assert endpoint.heartbleed is endpoint.ccs_injection is endpoint.robot is UNKNOWN
    told = [gap for gap in facts.gaps if gap.reason is Reason.NOT_COLLECTED]
    assert [gap.path.split(".")[-1] for gap in told] == [
        *("heartbleed", "ccs_injection", "client_renegotiation", "padding_oracle", "robot"),
    ]
    assert all("fragile" in gap.detail for gap in told)


def test_what_the_hellos_rule_out_is_known_of_a_fragile_device_too(pki):
    with servers.openssl_server(pki.leaf(), "-tls1_3") as port:
        facts = SCANNER.scan(Target(address=servers.HERE, ports=(port,)), Means(pace=Pace.GENTLE))
    endpoint = facts.endpoints[0]
    assert (endpoint.heartbleed, endpoint.ccs_injection, endpoint.robot) == (False, False, False)


@pytest.mark.parametrize("careful", [True, False])
def test_a_server_that_tells_rsa_paddings_apart_is_told(pki, careful):
    issued = pki.leaf("padded")
    numbers = issued.key.private_numbers()
    modulus, secret = numbers.public_numbers.n, numbers.d

    def after(words):
        if not words.startswith(b"\x16"):
            return alert(10)
        size = modulus.bit_length() // 8
        opened = pow(int.from_bytes(words[11 : 11 + size], "big"), secret, modulus).to_bytes(size, "big")
        sound = opened[:2] == b"\x00\x02" and opened[-49:-46] == b"\x00\x03\x03"
        return alert(20 if sound or careful else 51)

    leaf = issued.certificate.public_bytes(Encoding.DER)
    with mock_server(SUITES, leaf=leaf, after=after) as port:
        assert seen(port)[0].robot is not careful


def test_without_rsa_key_transport_there_is_no_padding_to_tell_apart(pki, tmp_path):
    directives = "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256;"
    with servers.nginx_server(tmp_path, directives, pki.leaf()) as port:
        assert seen(port)[0].robot is False


@pytest.mark.parametrize(("behind", "leaks"), [(b"memory of others", True), (b"", False)])
def test_a_session_identifier_that_comes_back_with_memory_is_told(behind, leaks):
    with mock_server(SUITES, session=behind) as port:
        link = Link(address=servers.HERE, port=port, timeout=5, ends=time.monotonic() + 30)
        offer = Hello(version=TLS12, suites=SUITES[TLS12])
        flight = Flight()
        ending, detail = link.ask(encoded(offer, os.urandom(RANDOM_BYTES)), flight)
        talk = Talk(heard=[(offer, answer_from(ending, detail, flight))])
        assert holes(talk, link, ticket=b"a ticket").ticketbleed is leaks
        assert holes(talk, None, ticket=b"a ticket").ticketbleed is None
        assert holes(talk, None, ticket=b"").ticketbleed is False
