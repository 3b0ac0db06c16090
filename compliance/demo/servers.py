"""Real servers on loopback addresses: each runs until its block ends, and ends by its process id."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from compliance.model.errors import CannotStart

_PATIENCE = 15.0
_LOOK_AGAIN = 0.05
_GRACE = 10.0
_SYSTEM = "/usr/sbin:/sbin:/usr/local/sbin"
_TOLD = 300
"""Characters of a server's last words that are repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One program of one host: how it is started, and where it will answer."""

    host: str
    package: str
    """The Debian package that it comes from."""
    command: tuple[str, ...]
    """The program's name or path, and its arguments."""
    address: str
    port: int


def program(name: str) -> str | None:
    """Where a program lies; servers are not on everybody's PATH."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:{_SYSTEM}")


@contextmanager
def running(servers: Sequence[Server], logs: Path) -> Iterator[None]:
    """Run them all; raises `CannotStart` with the last words of the one that does not answer."""
    logs.mkdir(parents=True, exist_ok=True)
    with ExitStack() as ends:
        started = [(server, ends.enter_context(_process(server, logs))) for server in servers]
        for server, process in started:
            _wait_for(server, process, _log(server, logs))
        yield


@contextmanager
def _process(server: Server, logs: Path) -> Iterator[subprocess.Popen[bytes]]:
    with _log(server, logs).open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 (a fixed program with fixed arguments)
            [program(server.command[0]) or server.command[0], *server.command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((server.address, server.port)) == 0:
                return
        time.sleep(_LOOK_AGAIN)
    words = log.read_text("utf-8", "replace").strip()[-_TOLD:]
    raise CannotStart(
        f"{server.command[0]} of {server.host} does not answer on {server.address}:{server.port}: {words}",
        hint="another demo may be running; end it, then try again",
    )


def _log(server: Server, logs: Path) -> Path:
    return logs / f"{server.host}-{server.port}.log"
