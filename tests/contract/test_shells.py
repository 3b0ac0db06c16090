"""The shells against real machines: this one, and a real sshd on it, gentle and hostile."""

import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from msgspec import structs

from scanners import Garbled, HostKeyRefused, LoginRefused, Means, ScanError, Target, TimedOut, Unreachable
from scanners.config import SCANNER as CONFIG
from scanners.config import config_facts
from scanners.config.recordfacts import Logs
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import collect, script, sections
from scanners.kit.hostkeys import Pins, Trust, known_hosts_pins, no_pins, pinned
from scanners.kit.shell import CAP, LocalShell, Said
from scanners.kit.ssh import Access, SshShell, default_access
from scanners.packages import package_facts
from tests.servers.ssh import SshServer, free_port, make_key, ssh_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with ssh_server(tmp_path_factory.mktemp("sshd")) as running:
        yield running


def shell_on(server: SshServer, *, key: Path | None = None, trust: Trust | None = None, wait: float = 10.0):
    trust = trust or Trust(pins=known_hosts_pins(server.known_hosts))
    access = default_access(trust, key_files=(key or server.key,), connect_timeout=wait)
    return SshShell("127.0.0.1", server.login, access=access, port=server.port)


def forced(folder: Path, body: str) -> str:
    """A program that whoever logs in gets in place of a shell."""
    path = folder / "forced"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def unmoved(logs: Logs) -> Logs:
    """What is told of logs, without what grows between two looks, and the birth that few stats tell."""
    return structs.replace(logs, free_bytes=0, kept_bytes=0, bytes_a_day=0, kept=(), since=None)


def test_the_host_says_the_same_here_and_over_ssh(server: SshServer) -> None:
    day = date(2026, 1, 1)
    here, there = (collect(shell, 60) for shell in (LocalShell(), shell_on(server)))
    assert package_facts(there, day) == package_facts(here, day)
    mine, theirs = config_facts(here), config_facts(there)
    for name in (
        "hostname",
        "passwords",
        "accounts",
        "audit",
        "clock",
        "firewall",
        "files",
        "mounts",
    ):
        assert getattr(theirs, name) == getattr(mine, name), name
    assert unmoved(theirs.logs) == unmoved(mine.logs)


def test_the_own_listener_is_seen_from_inside(server: SshServer) -> None:
    facts = config_facts(collect(shell_on(server), 60))
    listener = next(s for s in facts.sockets if s.port == server.port)
    assert (listener.address, listener.loopback, listener.process) == ("127.0.0.1", True, "sshd")
    assert facts.sshd.running is True
    assert facts.sshd.max_auth_tries >= 1
    assert facts.sshd.settings["port"]


