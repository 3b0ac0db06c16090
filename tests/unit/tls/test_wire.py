"""Whatever a server sends gives a message, nothing yet, or one kind of error, with bounded work."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.tls.hello import RANDOM_BYTES, Hello, encoded
from scanners.tls.ssl2 import Ssl2Flight
from scanners.tls.suites import SSL2, SSL3, TLS12, TLS13, offered
from scanners.tls.wire import MOST_BYTES, Flight, WireError, Wrong, prime_bits

RANDOM = bytes(range(RANDOM_BYTES))


def record(body, kind=22, version=0x0303):
    return bytes([kind]) + version.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def hello_body(suite=0xC02F, version=0x0303, extensions=b""):
    ends = len(extensions).to_bytes(2, "big") + extensions if extensions else b""
    return version.to_bytes(2, "big") + bytes(32) + b"\x00" + suite.to_bytes(2, "big") + b"\x00" + ends


def fed(reader, data, step=65536):
    for at in range(0, len(data), step):
        if reader.done:
            break
        reader.feed(data[at : at + step])
    return reader


def wrong_with(reader, data, step=65536):
    """What is wrong with the bytes; None if nothing is. Any other exception fails the test."""
    try:
        fed(reader, data, step)
        reader.finish()
    except WireError as error:
        return error.wrong
    return None


@given(st.binary(max_size=400), st.integers(1, 50), st.sampled_from([Flight, Ssl2Flight]))
def test_any_bytes_give_an_answer_or_the_one_error(data, step, reader):
    assert wrong_with(reader(), data, step) in (None, *Wrong)


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=80)), max_size=12))
def test_any_handshake_messages_give_an_answer_or_the_one_error(messages):
    sent = b"".join(record(message(kind, body)) for kind, body in messages)
    assert wrong_with(Flight(), sent) in (None, Wrong.GARBLED)


@given(st.integers(1, 200))
def test_an_answer_is_the_same_however_its_bytes_arrive(step):
    certificates = (3 + 5).to_bytes(3, "big") + (5).to_bytes(3, "big") + b"12345"
    messages = message(2, hello_body()) + message(11, certificates) + message(12, b"key") + message(14, b"")
    flight = fed(Flight(), record(messages), step)
    assert flight.done
    assert flight.hello.suite == 0xC02F
    assert flight.chain == (b"12345",)
    assert flight.key_exchange == b"key"


def test_messages_may_be_cut_by_records():
    whole = message(2, hello_body()) + message(14, b"")
    flight = fed(Flight(), b"".join(record(whole[at : at + 7]) for at in range(0, len(whole), 7)))
    assert flight.done


def test_a_hello_retry_request_names_suite_and_group():
    retry = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
    extensions = bytes.fromhex("002b00020304 003300020017".replace(" ", ""))
    body = b"\x03\x03" + retry + b"\x00\x13\x02\x00" + len(extensions).to_bytes(2, "big") + extensions
    flight = fed(Flight(), record(message(2, body)))
    assert flight.done
    assert flight.hello.is_retry
    assert (flight.hello.version, flight.hello.suite, flight.hello.group) == (TLS13, 0x1302, 23)


def test_a_warning_that_the_name_is_unknown_does_not_end_the_flight():
    flight = fed(Flight(), record(b"\x01\x70", kind=21) + record(message(2, hello_body()) + message(14, b"")))
    assert flight.done
    assert flight.hello is not None


def test_a_fatal_alert_ends_the_flight():
    flight = fed(Flight(), record(b"\x02\x28", kind=21))
    assert (flight.done, flight.alert) == (True, 40)


@pytest.mark.parametrize(
    "words",
    [b"SSH-2.0-OpenSSH_9.2\r\n", b"220 mail ready\r\n", b"HTTP/1.1 400 Bad\r\n", b"\xff\xfd\x18\xff\xfd"],
)
def test_another_protocol_is_told_from_garbage(words):
    with pytest.raises(WireError) as raised:
        fed(Flight(), words)
    assert raised.value.wrong is Wrong.FOREIGN


def test_the_words_of_another_protocol_are_shown_without_control_characters():
    with pytest.raises(WireError) as raised:
        fed(Flight(), b"SSH-2\x1b[31m\x07 red\r\n")
    assert str(raised.value).isprintable()


def test_bytes_of_no_protocol_are_garbled():
    with pytest.raises(WireError) as raised:
        fed(Flight(), bytes(range(200, 240)))
    assert raised.value.wrong is Wrong.GARBLED


@pytest.mark.parametrize(
    "endless", [record(b"", version=0x0303), record(message(99, b"")), record(b"\x0b" * 100)]
)
def test_an_endless_answer_is_ended(endless):
    start = record(message(2, hello_body()))
    assert wrong_with(Flight(), start + endless * (MOST_BYTES // len(endless) + 1), 16384) is Wrong.GARBLED


def test_an_ssl2_hello_lists_its_cipher_kinds():
    body = (
        b"\x04\x00\x01\x00\x02\x00\x03\x00\x06\x00\x10cer"
        + bytes.fromhex("010080070 0c0".replace(" ", ""))
        + bytes(16)
    )
    flight = fed(Ssl2Flight(), (0x8000 | len(body)).to_bytes(2, "big") + body)
    assert flight.kinds == (0x010080, 0x0700C0)
    assert flight.chain == (b"cer",)


def test_a_tls_alert_answers_an_ssl2_hello():
    assert fed(Ssl2Flight(), record(b"\x02\x46", kind=21)).alert == 70


def test_ssl3_hellos_carry_no_extensions():
    data = encoded(Hello(version=SSL3, suites=(5,), groups=(23,), server_name="www.parking.example"), RANDOM)
    assert b"parking" not in data
    assert data.endswith((b"\x02\x01\x00", b"\x01\x00"))


def test_a_name_is_sent_where_there_is_one():
    hello = Hello(version=TLS12, suites=offered(TLS12), server_name="www.parking.example")
    assert b"www.parking.example" in encoded(hello, RANDOM)


@settings(max_examples=30)
@given(st.sampled_from([SSL2, SSL3, 0x0301, 0x0302, TLS12, TLS13]), st.booleans(), st.booleans())
def test_the_lengths_in_a_hello_fit(version, extras, extensions):
    data = encoded(
        Hello(version=version, suites=offered(version), extras=extras, extensions=extensions), RANDOM
    )
    if version == SSL2:
        assert len(data) == (int.from_bytes(data[:2], "big") & 0x7FFF) + 2
    else:
        assert len(data) == int.from_bytes(data[3:5], "big") + 5 == int.from_bytes(data[6:9], "big") + 9


def test_the_prime_of_a_key_exchange_is_measured():
    body = b"\x00\x80" + b"\x80" + bytes(127) + b"\x00\x01\x02"
    assert prime_bits(body, hinted=False) == 1024
    assert prime_bits(b"\x00\x04hint" + body, hinted=True) == 1024
