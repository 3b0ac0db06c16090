"""A shell on a host: run one POSIX sh script there and give what it said, bounded in size and time."""

import os
import selectors
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Protocol

from scanners import ToolMissing
from scanners.facts import Reason

CAP = 16 * 1024 * 1024
"""Most bytes that are taken of a script's output."""

START = (
    "LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin; export LC_ALL PATH; unset ENV; "
    'nice=; command -v nice >/dev/null && nice="nice -n 19"; exec $nice /bin/sh -s'
)
"""How a script is started, here and on remote hosts: no words of the user's, and behind everybody else."""

_CHUNK = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a script said, and why no more came if its end was not seen."""

    stdout: bytes
    cut: Reason | None = None
    """`TIMED_OUT` if the time was up, `GARBLED` beyond `CAP` bytes, `UNREACHABLE` for a broken line."""


class Shell(Protocol):
    """A way to run scripts on one host; it lives as long as one look: what it said is remembered."""

    def run(self, script: bytes, *, timeout: float) -> Said:
        """Run the script by `/bin/sh -s` within `timeout` seconds; raises `ScanError` if it cannot begin."""
        ...


class LocalShell:
    """A shell on this very machine, as the user who scans."""

    def run(self, script: bytes, *, timeout: float) -> Said:
        """Run the script here; raises `ToolMissing` where there is no /bin/sh."""
        try:
            process = subprocess.Popen(
                ["/bin/sh", "-c", START],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            raise ToolMissing(f"/bin/sh cannot be started: {error.strerror}") from error
        with process:
            try:
                return _converse(process, script, timeout)
            finally:
                _end(process)


def _converse(process: subprocess.Popen[bytes], script: bytes, timeout: float) -> Said:
    """Feed the script and read the answer at once, so that neither side waits for the other for ever."""
    deadline = time.monotonic() + timeout
    heard = bytearray()
    with selectors.DefaultSelector() as selector:
        for pipe, event in (
            (_open(process.stdin), selectors.EVENT_WRITE),
            (_open(process.stdout), selectors.EVENT_READ),
        ):
            os.set_blocking(pipe.fileno(), False)
            selector.register(pipe, event)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                return Said(stdout=bytes(heard), cut=Reason.TIMED_OUT)
            for key, _ in ready:
                if key.fileobj is process.stdin:
                    script = _fed(selector, _open(process.stdin), script)
                elif chunk := os.read(key.fd, _CHUNK):
                    heard += chunk
                else:
                    selector.unregister(key.fileobj)
            if len(heard) > CAP:
                return Said(stdout=bytes(heard[:CAP]), cut=Reason.GARBLED)
            if time.monotonic() > deadline:
                return Said(stdout=bytes(heard), cut=Reason.TIMED_OUT)
    return Said(stdout=bytes(heard))


def _fed(selector: selectors.BaseSelector, stdin: IO[bytes], script: bytes) -> bytes:
    """Write what the pipe takes; give what is left, and close the pipe after the last byte."""
    try:
        rest = script[os.write(stdin.fileno(), script) :] if script else b""
    except BrokenPipeError:
        rest = b""
    if not rest:
        selector.unregister(stdin)
        stdin.close()
    return rest


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise AssertionError
    return pipe


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the shell and everything it left behind in its session."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
