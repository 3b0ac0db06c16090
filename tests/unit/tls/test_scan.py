"""Which ports are looked at, and which names are sent."""

import pytest

from scanners import Target
from scanners.tls.scan import USUAL_PORTS, chosen_ports, server_name


def target(ports=None, open_ports=None):
    return Target(address="192.0.2.1", ports=ports, open_ports=open_ports)


@pytest.mark.parametrize(
    ("given", "looked_at"),
    [
        (target(), USUAL_PORTS),
        (target(ports=(8443, 1)), (8443, 1)),
        (target(ports=(8443,), open_ports=()), (8443,)),
        (target(open_ports=(22, 443)), (22, 443)),
        (target(open_ports=()), ()),
        (target(ports=()), ()),
        (target(ports=tuple(range(1, 1025)), open_ports=(443, 9999)), (443,)),
    ],
)
def test_the_ports_asked_for_go_before_those_seen_open_and_those_before_the_usual(given, looked_at):
    assert chosen_ports(given).numbers == looked_at


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("www.parking.example", "www.parking.example"),
        ("www.parking.example.", "www.parking.example"),
        ("192.0.2.1", ""),
        ("2001:db8::1", ""),
        ("", ""),
        ("parkhaus-süd.example", "xn--parkhaus-sd-2hb.example"),
        ("a" * 70 + "ü.example", ""),
    ],
)
def test_an_address_is_never_sent_as_server_name(name, sent):
    assert server_name(name) == sent
