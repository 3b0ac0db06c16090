"""Servers that do not speak, or speak ill: each is told as what it was, in time, and never as an answer."""

import time

import pytest

from scanners import UNKNOWN, Means, Pace, Reason, Target, Unreachable
from scanners.tls import SCANNER
from tests.servers import tls as servers

QUICK = Means(timeout=0.5, deadline=20)


def scan(*ports, means=QUICK, **target):
    return SCANNER.scan(Target(address=servers.HERE, ports=ports or None, **target), means)


@pytest.mark.parametrize(
    ("say", "reached", "reason"),
    [
        (servers.silent, "silent", Reason.TIMED_OUT),
        (servers.resetting, "reset", Reason.INCONCLUSIVE),
        (servers.closing, "reset", Reason.INCONCLUSIVE),
        (servers.garbage, "garbage", Reason.GARBLED),
        (servers.flooding, "garbage", Reason.GARBLED),
        (servers.babbling, "garbage", Reason.GARBLED),
        (servers.dripping, "too-slow", Reason.TIMED_OUT),
    ],
)
def test_a_bad_server_is_a_gap_and_nothing_else_is_known_of_it(say, reached, reason):
    with servers.bad_server(say) as port:
        facts = scan(port)
    (endpoint,), (gap,) = facts.endpoints, facts.gaps
    assert endpoint.reached == reached
    assert (gap.path, gap.reason) == (f"endpoints[tcp/{port}]", reason)
    assert gap.detail.startswith(f"tcp/{port}: ")
    assert all(value is UNKNOWN for value in (endpoint.protocols, endpoint.suites, endpoint.certificate))


@pytest.mark.parametrize("say", [servers.greeting(b"SSH-2.0-OpenSSH_9.2\r\n"), servers.plain_http])
def test_another_protocol_is_listed_only_if_its_port_was_asked_for(say):
    with servers.bad_server(say) as port:
        assert [endpoint.reached for endpoint in scan(port).endpoints] == ["not-tls"]
        assert scan(port).gaps == ()
        assert scan(open_ports=(port,)).endpoints == ()


def test_a_port_that_speaks_first_costs_one_connection():
    calls = []

    def say(sock, stop):
        calls.append(1)
        servers.greeting(b"SSH-2.0-OpenSSH_9.2\r\n")(sock, stop)

    with servers.bad_server(say) as port:
        scan(port)
    assert len(calls) == 1


@pytest.mark.parametrize("say", [servers.silent, servers.dripping])
def test_a_port_that_does_not_answer_costs_two_timeouts_at_most(say):
    calls = []

    def counted(sock, stop):
        calls.append(1)
        say(sock, stop)

    with servers.bad_server(counted) as port:
        scan(port)
    assert len(calls) <= 2


def test_nothing_is_asked_after_the_deadline():
    with servers.bad_server(servers.silent) as port:
        started = time.monotonic()
        facts = scan(port, means=Means(timeout=30, deadline=0.3))
    assert facts.endpoints[0].reached == "silent"
    assert time.monotonic() - started < 25  # far less than one timeout


def test_a_port_asked_for_that_refuses_is_a_gap_beside_one_that_answers(pki):
    closed = servers.free_port()
    with servers.openssl_server(pki.leaf(), "-tls1_3") as port:
        facts = scan(port, closed, means=Means(timeout=5, pace=Pace.BRISK))
    assert [endpoint.reached for endpoint in facts.endpoints] == ["answered", "refused"]
    assert [(gap.path, gap.reason) for gap in facts.gaps] == [
        (f"endpoints[tcp/{closed}]", Reason.UNREACHABLE)
    ]


def test_a_host_that_refuses_every_port_asked_for_is_unreachable():
    port = servers.free_port()
    with pytest.raises(Unreachable, match=f"tcp/{port}: refused the connection"):
        scan(port)


def test_a_host_without_open_ports_has_no_endpoints():
    assert scan(open_ports=()).endpoints == ()


def test_this_very_machine_is_looked_at_over_loopback(pki):
    with servers.openssl_server(pki.leaf(), "-tls1_3") as port:
        facts = SCANNER.scan(Target(address="localhost", name="localhost", ports=(port,)), Means())
    assert facts.endpoints[0].protocols == ("TLSv1.3",)
    assert facts.endpoints[0].name_matches is True


def test_progress_is_told():
    told = []
    with servers.bad_server(servers.garbage) as port:
        scan(port, means=Means(timeout=0.5, progress=lambda stage, share: told.append((stage, share))))
    assert told == [(f"tcp/{port}", 1.0)]


def test_refusals_in_a_wide_range_are_no_gaps(pki):
    with servers.openssl_server(pki.leaf(), "-tls1_3") as port:
        asked = tuple(range(port - 60, port + 60))
        facts = scan(*asked, open_ports=(port,))
        assert [endpoint.port for endpoint in facts.endpoints] == [port]
        assert facts.gaps == ()
        everywhere = scan(*asked, means=Means(timeout=2, pace=Pace.BRISK))
    assert port in [endpoint.port for endpoint in everywhere.endpoints]
    assert not any(endpoint.reached == "refused" for endpoint in everywhere.endpoints)
