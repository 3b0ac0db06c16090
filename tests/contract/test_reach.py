"""What a host can reach of others: by a real sshd's forwarding, by its own programs, and from here."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncssh
import pytest

from scanners import Destination, Errand, Means, NoLogin, Pace, Reason, Target
from scanners.facts import UNKNOWN, PartialList
from scanners.kit.forward import SshKnocker
from scanners.kit.hostkeys import Pins, Trust, known_hosts_pins
from scanners.kit.knock import Answer, Bounds, Door
from scanners.kit.knock_shell import ShellKnocker
from scanners.kit.shell import LocalShell, Said
from scanners.kit.ssh import SshShell, default_access
from scanners.reach import SCANNER
from scanners.reach.here import LocalKnocker
from tests.servers.ssh import SshServer, free_port, ssh_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with ssh_server(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with ssh_server(tmp_path_factory.mktemp("strict"), more="AllowTcpForwarding no\n") as running:
        yield running


def test_every_door_gets_its_own_answer_though_many_are_tried_at_once(server: SshServer) -> None:
    with listening("127.0.9.1") as first, listening("127.0.9.2") as second:
        places = [("127.0.9.1", first), ("127.0.9.1", second), ("127.0.9.2", first), ("127.0.9.2", second)]
        doors = [Door(address=address, port=port) for address, port in places]
        over_ssh = SshKnocker(shell_on(server)).knock(doors, bounds(at_once=8))
        from_here = LocalKnocker().knock(doors, bounds(at_once=8))
    expected = ["open", "closed", "closed", "open"]
    assert [answer.state for answer in over_ssh] == expected
    assert [answer.state for answer in from_here] == expected


@contextlib.contextmanager
def listening(address: str = "127.0.0.1") -> Iterator[int]:
    with socket.create_server((address, 0)) as listener:
        yield listener.getsockname()[1]


def shell_on(server: SshServer) -> SshShell:
    trust = Trust(pins=known_hosts_pins(server.known_hosts))
    access = default_access(trust, key_files=(server.key,))
    return SshShell("127.0.0.1", server.login, access=access, port=server.port)


def means_on(server: SshServer, errand: Errand, **more) -> Means:
    shell = shell_on(server)
    given = {"shell": shell, "knocker": SshKnocker(shell), "pace": Pace.BRISK, "deadline": 60.0, **more}
    return Means(errand=lambda: errand, **given)


def errand(*ports: int, address: str = "127.0.0.1", declared: frozenset[int] | None = None, **more) -> Errand:
    to = Destination(
        name="db-1",
        address=address,
        ports=ports,
        zone="cde",
        zone_class="cardholder-data",
        role="database",
        declared_ports=declared,
    )
    return Errand(host="kiosk-7", zone="kiosks", zone_class="connected", destinations=(to,), **more)


THERE = Target(address="127.0.0.1", login="audit")
HERE = Target(address="localhost")


def bounds(*, at_once: int = 1) -> Bounds:
    return Bounds(patience=2.0, until=time.monotonic() + 30, pause=0.0, at_once=at_once)


def states(facts) -> dict[str, str]:
    return {path.locus: path.state for path in tuple.__iter__(facts.paths)}


def test_the_hosts_own_sshd_tells_open_from_closed(server: SshServer) -> None:
    shut = free_port()
    with listening() as port:
        facts = SCANNER.scan(THERE, means_on(server, errand(port, shut, declared=frozenset({port}))))
    assert states(facts) == {f"path/db-1/tcp/{port}": "open", f"path/db-1/tcp/{shut}": "closed"}
    assert [path.declared for path in facts.paths] == [True, False]
    assert {path.via for path in facts.paths} == {"forward"}
    assert (facts.vantage.host, facts.vantage.zone_class, facts.vantage.how) == (
        "kiosk-7",
        "connected",
        ("forward",),
    )
    assert facts.untried_count == 0
    assert not isinstance(facts.paths, PartialList)
    path = facts.paths[0]
    assert (path.destination_zone, path.destination_class, path.destination_role) == (
        "cde",
        "cardholder-data",
        "database",
    )


def test_an_open_door_is_only_touched_and_nothing_is_said_there(server: SshServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        heard: list[bytes] = []

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.sendall(b"220 welcome\r\n")
                heard.append(peer.recv(64))

        thread = threading.Thread(target=serve)
        thread.start()
        port = listener.getsockname()[1]
        facts = SCANNER.scan(THERE, means_on(server, errand(port)))
        thread.join(10)
    assert states(facts) == {f"path/db-1/tcp/{port}": "open"}
    assert heard == [b""]


def test_many_doors_go_over_one_connection(server: SshServer) -> None:
    with contextlib.ExitStack() as stack:
        doors = [
            Door(address=f"127.0.9.{last}", port=stack.enter_context(listening(f"127.0.9.{last}")))
            for last in range(1, 21)
        ]
        shell = shell_on(server)
        log = server.known_hosts.parent / "sshd.log"
        before = log.read_text().count("Accepted publickey")
        answers = SshKnocker(shell).knock([*doors, *doors], bounds(at_once=8))
        logins = log.read_text().count("Accepted publickey") - before
    assert [answer.state for answer in answers] == ["open"] * 40
    assert logins == 1


def test_a_name_that_the_host_cannot_look_up_makes_nothing_closed(server: SshServer) -> None:
    facts = SCANNER.scan(THERE, means_on(server, errand(22, address="nobody.invalid")))
    assert facts.paths is UNKNOWN
    (gap,) = [gap for gap in facts.gaps if gap.path == "paths"]
    assert gap.reason is Reason.INCONCLUSIVE
    assert "sshd does not tell" in gap.detail


@contextlib.contextmanager
def odd_server(server: SshServer, accept: Callable[[], object]) -> Iterator[SshShell]:
    """An SSH server that answers a wish to forward as `accept` does; gives a shell that logs in to it."""

    met: list[asyncssh.SSHServerConnection] = []

    class Odd(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            met.append(conn)

        def begin_auth(self, username: str) -> bool:
            return False

        def connection_requested(self, *_: object) -> object:
            return accept()

    loop = asyncio.new_event_loop()
    key = asyncssh.read_private_key(server.host_key)
    listener = loop.run_until_complete(
        asyncssh.listen("127.0.0.1", 0, server_host_keys=[key], server_factory=Odd)
    )
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    access = default_access(
        Trust(pins=lambda *_: Pins(keys=(key.convert_to_public(),))), key_files=(server.key,)
    )
    try:
        yield SshShell("127.0.0.1", "audit", access=access, port=listener.get_port())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(ended(listener, met))
        loop.close()


async def ended(listener: asyncssh.SSHAcceptor, met: list[asyncssh.SSHServerConnection]) -> None:
    """Leave no socket and no task behind."""
    listener.close()
    await listener.wait_closed()
    for connection in met:
        connection.abort()
        await connection.wait_closed()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)


def test_a_server_that_says_yes_to_everything_is_not_believed(server: SshServer) -> None:
    with odd_server(server, asyncssh.SSHTCPSession) as shell:
        (answer,) = SshKnocker(shell).knock([Door(address="127.0.9.1", port=443)], bounds())
    assert (answer.state, answer.reason) == (None, Reason.UNSUPPORTED)
    assert "of every door" in answer.detail


def test_a_line_that_has_gone_silent_makes_nothing_filtered(server: SshServer) -> None:
    async def nothing() -> None:
        await asyncio.sleep(60)

    with odd_server(server, nothing) as shell:
        quick = Bounds(patience=0.2, until=time.monotonic() + 20, pause=0.0)
        answers = SshKnocker(shell).knock([Door(address="127.0.9.1", port=443)] * 2, quick)
    assert [(answer.state, answer.reason) for answer in answers] == [(None, Reason.UNREACHABLE)] * 2


def test_words_that_nobody_knows_close_nothing_and_are_shown_harmless(server: SshServer) -> None:
    def refuse() -> None:
        raise asyncssh.ChannelOpenError(2, "\x1b[31mclosed\x00 " + "x" * 5000)

    with odd_server(server, refuse) as shell:
        (answer,) = SshKnocker(shell).knock([Door(address="127.0.9.1", port=443)], bounds())
    assert answer.state is None
    assert answer.detail.isprintable()
    assert len(answer.detail) < 200


def test_where_forwarding_is_off_the_hosts_own_programs_try(strict: SshServer) -> None:
    shut = free_port()
    with listening() as port:
        facts = SCANNER.scan(THERE, means_on(strict, errand(port, shut)))
    assert states(facts) == {f"path/db-1/tcp/{port}": "open", f"path/db-1/tcp/{shut}": "closed"}
    assert facts.vantage.how in {("nc",), ("bash",)}


def test_forwarding_that_is_off_without_any_program_is_unknown_and_never_closed(strict: SshServer) -> None:
    class Bare:
        """A shell on a host that has no program to connect with."""

        def run(self, script: bytes, *, timeout: float) -> Said:
            return Said(stdout=b"way \n")

    facts = SCANNER.scan(THERE, means_on(strict, errand(22, 23), shell=Bare()))
    assert facts.paths is UNKNOWN
    (gap,) = [gap for gap in facts.gaps if gap.path == "paths"]
    assert gap.reason is Reason.TOOL_MISSING
    assert "AllowTcpForwarding" in gap.detail
    assert "nc" in gap.detail
    assert facts.untried_count == 2


def test_a_destination_that_sshd_alone_forbids_is_tried_by_programs(tmp_path: Path) -> None:
    with listening() as free, listening() as barred:
        settings = f"PermitOpen 127.0.0.1:{free}\n"
        with ssh_server(tmp_path / "sshd", more=settings) as server:
            facts = SCANNER.scan(THERE, means_on(server, errand(free, barred)))
    assert {path.port: path.via for path in facts.paths}[free] == "forward"
    assert {path.port: path.via for path in facts.paths}[barred] in {"nc", "bash"}
    assert {path.state for path in facts.paths} == {"open"}


def test_what_time_does_not_suffice_for_is_left_out_and_said(server: SshServer) -> None:
    with listening() as port:
        many = errand(*range(20_000, 20_400), port)
        facts = SCANNER.scan(THERE, means_on(server, many, pace=Pace.GENTLE, deadline=2.0))
    assert isinstance(facts.paths, PartialList)
    assert 0 < len(states(facts)) < 10
    (gap,) = [gap for gap in facts.gaps if gap.path == "paths"]
    assert gap.reason is Reason.PARTIAL
    assert f"before {facts.untried_count} of 401" in gap.detail


def test_without_a_login_there_is_no_looking_from_the_host() -> None:
    with pytest.raises(NoLogin):
        SCANNER.scan(THERE, Means(errand=lambda: errand(22)))


def test_this_machine_tries_by_its_own_engine() -> None:
    shut = free_port()
    with listening("127.0.9.1") as port:
        facts = SCANNER.scan(HERE, Means(errand=lambda: errand(port, shut, address="127.0.9.1")))
    assert states(facts) == {f"path/db-1/tcp/{port}": "open", f"path/db-1/tcp/{shut}": "closed"}
    assert facts.vantage.how == ("here",)


def test_what_the_plan_left_out_cuts_the_list_short() -> None:
    with listening() as port:
        facts = SCANNER.scan(HERE, Means(errand=lambda: errand(port, untried=("hosts without zone: x",))))
    assert isinstance(facts.paths, PartialList)
    assert ("paths", Reason.PARTIAL, "hosts without zone: x") in [
        (gap.path, gap.reason, gap.detail) for gap in facts.gaps
    ]


def test_a_host_that_nobody_planned_for_has_no_paths_and_says_why() -> None:
    facts = SCANNER.scan(HERE, Means())
    assert facts.paths is UNKNOWN
    assert facts.egress is UNKNOWN
    assert {(gap.path, gap.reason) for gap in facts.gaps} == {
        ("paths", Reason.NOT_COLLECTED),
        ("egress", Reason.NOT_COLLECTED),
    }


def test_probes_outside_are_told_apart_from_the_estate() -> None:
    with listening("127.0.9.2") as port:
        probe = Destination(name="127.0.9.2", address="127.0.9.2", ports=(port,), zone="internet")
        facts = SCANNER.scan(HERE, Means(errand=lambda: errand(free_port(), outside=(probe,))))
    assert [(path.destination_zone, path.state) for path in facts.egress] == [("internet", "open")]
    assert len(facts.paths) == 1


@pytest.fixture
def programs(tmp_path: Path) -> Callable[..., "PathShell"]:
    """A shell that finds only the programs that are named, and stand-ins for nc."""

    def make(*names: str, nc: str = "") -> PathShell:
        folder = tmp_path / "bin"
        folder.mkdir()
        for name in ("grep", "tr", "cut", "sleep", *names):
            (folder / name).symlink_to(Path("/usr/bin") / name)
        if nc:
            (folder / "nc").write_text(f"#!/bin/sh\n{nc}\n")
            (folder / "nc").chmod(0o755)
        return PathShell(folder)

    return make


class PathShell:
    """This machine's shell with a PATH of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, script: bytes, *, timeout: float) -> Said:
        return LocalShell().run(f"PATH={self._folder}\n".encode() + script, timeout=timeout)


