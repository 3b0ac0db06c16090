"""Addresses and ports: what a person may type, and what never gets past the border."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.model.errors import BadAddress, BadPorts
from compliance.model.host import Address, parse_ports


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "::1",
        "2001:db8::7",
        "localhost",
        "kiosk-7.example",
        "kiosk_7",
        "a.b.c.",
        "1a.example",
        "x" * 63,
    ],
)
def test_hosts_are_addresses(text):
    assert str(Address(text)) == text


def test_an_ip_is_told_from_a_name():
    assert Address("::1").is_ip
    assert not Address("localhost").is_ip


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ".",
        "..",
        "a..b",
        "-oN",
        "-oN x",
        "--script=x",
        "127.0.0.1 -oN x",
        "127.0.0.1\n",
        "host\n-oN",
        "host\r",
        "host\x00",
        "host;id",
        "$(id)",
        "`id`",
        "a|b",
        "a&b",
        "user@host",
        "host:22",
        "http://host",
        "127.0.0.1/8",
        "127.0.0.1-9",
        "127.0.0.256",
        "127.0.0.*",
        "127.1",
        "1",
        "0x7f.1",
        "0x7f000001",
        "a.0x7f",
        "fe80::1%eth0",
        "fe80::1%-oN",
        "[::1]",
        "ex\u0430mple.test",
        "host\u202e",
        "\uff11\uff12\uff17.0.0.1",
        "ho\u200bst",
        "-oProxyCommand=id",
        "a.-b",
        "a-.b",
        "x" * 64,
        "a." * 127 + "a",
    ],
)
def test_what_is_no_host_is_refused_in_one_printable_line(text):
    with pytest.raises(BadAddress) as refused:
        Address(text)
    assert refused.value.message.isprintable()
    assert refused.value.message.isascii()
    assert refused.value.hint


@given(st.text())
def test_whatever_passes_is_one_plain_word_that_is_no_option(text):
    try:
        value = Address(text).value
    except BadAddress:
        return
    assert value.isascii()
    assert value.isprintable()
    assert not value.startswith("-")
    assert not set(value) & set(" /;|&$`'\"<>*?[]{}()\\%@=,")


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("443", (443,)),
        ("443,22", (22, 443)),
        ("8000-8003", (8000, 8001, 8002, 8003)),
        ("22, 22,21-23", (21, 22, 23)),
        ("1,65535", (1, 65535)),
    ],
)
def test_ports_come_back_sorted_and_once(text, ports):
    assert parse_ports(text) == ports


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ",", "0", "65536", "99999", "-1", "80-22", "1-", "-80", "1,,2", "a", "80;id", "T:80"),
        *("22\n80", "--script", "\uff18\uff10", "1e3", "1-2-3", "123456", "http", "80 -oN x", "*"),
    ],
)
def test_what_is_no_list_of_ports_is_refused(text):
    with pytest.raises(BadPorts) as refused:
        parse_ports(text)
    assert refused.value.message.isprintable()


@given(st.sets(st.integers(1, 65535), min_size=1, max_size=20))
def test_a_written_list_reads_back(ports):
    assert parse_ports(",".join(map(str, ports))) == tuple(sorted(ports))
