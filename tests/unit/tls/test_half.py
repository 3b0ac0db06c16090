"""Half a TLS 1.3 handshake against anything: an answer, or the one error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.tls.half import GROUPS, Half
from scanners.tls.hello import RANDOM_BYTES, Hello
from scanners.tls.session import Finished, Wish, client
from scanners.tls.suites import TLS13
from scanners.tls.whole import Whole
from scanners.tls.wire import WireError

OFFER = Hello(version=TLS13, suites=(0x1301,), groups=(29,), server_name="www.parking.example")

CLIENT = client()


def half():
    return Half(OFFER, bytes(RANDOM_BYTES))


def server_hello(group=29, share=bytes(range(1, 33)), suite=0x1301):
    key = group.to_bytes(2, "big") + len(share).to_bytes(2, "big") + share
    extensions = b"\x00\x2b\x00\x02\x03\x04\x00\x33" + len(key).to_bytes(2, "big") + key
    body = b"\x03\x03" + bytes(32) + b"\x00" + suite.to_bytes(2, "big") + b"\x00"
    body += len(extensions).to_bytes(2, "big") + extensions
    message = b"\x02" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x03" + len(message).to_bytes(2, "big") + message


def wrong_with(opened, data):
    try:
        opened.feed(data)
        opened.finish()
    except WireError as error:
        return str(error)
    return ""


@given(st.binary(max_size=300))
def test_any_bytes_end_in_the_one_error_or_in_nothing(data):
    opened = half()
    wrong_with(opened, data)
    assert opened.chain == ()


@given(st.binary(max_size=300), st.sampled_from([Half, Whole]))
def test_any_bytes_after_a_hello_end_in_the_one_error_or_in_nothing(data, kind):
    opened = kind(OFFER, bytes(RANDOM_BYTES))
    wrong_with(opened, server_hello() + data)
    assert opened.chain == ()


@given(st.binary(max_size=300))
def test_any_bytes_to_a_finished_handshake_end_it_or_wait_for_more(data):
    whole = Finished(Wish(context=CLIENT, host="www.parking.example"))
    wrong_with(whole, data)
    assert (whole.finished, whole.done) == (False, True)


@pytest.mark.parametrize("share", [bytes(32), b"", bytes(31), bytes(64)])
def test_a_bad_key_share_is_told(share):
    assert wrong_with(half(), server_hello(share=share)) == "the server's key share is no good"


def test_records_that_cannot_be_decrypted_are_told():
    sealed = b"\x17\x03\x03\x00\x20" + bytes(32)
    assert wrong_with(half(), server_hello() + sealed) == "a record cannot be decrypted"


def test_a_suite_that_was_not_offered_is_not_followed():
    assert wrong_with(half(), server_hello(suite=0x00FF)) == "the hello is not one that can be followed"


def test_an_alert_ends_it():
    opened = half()
    opened.feed(b"\x15\x03\x03\x00\x02\x02\x28")
    assert (opened.done, opened.alert) == (True, 40)


@pytest.mark.parametrize("group", GROUPS)
def test_each_group_gives_a_share_of_its_own(group):
    offer = Hello(version=TLS13, suites=(0x1301,), groups=(group,))
    assert Half(offer, bytes(RANDOM_BYTES)).data != Half(offer, bytes(RANDOM_BYTES)).data
