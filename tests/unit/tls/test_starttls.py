"""The words before TLS: whatever a service answers, a dialogue ends in one of three ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.kit.starttls import DIALOGUES, MOST_BYTES, Taken, by_greeting


def taken(protocol, replies):
    """How a service that gives these replies took it; None if the dialogue waits for more than there is."""
    dialogue = DIALOGUES[protocol]("www.parking.example")
    try:
        words, whole = next(dialogue)
        for reply in replies:
            assert isinstance(words, bytes)
            whole(reply)
            words, whole = dialogue.send(reply)
    except StopIteration as end:
        return end.value
    return None


@given(st.sampled_from(sorted(DIALOGUES)), st.lists(st.binary(max_size=200), min_size=4, max_size=4))
def test_any_replies_end_in_one_of_three_ways(protocol, replies):
    assert taken(protocol, replies) in Taken


@pytest.mark.parametrize("protocol", sorted(DIALOGUES))
def test_empty_replies_are_another_protocol(protocol):
    assert taken(protocol, [b"", b"", b""]) is Taken.FOREIGN


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_reply_of_many_lines_is_whole_only_with_its_last_line(cut):
    _, whole = next(DIALOGUES["smtp"]("www.parking.example"))
    reply = b"220-one\r\n220-two STARTTLS\r\n220 three\r\n"
    assert whole(reply[:cut]) == (cut >= len(reply))


def test_an_offer_in_the_middle_of_a_line_is_none():
    replies = [b"220 ready\r\n", b"250-mail\r\n250 XSTARTTLS is not STARTTLS\r\n"]
    assert taken("smtp", replies) is Taken.NOT_OFFERED


@pytest.mark.parametrize(
    ("port", "greeting", "protocol"),
    [
        (25, b"220 mail.example ESMTP\r\n", "smtp"),
        (21, b"220 ready\r\n", "ftp"),
        (2121, b"220 ProFTPD\r\n", "ftp"),
        (110, b"+OK ready\r\n", "pop3"),
        (143, b"* OK ready\r\n", "imap"),
        (22, b"SSH-2.0-OpenSSH_9.2\r\n", ""),
        (80, b"HTTP/1.1 400 Bad\r\n", ""),
    ],
)
def test_a_service_is_known_by_its_greeting(port, greeting, protocol):
    assert by_greeting(port, greeting) == protocol


def test_a_long_reply_is_looked_at_quickly():
    _, whole = next(DIALOGUES["smtp"]("www.parking.example"))
    assert not whole(b"250-" + b"1" * MOST_BYTES)
