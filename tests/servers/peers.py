"""Programs that parking sites run, on loopback, each in a folder of its own, ended by its number."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.servers.pki import Identity
from tests.servers.tls import HERE, free_port, wait_for_port

_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def installed(name: str, *, among: str = _PATH) -> str:
    """Where a program lies; without it the test is skipped, and says so."""
    found = shutil.which(name, path=among)
    if found is None:
        pytest.skip(f"{name} is not installed: .ci/setup tests installs it")
    return found


@contextlib.contextmanager
def running(command: Sequence[object], *, folder: Path, user: str | None = None) -> Iterator[None]:
    """The program until the block ends; what it says goes to a file in the folder."""
    with (folder / "said.log").open("ab") as log:
        process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            user=user,
            env={"PATH": _PATH, "HOME": str(folder), "LC_ALL": "C"},
            start_new_session=True,
        )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


@contextlib.contextmanager
def vsftpd(folder: Path, **settings: object) -> Iterator[int]:
    """An FTP server."""
    port = free_port()
    (folder / "empty").mkdir()
    lines = {
        "listen": "YES",
        "listen_ipv6": "NO",
        "listen_address": HERE,
        "listen_port": port,
        "background": "NO",
        "seccomp_sandbox": "NO",
        "secure_chroot_dir": folder / "empty",
        "vsftpd_log_file": folder / "log",
        **settings,
    }
    file = folder / "vsftpd.conf"
    file.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    file.chmod(0o600)
    with running((installed("vsftpd"), file), folder=folder):
        wait_for_port(port)
        yield port


@contextlib.contextmanager
def handed_over(command: Sequence[str]) -> Iterator[int]:
    """A program that speaks on its standard input, as inetd would start it, one for each connection."""
    children: list[subprocess.Popen[bytes]] = []
    server = socket.create_server((HERE, 0))

    def serve() -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            with line:
                children.append(subprocess.Popen(command, stdin=line, stdout=line, stderr=subprocess.DEVNULL))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)
        for child in children:
            child.terminate()
            child.wait(10)


@contextlib.contextmanager
def postgres(identity: Identity | None = None) -> Iterator[int]:
    """A PostgreSQL server, with TLS if it has an identity; root runs it as `postgres`, which it insists on.

    Its folder is not pytest's, whose parents are closed to other accounts.
    """
    binaries = ":".join(map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin")))) or "/nowhere"
    initdb, program = (installed(name, among=binaries) for name in ("initdb", "postgres"))
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="peer-") as place:
        folder, port = Path(place), free_port()
        data = folder / "data"
        lines = [f"unix_socket_directories = '{folder}'", "fsync = off"]
        if identity is not None:
            lines += ["ssl = on", f"ssl_cert_file = '{folder}/chain'", f"ssl_key_file = '{folder}/key'"]
            shutil.copyfile(identity.chain_file, folder / "chain")
            shutil.copyfile(identity.key_file, folder / "key")
            (folder / "key").chmod(0o600)
        for each in (folder, *folder.iterdir()) if user else ():
            shutil.chown(each, user)
        subprocess.run(
            [initdb, "-D", str(data), "-A", "trust", "-N", "-U", "owner"],
            check=True,
            timeout=120,
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            env={"PATH": _PATH, "LC_ALL": "C"},
        )
        with (data / "postgresql.conf").open("a") as file:
            file.write("\n".join(("", *lines, "")))
        with running((program, "-D", data, "-h", HERE, "-p", port), folder=folder, user=user):
            wait_for_port(port)
            yield port


@contextlib.contextmanager
def mariadb(folder: Path, *options: str) -> Iterator[int]:
    """A MariaDB server without any tables of its own, which is enough for its greeting."""
    (folder / "data").mkdir()
    port = free_port()
    command = (
        *(installed("mariadbd"), "--no-defaults", f"--datadir={folder / 'data'}", "--skip-grant-tables"),
        *(
            f"--bind-address={HERE}",
            f"--port={port}",
            f"--socket={folder / 's'}",
            f"--pid-file={folder / 'pid'}",
        ),
        *(("--user=root",) if os.geteuid() == 0 else ()),
        *options,
    )
    with running(command, folder=folder):
        wait_for_port(port)
        yield port


@contextlib.contextmanager
def tigervnc(folder: Path, *options: str) -> Iterator[int]:
    """A screen that nobody sees, shown by VNC."""
    port = free_port()
    command = (
        *(installed("Xtigervnc"), f":{port % 20000 + 1000}", "-rfbport", port, "-interface", HERE),
        *("-localhost", "-nolisten", "tcp", "-geometry", "320x200", *options),
    )
    with running(command, folder=folder):
        wait_for_port(port)
        yield port


@contextlib.contextmanager
def samba(folder: Path, least: str) -> Iterator[int]:
    """A file server that takes this protocol and newer ones."""
    port = free_port()
    file = folder / "smb.conf"
    places = ("private dir", "lock directory", "state directory", "cache directory", "pid directory")
    lines = [f"{place} = {folder}" for place in (*places, "ncalrpc dir")]
    lines += [f"server min protocol = {least}", "interfaces = 127.0.0.1/8", "bind interfaces only = yes"]
    lines += ["disable spoolss = yes", "load printers = no", f"log file = {folder / 'log'}"]
    file.write_text("\n".join(["[global]", *lines, ""]))
    command = (installed("smbd"), "-F", "--no-process-group", "-s", file, "-p", port)
    with running(command, folder=folder):
        wait_for_port(port)
        yield port


@contextlib.contextmanager
def snmpd(folder: Path, *lines: str) -> Iterator[int]:
    """An SNMP agent over UDP."""
    port = free_port()
    file = folder / "snmpd.conf"
    file.write_text("\n".join((*lines, "")))
    program = installed("snmpd")
    with running(
        (program, "-f", "-Lo", "-C", "-c", file, "-I", "-smux", f"udp:{HERE}:{port}"), folder=folder
    ):
        yield port


@contextlib.contextmanager
def tftpd(folder: Path) -> Iterator[int]:
    """A TFTP server over UDP."""
    port = free_port()
    (folder / "files").mkdir()
    command = (installed("in.tftpd"), "-L", "-a", f"{HERE}:{port}", "-u", "nobody", "-s", folder / "files")
    with running(command, folder=folder):
        yield port
