"""What is spared is not touched, what is met gently meets one connection at a time, all share one rate."""

import contextlib
import select
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from scanners import Means, Pace, PartialList, Reason, Target
from scanners.http.scan import SCANNER as HTTP
from scanners.kit.budget import Budget
from scanners.ports.course import Manner
from scanners.ports.scan import SCANNER as PORTS
from scanners.ports.sweep import Bounds, Want, sweep
from scanners.services.scan import SCANNER as SERVICES
from scanners.ssh import SCANNER as SSH
from scanners.tls.scan import SCANNER as TLS
from tests.servers.tls import HERE

ALL = [PORTS, TLS, SSH, HTTP, SERVICES]


class Met:
    """A device's ports, each a real listener, and how many connections stood open at once."""

    def __init__(self) -> None:
        self.ports: list[int] = []
        self.count = self.most = 0
        self.held: dict[int, socket.socket] = {}
        self.lock = threading.Lock()

    def serve(self, server: socket.socket, answer: bytes) -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            with self.lock:
                self.count += 1
                self.held[line.fileno()] = line
                self.most = max(self.most, sum(map(is_held_open, self.held.values())))
            threading.Thread(target=self.hold, args=(line, answer), daemon=True).start()

    def hold(self, line: socket.socket, answer: bytes) -> None:
        line.settimeout(5)
        with contextlib.suppress(OSError), line:
            if line.recv(4096):
                line.sendall(answer)
            while line.recv(4096):
                pass
        with self.lock:
            self.held = {number: each for number, each in self.held.items() if each.fileno() >= 0}


def is_held_open(line: socket.socket) -> bool:
    """Whether the other side has not closed it: told at once, unlike by the thread that reads it."""
    if line.fileno() < 0:
        return False
    poller = select.poll()
    poller.register(line, select.POLLRDHUP)
    return not poller.poll(0)


@contextlib.contextmanager
def device(count: int = 3, answer: bytes = b"?\n") -> Iterator[Met]:
    met = Met()
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            server = socket.create_server((HERE, 0), backlog=64)
            stack.callback(server.close)
            stack.callback(server.shutdown, socket.SHUT_RDWR)
            met.ports.append(server.getsockname()[1])
            threading.Thread(target=met.serve, args=(server, answer), daemon=True).start()
        yield met


@pytest.mark.parametrize("scanner", ALL, ids=lambda each: each.name)
def test_a_spared_port_is_never_connected_to_and_is_owned_up_to(scanner):
    with device(1) as met:
        target = Target(address=HERE, ports=tuple(met.ports))
        facts = scanner.scan(target, Means(timeout=1.0, spared_ports=frozenset(met.ports)))
    assert met.count == 0
    assert facts.gaps
    if scanner is not PORTS:
        (gap,) = facts.gaps
        assert (gap.path, gap.reason) == ("endpoints", Reason.NOT_PERMITTED)
        assert str(met.ports[0]) in gap.detail
        assert isinstance(facts.endpoints, PartialList)


@pytest.mark.parametrize("scanner", ALL, ids=lambda each: each.name)
def test_the_ports_beside_a_spared_one_are_looked_at_and_the_list_knows_that_it_is_short(scanner):
    with device(1) as met, device(1) as spared:
        target = Target(address=HERE, ports=(*met.ports, *spared.ports))
        means = Means(timeout=0.5, pace=Pace.GENTLE, spared_ports=frozenset(spared.ports))
        facts = scanner.scan(target, means)
    assert met.count
    assert spared.count == 0
    listed = facts.open if scanner is PORTS else facts.endpoints
    assert isinstance(listed, PartialList)
    assert any(gap.reason is Reason.NOT_PERMITTED for gap in facts.gaps)


@pytest.mark.parametrize("scanner", ALL, ids=lambda each: each.name)
def test_a_gentle_pace_holds_one_connection_at_a_time(scanner):
    with device(4) as met:
        target = Target(address=HERE, ports=tuple(met.ports))
        scanner.scan(target, Means(timeout=0.5, pace=Pace.GENTLE))
    assert met.count >= 4
    assert met.most == 1


def test_a_normal_pace_holds_several_so_that_the_test_above_can_fail():
    with device(4) as met:
        SERVICES.scan(Target(address=HERE, ports=tuple(met.ports)), Means(timeout=1.0))
    assert met.most > 1


def test_a_budget_grants_as_many_as_its_rate_and_says_how_long_to_wait():
    budget = Budget(100.0)
    granted = [now for now in (tick / 1000 for tick in range(5000, 6000)) if budget.wait(now) == 0.0]
    assert 99 <= len(granted) <= 104
    assert 0 < budget.wait(5.9991) <= 0.011


def test_what_was_granted_and_not_used_is_given_back():
    budget = Budget(1.0)
    assert budget.wait(10.0) == 0.0
    assert budget.wait(10.0) > 0
    budget.give_back()
    assert budget.wait(10.0) == 0.0


def test_sweeps_side_by_side_share_one_rate():
    budget, manner = Budget(400.0), Manner(rate=20_000, at_once=500)
    ports = tuple(range(40_000, 40_100))
    began = time.monotonic()
    ended: list[float] = []

    def go(address: str) -> None:
        bounds = Bounds(until=began + 30, budget=budget)
        (course,) = sweep([Want(address=address, ports=ports, manner=manner)], bounds)
        assert course.is_done
        ended.append(time.monotonic() - began)

    threads = [threading.Thread(target=go, args=(f"127.0.9.{number}",)) for number in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    assert len(ended) == 3
    assert max(ended) > 299 / 400 - 0.1  # three hundred connections at four hundred a second: never sooner


@pytest.mark.parametrize(("rate", "least"), [(100.0, 0.9), (50.0, 1.8)])
def test_the_rate_of_a_host_bounds_the_look_at_its_ports(rate, least):
    target = Target(address="127.0.9.9", ports=tuple(range(40_000, 40_100)))
    began = time.monotonic()
    PORTS.scan(target, Means(timeout=1.0, host_rate=rate))
    assert time.monotonic() - began > least