NC = """case $1 in -h) echo '  -z  zero I/O'; exit;; esac
case $6 in 1) echo 'Connection to x 1 port [tcp/*] succeeded!';;
2) echo 'failed: Connection refused' >&2; exit 1;;
3) echo 'failed: Operation now in progress' >&2; exit 1;; *) echo 'nc: bad address' >&2; exit 1;; esac"""


def test_the_words_of_nc_are_told_apart(programs) -> None:
    doors = [Door(address="127.0.0.1", port=port) for port in (1, 2, 3, 4)]
    answers = ShellKnocker(shell=programs(nc=NC)).knock(doors, bounds())
    assert [answer.state for answer in answers] == ["open", "closed", "filtered", None]
    assert {answer.way for answer in answers} == {"nc"}
    assert "bad address" in answers[3].detail


def test_bash_tries_where_there_is_no_nc(programs) -> None:
    with listening() as port:
        doors = [Door(address="127.0.0.1", port=each) for each in (port, free_port())]
        answers = ShellKnocker(shell=programs("bash", "timeout")).knock(doors, bounds())
    assert [(answer.state, answer.way) for answer in answers] == [("open", "bash"), ("closed", "bash")]


def test_an_address_is_never_taken_for_words_of_the_shell(programs, tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt"
    doors = [Door(address=f"$(touch {spoilt})", port=1), Door(address=f"'; touch {spoilt}; '", port=2)]
    answers = ShellKnocker(shell=programs("bash", "timeout")).knock(doors, bounds())
    assert not spoilt.exists()
    assert [answer.state for answer in answers] == [None, None]


def test_a_tool_that_is_cut_off_leaves_the_rest_unknown() -> None:
    class Cut:
        def run(self, script: bytes, *, timeout: float) -> Said:
            return Said(stdout=b"way nc\nknocked 0 0 fine\nknocked 1 1 Connec", cut=Reason.TIMED_OUT)

    answers = ShellKnocker(shell=Cut()).knock([Door(address="127.0.0.1", port=1)] * 3, bounds())
    assert [answer.state for answer in answers] == ["open", None, None]
    assert all(isinstance(answer, Answer) for answer in answers)
    assert answers[1].is_late