def test_two_scanners_cost_one_run(server: SshServer) -> None:
    class Counting:
        runs = 0

        def run(self, script: bytes, *, timeout: float) -> Said:
            self.runs += 1
            return LocalShell().run(script, timeout=timeout)

    shell = Counting()
    means = Means(shell=shell)
    CONFIG.scan(Target(address="localhost"), means)
    threads = [threading.Thread(target=collect, args=(shell, 60)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shell.runs == 1


def test_a_refused_login_is_not_tried_again_by_the_second_scanner(server: SshServer) -> None:
    shell = shell_on(server, key=server.stranger)
    log = server.known_hosts.with_name("sshd.log")
    for _ in range(2):
        with pytest.raises(LoginRefused, match="no key was accepted"):
            collect(shell, 10)
    stranger = subprocess.run(
        ["ssh-keygen", "-lf", str(server.stranger)], check=True, capture_output=True, text=True, timeout=10
    ).stdout.split()[1]
    assert (
        log.read_text().count(f"Failed publickey for {server.login}") == log.read_text().count(stranger) == 1
    )


def test_a_changed_host_key_is_refused(server: SshServer, tmp_path: Path) -> None:
    other = make_key(tmp_path / "other").with_suffix(".pub").read_text()
    changed = Trust(pins=lambda *_: pinned([other]), first_contact=lambda *_: None)
    with pytest.raises(HostKeyRefused, match="is not the pinned one; it showed ssh-ed25519 SHA256:"):
        shell_on(server, trust=changed).run(b"echo x\n", timeout=10)


def test_an_unknown_host_is_refused_in_strict_mode(server: SshServer) -> None:
    with pytest.raises(HostKeyRefused, match="no host key is pinned"):
        shell_on(server, trust=Trust(pins=no_pins)).run(b"echo x\n", timeout=10)


def test_an_absent_known_hosts_file_pins_nothing(tmp_path: Path) -> None:
    assert known_hosts_pins(tmp_path / "none")("", "127.0.0.1", 22) == Pins()


def test_a_revoked_key_is_refused(server: SshServer) -> None:
    key = pinned([server.host_key.with_suffix(".pub").read_text()]).keys
    trust = Trust(pins=lambda *_: Pins(revoked=key), first_contact=lambda *_: None)
    with pytest.raises(HostKeyRefused):
        shell_on(server, trust=trust).run(b"echo x\n", timeout=10)


def test_a_first_contact_is_recorded_and_holds_from_then_on(server: SshServer) -> None:
    met: list[tuple[str, int, str]] = []
    trust = Trust(pins=no_pins, first_contact=lambda *contact: met.append(contact))
    assert shell_on(server, trust=trust).run(b"echo met\n", timeout=10).stdout == b"met\n"
    [(address, port, line)] = met
    assert (address, port) == ("127.0.0.1", server.port)
    recorded = Trust(pins=lambda *_: pinned([line]))
    assert shell_on(server, trust=recorded).run(b"echo again\n", timeout=10).stdout == b"again\n"


def test_a_first_contact_whose_login_fails_is_not_recorded(server: SshServer) -> None:
    met: list[str] = []
    trust = Trust(pins=no_pins, first_contact=lambda _address, _port, key: met.append(key))
    with pytest.raises(LoginRefused):
        shell_on(server, key=server.stranger, trust=trust).run(b"", timeout=10)
    assert met == []


def test_more_shells_than_sshd_takes_at_once_all_get_through(server: SshServer) -> None:
    said: list[bytes] = []
    trust = Trust(pins=known_hosts_pins(server.known_hosts))

    def talk() -> None:
        said.append(shell_on(server, trust=trust, wait=60).run(b"echo here\n", timeout=30).stdout)

    threads = [threading.Thread(target=talk) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == [b"here\n"] * 24


def test_a_refused_port_is_unreachable(server: SshServer) -> None:
    access = default_access(Trust(pins=no_pins), key_files=(server.key,))
    with pytest.raises(Unreachable, match=r"cannot be reached: .*refused"):
        SshShell("127.0.0.1", "root", access=access, port=free_port()).run(b"", timeout=5)


def test_a_silent_port_times_out(server: SshServer) -> None:
    access = default_access(Trust(pins=no_pins), key_files=(server.key,), connect_timeout=0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        shell = SshShell("127.0.0.1", "root", access=access, port=silent.getsockname()[1])
        with pytest.raises(TimedOut, match=r"finished no login within 0\.5 s"):
            shell.run(b"", timeout=5)


@pytest.mark.parametrize(
    "greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-1.5-old\r\n", b"\x00" * 5000]
)
def test_a_server_that_speaks_no_ssh_gives_one_clear_line(server: SshServer, greeting: bytes) -> None:
    access = default_access(Trust(pins=no_pins), key_files=(server.key,), connect_timeout=2)
    with socket.create_server(("127.0.0.1", 0)) as wrong:
        wrong.settimeout(30)

        def answer() -> None:
            while True:
                with suppress(ConnectionError), wrong.accept()[0] as peer:
                    peer.sendall(greeting)

        def answer_until_closed() -> None:
            with suppress(OSError):
                answer()

        server_thread = threading.Thread(target=answer_until_closed)
        server_thread.start()
        shell = SshShell("127.0.0.1", "root", access=access, port=wrong.getsockname()[1])
        with pytest.raises(ScanError) as caught:
            shell.run(b"", timeout=5)
        wrong.shutdown(socket.SHUT_RDWR)
        server_thread.join(10)
    assert isinstance(caught.value, (Garbled, Unreachable, TimedOut))
    assert "\n" not in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_key_file_that_is_none_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "key"
    bad.write_text("no key")
    with pytest.raises(LoginRefused, match="holds no private key"):
        default_access(Trust(pins=no_pins), key_files=(bad,))
    with pytest.raises(LoginRefused, match="cannot be read"):
        default_access(Trust(pins=no_pins), key_files=(tmp_path / "none",))


def test_a_flood_is_cut_at_the_cap(tmp_path: Path) -> None:
    with ssh_server(tmp_path, command=forced(tmp_path, "yes flooding")) as server:
        said = shell_on(server).run(b"echo x\n", timeout=60)
        assert (len(said.stdout), said.cut) == (CAP, Reason.GARBLED)
        with pytest.raises(Garbled, match="16 MiB"):
            collect(shell_on(server), 60)


def test_a_remote_that_never_ends_is_left_at_the_deadline(tmp_path: Path) -> None:
    with ssh_server(tmp_path, command=forced(tmp_path, "echo begun; exec sleep 60")) as server:
        said = shell_on(server).run(b"", timeout=1)
        assert said == Said(stdout=b"begun\n", cut=Reason.TIMED_OUT)
        with pytest.raises(TimedOut):
            collect(shell_on(server), 1)


def test_forged_markers_are_no_sections(tmp_path: Path) -> None:
    lie = (
        "for m in '' M marker 0123456789abcdef; do echo $m B hostname; echo liar; echo $m E hostname 0; done"
    )
    with (
        ssh_server(tmp_path, command=forced(tmp_path, lie)) as server,
        pytest.raises(Garbled, match="no answer"),
    ):
        collect(shell_on(server), 10)


def test_escape_codes_do_not_reach_the_facts(tmp_path: Path) -> None:
    wicked = r"""IFS= read -r first; M=${first#M=}
printf '%s B hostname\n\033]0;owned\007evil\033[2J\302\233\342\200\256\n%s E hostname 0\n' "$M" "$M" """
    with ssh_server(tmp_path, command=forced(tmp_path, wicked)) as server:
        facts = config_facts(collect(shell_on(server), 10))
    assert "evil" in facts.hostname
    assert not set(facts.hostname) & set("\x1b\x07\x9b\u202e")
    assert facts.accounts is UNKNOWN
    assert any(gap.path == "accounts" and gap.reason is Reason.GARBLED for gap in facts.gaps)


def test_the_local_shell_is_cut_as_well() -> None:
    assert LocalShell().run(b"echo begun; exec sleep 60\n", timeout=1) == Said(
        stdout=b"begun\n", cut=Reason.TIMED_OUT
    )
    said = LocalShell().run(b"yes\n", timeout=60)
    assert (len(said.stdout), said.cut) == (CAP, Reason.GARBLED)


def test_the_local_shell_takes_nothing_of_the_users_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "s3cret")
    said = LocalShell().run(b"echo $PATH; env; nice\n", timeout=10).stdout.decode()
    assert said.splitlines()[0] == "/usr/sbin:/usr/bin:/sbin:/bin"
    assert "s3cret" not in said
    assert said.splitlines()[-1] == "19"


def test_a_script_that_is_larger_than_a_pipe_is_fed_whole() -> None:
    assert LocalShell().run(b"# " + b"x" * 300_000 + b"\necho end\n", timeout=10).stdout == b"end\n"


def codes(said: bytes) -> dict[str, str]:
    """The return code of each section."""
    return dict(re.findall(r"^m E (\S+) (\d+)$", said.decode("utf-8", "replace"), re.MULTILINE))


def test_the_collector_changes_nothing_and_runs_where_nothing_can_be_written() -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting / read-only in a namespace of its own needs root")
    prelude = (
        "mount --make-rprivate / && mount --rbind / /mnt && mount -o remount,bind,ro /mnt || exit 9\n"
        "for d in /mnt/tmp /mnt/run /mnt/var; do\n"
        "mount --bind $d $d && mount -o remount,bind,ro $d || exit 9\ndone\n"
        "for d in / /tmp /run /var /etc; do ! touch /mnt$d/x 2>/dev/null || exit 9; done\n"
        "exec chroot /mnt /bin/sh -s"
    )
    read_only = subprocess.run(
        ["unshare", "-m", "/bin/sh", "-c", prelude],
        input=script("m"),
        capture_output=True,
        timeout=100,
        check=False,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
    )
    if b"unshare failed" in read_only.stderr or b"mount:" in read_only.stderr:
        pytest.skip(f"no mount namespace here: {read_only.stderr.decode(errors='replace').strip()}")
    assert read_only.returncode == 0, read_only.stderr
    assert codes(read_only.stdout) == codes(LocalShell().run(script("m"), timeout=60).stdout)


def test_the_collector_runs_under_busybox_alone(tmp_path: Path) -> None:
    busybox = shutil.which("busybox")
    assert busybox, "the set-up for tests installs busybox"
    for applet in subprocess.run(
        [busybox, "--list"], check=True, capture_output=True, text=True
    ).stdout.split():
        (tmp_path / applet).symlink_to(busybox)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = ("tcp", listener.getsockname()[1])
        run = subprocess.run(
            [str(tmp_path / "sh"), "-s"],
            input=script("m"),
            capture_output=True,
            timeout=100,
            check=True,
            env={"PATH": str(tmp_path), "LC_ALL": "C"},
        )
        poor = config_facts(sections(Said(stdout=run.stdout), "m"))
        rich = config_facts(collect(LocalShell(), 60))
    for name in ("hostname", "groups", "ssh_keys", "sudo", "passwords", "files", "mounts"):
        assert getattr(poor, name) == getattr(rich, name), name
    assert unmoved(poor.logs) == unmoved(rich.logs)
    assert [(a.locus, a.home_mode) for a in poor.accounts] == [(a.locus, a.home_mode) for a in rich.accounts]
    assert len(poor.sysctl) > 100
    assert ours in {(s.protocol, s.port) for s in poor.sockets}
    assert ours in {(s.protocol, s.port) for s in rich.sockets}


def test_no_password_hash_leaves_the_host() -> None:
    said = LocalShell().run(script("m"), timeout=60).stdout.decode("utf-8", "replace")
    assert not re.search(r"\$(?:[156]|2[abxy]?|y|gy)\$[./A-Za-z0-9]{4,}", said)


def test_a_key_in_an_agent_lets_in(server: SshServer, tmp_path: Path) -> None:
    socket_path = str(tmp_path / "agent")
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket_path], stdout=subprocess.DEVNULL)
    try:
        while not Path(socket_path).exists():
            assert agent.poll() is None
        add = ["ssh-add", "-q", "--", str(server.key)]
        subprocess.run(add, check=True, timeout=10, env={**os.environ, "SSH_AUTH_SOCK": socket_path})
        access = Access(trust=Trust(pins=known_hosts_pins(server.known_hosts)), agent=socket_path)
        shell = SshShell("127.0.0.1", server.login, access=access, port=server.port)
        assert shell.run(b"echo in\n", timeout=10).stdout == b"in\n"
    finally:
        agent.terminate()
        agent.wait(10)


def test_without_any_key_the_login_is_refused_with_advice(server: SshServer) -> None:
    access = Access(trust=Trust(pins=known_hosts_pins(server.known_hosts)))
    shell = SshShell("127.0.0.1", server.login, access=access, port=server.port)
    with pytest.raises(LoginRefused, match="there is no key to log in with"):
        shell.run(b"", timeout=5)


def test_a_host_whose_key_is_of_another_kind_than_the_pinned_one_has_changed(
    server: SshServer, tmp_path: Path
) -> None:
    path = tmp_path / "rsa"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", str(path)], check=True, timeout=60
    )
    pin = path.with_suffix(".pub").read_text()
    with pytest.raises(HostKeyRefused, match="not the pinned one"):
        shell_on(server, trust=Trust(pins=lambda *_: pinned([pin]))).run(b"", timeout=5)
