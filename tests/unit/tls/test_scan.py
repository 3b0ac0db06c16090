"""Which ports are looked at, and which names are sent."""

import pytest

from scanners import Means, PartialList, Target, UnknownFact
from scanners.tls.place import Depth
from scanners.tls.scan import USUAL_PORTS, TlsScanner, chosen_ports, server_name


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


def test_a_look_at_the_usual_ports_alone_says_that_others_were_not_looked_at():
    # An address of this machine at which nothing listens, but for services that listen at all of them.
    nowhere = Target(address="127.77.66.55")
    facts = TlsScanner(depth=Depth.HELLOS).scan(nowhere, Means(timeout=1.0, deadline=20.0))
    assert isinstance(facts.endpoints, PartialList)
    assert [gap.reason for gap in facts.gaps if gap.path == "endpoints"] == ["partial"]
    with pytest.raises(UnknownFact):
        all(endpoint.port for endpoint in facts.endpoints)


def test_what_was_asked_for_or_seen_open_is_all_there_is():
    assert not chosen_ports(target()).whole
    assert chosen_ports(target(ports=(443,))).whole
    assert chosen_ports(target(open_ports=(443,))).whole
