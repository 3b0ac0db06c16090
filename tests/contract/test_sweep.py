"""The connect scan against loopback: states, order over hosts, ends, and going on from where it stopped."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from scanners.ports.course import Course, Manner, State
from scanners.ports.sweep import Bounds, Checkpoint, Want, checkpoint, sweep

MANNER = Manner(rate=20_000, at_once=500)


def run(*wants: Want, seconds: float = 30.0, **more) -> tuple[Course, ...]:
    after = more.pop("after", None)
    return sweep(wants, Bounds(until=time.monotonic() + seconds, **more), after=after)


def want(*ports: int, address: str = "127.0.0.1", manner: Manner = MANNER) -> Want:
    return Want(address=address, ports=ports, manner=manner)


@contextlib.contextmanager
def listening(address: str = "127.0.0.1", count: int = 1) -> Iterator[list[int]]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with contextlib.ExitStack() as stack:
        servers = [
            stack.enter_context(socket.create_server((address, 0), family=family)) for _ in range(count)
        ]
        yield [server.getsockname()[1] for server in servers]


def of(course: Course, state: State) -> list[int]:
    return [port for port in course.wanted if course.states[port] == state]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_open_and_closed_are_told_apart_in_both_families(address):
    with listening(address, 3) as ports:
        around = range(min(ports) - 50, min(max(ports) + 50, 65535))
        (course,) = run(want(*around, address=address))
    assert set(ports) <= set(of(course, State.OPEN))
    assert course.is_done
    assert len(of(course, State.CLOSED)) > 50


def test_every_port_of_this_machine_is_decided_and_none_meets_itself():
    with listening() as (port,):
        (course,) = run(want(*range(1, 65536)))
    assert course.is_done
    assert port in of(course, State.OPEN)
    assert len(of(course, State.OPEN)) < 1000


def test_hosts_are_asked_in_turn():
    hosts = [f"127.0.7.{number}" for number in range(1, 9)]
    seen: list[tuple[int, ...]] = []
    manner = Manner(rate=400, at_once=50)
    wants = [want(*range(40000, 40020), address=host, manner=manner) for host in hosts]
    counts: list[Course] = []
    original = Course.answered

    class Counting(Course):
        def answered(self, question, state, seconds):
            if self not in counts:
                counts.append(self)
            original(self, question, state, seconds)
            seen.append(tuple(course.decided for course in counts))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scanners.ports.sweep.Course", Counting)
        courses = run(*wants)
    assert all(len(of(course, State.CLOSED)) == 20 for course in courses)
    assert max(max(row) - min(row) for row in seen if len(row) == len(hosts)) <= 10


def test_a_sweep_whose_time_is_over_leaves_ports_undecided_never_closed():
    (course,) = run(want(*range(1, 2000), manner=Manner(rate=50, at_once=10)), seconds=0.3)
    assert not course.is_done
    assert len(of(course, State.UNDECIDED)) > 1900


def test_a_cancelled_sweep_goes_on_from_its_checkpoint_and_asks_only_what_is_left():
    asked = want(*range(1, 501), manner=Manner(rate=2000, at_once=50))
    shares: list[float] = []
    stop = time.monotonic() + 0.1
    first = run(asked, is_cancelled=lambda: time.monotonic() > stop)
    kept = checkpoint([asked], first)
    assert 0 < first[0].decided < 500
    second = run(asked, after=kept, progress=shares.append)
    assert second[0].is_done
    assert shares[0] >= first[0].decided / 500
    assert shares == sorted(shares)


def test_a_checkpoint_of_other_ports_is_refused():
    asked = want(1, 2)
    kept = checkpoint([asked], run(asked))
    with pytest.raises(ValueError, match="other hosts or ports"):
        run(want(1, 2, 3), after=kept)


@pytest.mark.parametrize("damage", ["", "AAAA", "!!", "/" * 87384])
def test_a_damaged_checkpoint_is_refused(damage):
    asked = want(1, 2)
    kept = checkpoint([asked], run(asked))
    broken = Checkpoint(digest=kept.digest, maps={"127.0.0.1": damage})
    with pytest.raises(ValueError):  # noqa: PT011 (several kinds of damage)
        run(asked, after=broken)


def test_few_files_slow_the_sweep_but_lose_nothing():
    program = (
        "import resource, time\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))\n"
        "from tests.contract.test_sweep import *\n"
        "held = [socket.socket() for _ in range(20)]\n"
        "(course,) = run(want(*range(1, 3001), address='127.0.9.1'))\n"
        "print(course.is_done, len(of(course, State.CLOSED)) + len(of(course, State.OPEN)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "True 3000\n"
