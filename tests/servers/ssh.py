"""A real sshd on a free loopback port, with host and user keys that are thrown away."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PATIENCE = 10.0


@dataclass(frozen=True, kw_only=True)
class SshServer:
    """Where it listens, who may log in, and by which keys."""

    port: int
    login: str
    key: Path
    """Private key that is let in."""
    stranger: Path
    """Private key that is not."""
    host_key: Path
    """The server's private key; its public one is beside it."""
    known_hosts: Path


def make_key(path: Path) -> Path:
    """A new ed25519 key pair at the path."""
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", str(path)], check=True, timeout=30
    )
    return path


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def ssh_server(
    folder: Path, *, command: str = "", more: str = "", key: Path | None = None, address: str = "127.0.0.1"
) -> Iterator[SshServer]:
    """Run sshd until the block ends; `command` is forced on whoever logs in, `more` is sshd_config(5)."""
    folder.mkdir(exist_ok=True)
    port = free_port()
    host_key, stranger = folder / "host_key", make_key(folder / "stranger_key")
    if not host_key.exists():
        make_key(host_key)
    key = key or make_key(folder / "user_key")
    forced = f'command="{command}" ' if command else ""
    (folder / "authorized_keys").write_text(forced + key.with_suffix(".pub").read_text())
    known_hosts = folder / "known_hosts"
    public = " ".join((folder / "host_key.pub").read_text().split()[:2])
    known_hosts.write_text(f"[{address}]:{port} {public}\n")
    with (folder / "sshd.log").open("wb") as log:
        process = subprocess.Popen(
            [sshd_path(), "-D", "-e", "-f", str(_configuration(folder, f"{address}:{port}", host_key, more))],
            stdin=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_until_it_listens(address, port, process, folder / "sshd.log")
        yield SshServer(
            port=port,
            login=getpass.getuser(),
            key=key,
            stranger=stranger,
            host_key=host_key,
            known_hosts=known_hosts,
        )
    finally:
        process.terminate()
        process.wait(10)


def sshd_path() -> str:
    """Where sshd lies; it refuses to start by a bare name."""
    found = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        raise FileNotFoundError("sshd is not installed: the set-up for tests installs openssh-server")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd wants it, its service makes it
    return found


def _configuration(folder: Path, place: str, host_key: Path, more: str) -> Path:
    path = folder / "sshd_config"
    path.write_text(
        f"ListenAddress {place}\n"
        f"HostKey {host_key}\n"
        f"AuthorizedKeysFile {folder}/authorized_keys\n"
        f"PidFile {folder}/sshd.pid\n"
        "StrictModes no\n"
        "UsePAM no\n"
        "PermitRootLogin prohibit-password\n"
        "PasswordAuthentication no\n"
        "LogLevel VERBOSE\n"
        f"{more}\n"
    )
    return path


def _wait_until_it_listens(address: str, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((address, port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"sshd does not listen: {log.read_text(errors='replace')}")
