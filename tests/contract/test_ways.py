"""The ways to a shell: through jump hosts, by authorities, to old and odd servers, with one sudo."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from compliance.model.host import Address, Host
from compliance.settings import JumpSettings, SshSettings
from compliance.wiring.logins import way_to
from scanners import HostKeyRefused, LoginRefused, ScanError, Unreachable
from scanners.kit.hostkeys import Trust, known_hosts_pins, no_pins
from scanners.kit.ssh import Access, Login, SshShell, default_access
from tests.servers.ssh import SshServer, free_port, make_key, ssh_server, sshd_path


@pytest.fixture(scope="module")
def jump(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with ssh_server(tmp_path_factory.mktemp("jump")) as server:
        yield server


@pytest.fixture(scope="module")
def target(jump: SshServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with ssh_server(tmp_path_factory.mktemp("target"), key=jump.key) as server:
        yield server


def access_of(*servers: SshServer, key: Path | None = None, **more) -> Access:
    """Access that pins the keys of these servers."""
    pins = servers[0].known_hosts.with_name("all_known_hosts")
    pins.write_text("".join(server.known_hosts.read_text() for server in servers))
    trust = Trust(pins=known_hosts_pins(pins))
    return default_access(trust, key_files=(key or servers[0].key,), **more)


def login_on(server: SshServer) -> Login:
    return Login(address="127.0.0.1", account=server.login, port=server.port)


def accepted(server: SshServer) -> int:
    return server.known_hosts.with_name("sshd.log").read_text().count("Accepted publickey")


def many(work, count: int) -> list:
    """What each of so many threads gave, at once."""
    gave: list = []

    def run() -> None:
        try:
            gave.append(work())
        except ScanError as error:
            gave.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return gave


def test_all_hosts_behind_a_jump_host_share_its_one_connection(jump: SshServer, target: SshServer) -> None:
    access = access_of(jump, target, connect_timeout=60)
    through = login_on(jump)

    def talk() -> bytes:
        shell = SshShell("127.0.0.1", target.login, access=access, port=target.port, through=through)
        return shell.run(b"echo $SSH_CONNECTION >/dev/null; echo in\n", timeout=30).stdout

    before = accepted(jump)
    assert many(talk, 12) == [b"in\n"] * 12
    assert accepted(jump) == before + 1
    assert accepted(target) >= 12


def test_a_jump_host_whose_key_is_not_pinned_is_no_way(jump: SshServer, target: SshServer) -> None:
    shell = SshShell(
        "127.0.0.1",
        target.login,
        access=access_of(target, key=jump.key),
        port=target.port,
        through=login_on(jump),
    )
    with pytest.raises(HostKeyRefused, match="the way through a jump host: no host key is pinned"):
        shell.run(b"", timeout=5)


def test_a_jump_host_that_refuses_is_asked_once_for_all(tmp_path: Path) -> None:
    with ssh_server(tmp_path / "jump") as jump:
        access = access_of(jump, key=jump.stranger)
        shells = [
            SshShell("127.0.0.1", "root", access=access, port=free_port(), through=login_on(jump))
            for _ in range(4)
        ]
        for shell in shells:
            with pytest.raises(LoginRefused, match="jump host"):
                shell.run(b"", timeout=5)
        assert (tmp_path / "jump" / "sshd.log").read_text().count("Failed publickey") == 1


def test_a_target_that_the_jump_host_cannot_reach_is_unreachable(jump: SshServer) -> None:
    shell = SshShell("127.0.0.1", "root", access=access_of(jump), port=free_port(), through=login_on(jump))
    with pytest.raises(Unreachable, match=r"cannot be reached through 127\.0\.0\.1 port"):
        shell.run(b"", timeout=5)


def test_a_jump_connection_that_was_lost_is_made_again(
    tmp_path: Path, target: SshServer, jump: SshServer
) -> None:
    with ssh_server(tmp_path / "jump", key=jump.key) as own:
        access = access_of(own, target)
        shell = SshShell("127.0.0.1", target.login, access=access, port=target.port, through=login_on(own))
        assert shell.run(b"echo 1\n", timeout=10).stdout == b"1\n"
        # ends the process that serves the one connection, which its parent in the log names
        served = subprocess.run(
            ["pgrep", "-P", (tmp_path / "jump" / "sshd.pid").read_text().strip()],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for process in served:
            with suppress(ProcessLookupError):
                os.kill(int(process), 15)
        assert shell.run(b"echo 2\n", timeout=10).stdout == b"2\n"
        assert accepted(own) == 2


def test_which_jump_host_is_the_way_stands_in_the_settings() -> None:
    ssh = SshSettings(
        jump=(
            JumpSettings(via="192.0.2.1", login="audit", hosts=("db-1",)),
            JumpSettings(via="bastion.example.org", login="audit", port=2222, site="north", zone="cde"),
        )
    )

    def way(name: str, **declared: str) -> Login | None:
        return way_to(Host(name=name, address=Address("192.0.2.9"), **declared), ssh)

    assert way("db-1") == Login(address="192.0.2.1", account="audit")
    assert way("kiosk-7", site="north", zone="cde") == Login(
        address="bastion.example.org", account="audit", port=2222, name="bastion.example.org"
    )
    assert way("kiosk-7", site="north", zone="guest") is None
    with pytest.raises(ValueError, match="for whom"):
        JumpSettings(via="192.0.2.1", login="audit")


@pytest.mark.parametrize(("principal", "names"), [("127.0.0.1", "it"), ("other.example.org", "another")])
def test_an_authority_vouches_for_the_hosts_that_it_names(principal: str, names: str, tmp_path: Path) -> None:
    authority, host_key = make_key(tmp_path / "authority"), make_key(tmp_path / "host_key")
    sign = ["ssh-keygen", "-q", "-s", str(authority), "-I", "test", "-h", "-n", principal]
    subprocess.run([*sign, str(host_key.with_suffix(".pub"))], check=True, timeout=10)
    with ssh_server(tmp_path, more=f"HostCertificate {tmp_path}/host_key-cert.pub") as server:
        pins = tmp_path / "authorities"
        signer = authority.with_suffix(".pub").read_text()
        pins.write_text(f"@cert-authority [127.0.0.1]:{server.port} {signer}")
        access = default_access(Trust(pins=known_hosts_pins(pins)), key_files=(server.key,))
        shell = SshShell("127.0.0.1", server.login, access=access, port=server.port)
        if names == "it":
            assert shell.run(b"echo in\n", timeout=10).stdout == b"in\n"
        else:
            with pytest.raises(HostKeyRefused, match="one signed by the pinned authority"):
                shell.run(b"echo in\n", timeout=10)


def test_a_host_without_a_certificate_is_refused_where_an_authority_is_pinned(
    target: SshServer, tmp_path: Path
) -> None:
    signer = make_key(tmp_path / "authority").with_suffix(".pub").read_text()
    (tmp_path / "authorities").write_text(f"@cert-authority * {signer}")
    access = default_access(Trust(pins=known_hosts_pins(tmp_path / "authorities")), key_files=(target.key,))
    with pytest.raises(HostKeyRefused, match="it showed ssh-ed25519"):
        SshShell("127.0.0.1", target.login, access=access, port=target.port).run(b"", timeout=10)


def test_one_thread_serves_all_shells(target: SshServer) -> None:
    access = access_of(target, connect_timeout=60)

    def talk() -> bytes:
        shell = SshShell("127.0.0.1", target.login, access=access, port=target.port)
        return shell.run(b"echo in\n", timeout=30).stdout

    assert many(talk, 10) == [b"in\n"] * 10
    assert sum(thread.name == "ssh" for thread in threading.enumerate()) == 1


AGES = {
    "of 2012": "KexAlgorithms diffie-hellman-group14-sha1\nCiphers aes128-ctr\nMACs hmac-sha1",
    "of 2016": "KexAlgorithms ecdh-sha2-nistp256\nCiphers aes256-ctr\nMACs hmac-sha2-256",
    "of today": "KexAlgorithms curve25519-sha256\nCiphers chacha20-poly1305@openssh.com",
}


@pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")
@pytest.mark.parametrize("age", AGES)
def test_servers_of_all_ages_let_us_in(age: str, tmp_path: Path) -> None:
    with ssh_server(tmp_path / "sshd", more=AGES[age]) as server:
        shell = SshShell("127.0.0.1", server.login, access=access_of(server), port=server.port)
        assert shell.run(b"echo in\n", timeout=10).stdout == b"in\n"


def test_dropbear_lets_us_in(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("dropbear reads the keys of the account, which a test can only lend it as root")
    port = free_port()
    home, key, host_key = tmp_path / "home", make_key(tmp_path / "key"), tmp_path / "dropbear_key"
    (home / ".ssh").mkdir(parents=True)
    home.chmod(0o700)
    (home / ".ssh").chmod(0o700)
    (home / ".ssh" / "authorized_keys").write_text(key.with_suffix(".pub").read_text())
    (home / ".ssh" / "authorized_keys").chmod(0o600)
    subprocess.run(["dropbearkey", "-t", "ed25519", "-f", str(host_key)], check=True, capture_output=True)
    start = (
        f"cd {tmp_path} && cp /etc/passwd passwd || exit 9; "
        f"sed -i 's|^root:.*|root:x:0:0:root:{home}:/bin/sh|' passwd; "
        "mount --bind passwd /etc/passwd || exit 9; "
        f"exec dropbear -F -E -s -P {tmp_path}/pid -r {host_key} -p 127.0.0.1:{port}"
    )
    with _served(["unshare", "-m", "--propagation", "private", "/bin/sh", "-c", start], port):
        trust = Trust(pins=no_pins, first_contact=lambda *_: None)
        access = default_access(trust, key_files=(key,))
        shell = SshShell("127.0.0.1", "root", access=access, port=port)
        assert shell.run(b"echo in\n", timeout=10).stdout == b"in\n"


@contextmanager
def _served(words: list[str], port: int) -> Iterator[None]:
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(500):
                if process.poll() == 9:
                    pytest.skip("no mount namespace here")
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                threading.Event().wait(0.02)
            yield
        finally:
            process.terminate()
            process.wait(10)


def test_connections_lost_before_the_login_are_tried_again(tmp_path: Path) -> None:
    with ssh_server(tmp_path / "sshd") as server, socket.create_server(("127.0.0.1", 0)) as front:
        lost: list[int] = []

        def relay() -> None:
            with suppress(OSError):
                while True:
                    peer, _ = front.accept()
                    if len(lost) < 2:
                        lost.append(1)
                        peer.close()
                        continue
                    back = socket.create_connection(("127.0.0.1", server.port))
                    for one, other in ((peer, back), (back, peer)):
                        threading.Thread(target=_carry, args=(one, other), daemon=True).start()

        threading.Thread(target=relay, daemon=True).start()
        port = front.getsockname()[1]
        pins = tmp_path / "known_hosts"
        pins.write_text(server.known_hosts.read_text().replace(str(server.port), str(port)))
        access = default_access(Trust(pins=known_hosts_pins(pins)), key_files=(server.key,))
        shell = SshShell("127.0.0.1", server.login, access=access, port=port)
        assert shell.run(b"echo in\n", timeout=10).stdout == b"in\n"
        assert len(lost) == 2
        front.shutdown(socket.SHUT_RDWR)


def _carry(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError), one, other:
        while data := one.recv(65536):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)


SUDOERS = "Defaults logfile={log}, !syslog, !lecture\nDefaults:scan !requiretty\n{rule}\n"


@pytest.mark.parametrize("may", ["anybody may", "nobody may"])
def test_one_sudo_makes_the_script_roots_and_a_refusal_leaves_it_to_the_login(
    may: str, tmp_path: Path
) -> None:
    """An account of its own and sudoers of its own, in a mount namespace that nobody else sees."""
    if os.geteuid() != 0 or not shutil.which("sudo"):
        pytest.skip("this needs root and sudo")
    tmp_path.chmod(0o755)
    for folder in tmp_path.parents:
        if folder.stat().st_uid == 0 and "pytest" in str(folder):
            folder.chmod(0o755)
    port, key, host_key = free_port(), make_key(tmp_path / "key"), make_key(tmp_path / "host_key")
    (tmp_path / "authorized_keys").write_text(key.with_suffix(".pub").read_text())
    rule = "scan ALL=(root) NOPASSWD: /bin/sh -s" if may == "anybody may" else ""
    (tmp_path / "sudoers").write_text(SUDOERS.format(log=tmp_path / "sudo.log", rule=rule))
    (tmp_path / "sudoers").chmod(0o440)
    (tmp_path / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {host_key}\nAuthorizedKeysFile {tmp_path}/authorized_keys\n"
        f"PidFile {tmp_path}/sshd.pid\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
    )
    start = (
        f"cd {tmp_path} && cp /etc/passwd passwd && cp /etc/shadow shadow && chmod 600 shadow || exit 9\n"
        "echo 'scan:x:64990:64990::/:/bin/sh' >>passwd; echo 'scan:*:19000::::::' >>shadow\n"
        "for f in passwd shadow sudoers; do mount --bind $f /etc/$f || exit 9; done\n"
        f"exec {sshd_path()} -D -e -f {tmp_path}/sshd_config"
    )
    with _served(["unshare", "-m", "--propagation", "private", "/bin/sh", "-c", start], port):
        trust = Trust(pins=no_pins, first_contact=lambda *_: None)
        shell = SshShell("127.0.0.1", "scan", access=default_access(trust, key_files=(key,)), port=port)
        said = shell.run(b"id -u; nice\nexit 3\n", timeout=20).stdout
    assert said == (b"0\n19\n" if may == "anybody may" else b"64990\n19\n")
    log = (tmp_path / "sudo.log").read_text() if (tmp_path / "sudo.log").exists() else ""
    assert " ".join(log.split()).count("COMMAND=/bin/sh -s") == int(may == "anybody may")
