"""The connect scan over a slow and lossy network of namespaces, with and without a firewall that drops."""

import time

import pytest

from scanners import Means, Pace, Target, Unreachable
from scanners.facts import PartialList
from scanners.ports import SCANNER
from scanners.ports.course import Manner, State
from scanners.ports.sweep import Bounds, Want, sweep
from tests.servers.wan import THERE, THERE_6, Wan, wan, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")

OPEN = (22, 443, 8080, 20000)


def swept(net: Wan, address: str, ports: range):
    manner = Manner(rate=4000, at_once=2000)
    wants = [Want(address=address, ports=tuple(ports), manner=manner)]
    (course,) = net.run(lambda: sweep(wants, Bounds(until=time.monotonic() + 60)))
    return {state: {port for port in course.wanted if course.states[port] == state} for state in State}


@pytest.mark.parametrize("is_silent", [False, True], ids=["reject", "drop"])
def test_every_open_port_is_found_through_delay_and_loss(is_silent):
    with wan(delay=0.04, loss=0.05, is_silent=is_silent) as net, net.listen(*OPEN):
        seen = swept(net, THERE, range(1, 3000))
        seen_high = swept(net, THERE, range(19_990, 20_010))
    assert seen[State.OPEN] | seen_high[State.OPEN] == {22, 443, 20000}
    if is_silent:
        assert seen[State.CLOSED] == set()
    else:
        assert len(seen[State.CLOSED]) > 2900
    assert seen[State.UNDECIDED] == set()


def test_ipv6_is_looked_at_like_ipv4():
    with wan(delay=0.01) as net, net.listen(*OPEN, address="::"):
        seen = swept(net, THERE_6, range(1, 1000))
    assert seen[State.OPEN] == {22, 443}
    assert len(seen[State.CLOSED]) == 997


def test_a_router_that_prohibits_is_a_firewall_and_not_a_refusal():
    with wan() as net:
        net.ip(net.far, "route", "add", "prohibit", "198.19.7.0/24")
        net.ip(net.near, "route", "add", "198.19.7.0/24", "via", THERE)
        net.forward()
        facts = net.run(lambda: look("198.19.7.1", 22, 80))
    assert "a firewall answers for every port" in [gap.detail for gap in facts.gaps if gap.path == "open"]
    assert (facts.answered, facts.closed_count, facts.filtered_count) == ("", 0, 2)


def test_a_host_that_is_not_there_was_not_reached():
    with wan() as net, pytest.raises(Unreachable):
        net.run(lambda: look("198.18.9.9", 22, 80))


def test_the_scanner_names_what_answers_behind_a_firewall():
    with (
        wan(delay=0.04, loss=0.01, is_silent=True) as net,
        net.listen(22, speech=b"SSH-2.0-OpenSSH_9.2p1\r\n"),
    ):
        facts = net.run(lambda: look(THERE, 22, 23, 80))
    (port,) = tuple.__iter__(facts.open)
    assert (port.port, port.service, port.banner) == (22, "ssh", "SSH-2.0-OpenSSH_9.2p1\\r\\n")
    assert isinstance(facts.open, PartialList)
    assert facts.filtered_count == 2


def look(address: str, *ports: int):
    return SCANNER.scan(Target(address=address, ports=ports), Means(deadline=40.0, pace=Pace.BRISK))
