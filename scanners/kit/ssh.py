"""A shell on a host over SSH: pinned host keys, one exec (RFC 4251 to 4254, by asyncssh).

This module, `login` and `forward` alone know `async`: callers are threads, one event loop serves them all.
"""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import asyncssh

from scanners import Garbled, TimedOut
from scanners.facts import Reason
from scanners.kit.login import Access as Access
from scanners.kit.login import Login as Login
from scanners.kit.login import connected, forget, line
from scanners.kit.login import default_access as default_access
from scanners.kit.shell import CAP, START, Said

_T = TypeVar("_T")

_ATTEMPTS = 4
_GRACE = 5.0
_CHUNK = 65536
_AS_LOGIN = f"exec /bin/sh -c '{START}'"
# One sudo a run. Where it refuses, it has read nothing of the script, and the login's own shell takes it;
# where it ran the script, nothing is left to take.
_AS_ROOT = (
    """exec /bin/sh -c '[ "$(id -u)" != 0 ] && command -v sudo >/dev/null """
    f"&& nice -n 19 sudo -n -- /bin/sh -s; {START}'"
)


class SshShell:
    """A shell on another machine. Each `run` is one connection and one exec."""

    def __init__(
        self,
        address: str,
        login: str,
        *,
        access: Access,
        port: int = 22,
        name: str = "",
        through: Login | None = None,
    ) -> None:
        self._login = Login(address=address, account=login, port=port, name=name, through=through)
        self._access = access

    def run(self, script: bytes, *, timeout: float) -> Said:
        """Run the script there.

        Raises `Unreachable`, `TimedOut`, `LoginRefused`, `HostKeyRefused`, or `Garbled` for no SSH server.
        """
        command = _AS_ROOT if self._access.sudo else _AS_LOGIN

        async def talk(connection: asyncssh.SSHClientConnection) -> Said:
            try:
                return await _exec(connection, command, script, timeout)
            except asyncssh.ChannelOpenError as error:
                raise Garbled(f"{self._login.where} opens no shell: {line(error.reason)}") from error

        return self.over(talk, timeout=timeout)

    def over(self, work: Callable[[asyncssh.SSHClientConnection], Awaitable[_T]], *, timeout: float) -> _T:
        """What the work gives over one connection that is logged in, within `timeout` seconds.

        Raises what `run` raises, and what the work does.
        """
        ways = 2 if self._login.through else 1
        limit = self._access.connect_timeout * _ATTEMPTS * ways + timeout + _GRACE
        return _wait_for(self._connected_to(work), limit)

    async def _connected_to(self, work: Callable[[asyncssh.SSHClientConnection], Awaitable[_T]]) -> _T:
        async with AsyncExitStack() as stack:
            connection = await connected(self._login, self._access, stack)
            stack.callback(connection.abort)
            return await work(connection)


async def _exec(
    connection: asyncssh.SSHClientConnection, command: str, script: bytes, seconds: float
) -> Said:
    """Run the command with the script as its input; what it says beyond the cap or the time is left."""
    heard = bytearray()
    try:
        async with asyncio.timeout(seconds):
            process = await connection.create_process(command, encoding=None, stderr=asyncssh.DEVNULL)
            process.stdin.write(script)
            process.stdin.write_eof()
            while chunk := await process.stdout.read(_CHUNK):
                heard += chunk
                if len(heard) > CAP:
                    return Said(stdout=bytes(heard[:CAP]), cut=Reason.GARBLED)
            await process.wait_closed()
    except TimeoutError:
        return Said(stdout=bytes(heard), cut=Reason.TIMED_OUT)
    except (asyncssh.DisconnectError, OSError):
        return Said(stdout=bytes(heard), cut=Reason.UNREACHABLE)
    return Said(stdout=bytes(heard))


def _wait_for(work: Coroutine[Any, Any, _T], seconds: float) -> _T:
    """The result of the work, done by the loop's thread."""
    future = asyncio.run_coroutine_threadsafe(work, _loop(os.getpid()))
    try:
        return future.result(seconds)
    except TimeoutError as error:
        future.cancel()
        raise TimedOut(f"the talk was given up after {seconds:g} s") from error


_LOOPS: dict[int, asyncio.AbstractEventLoop] = {}
_LOOPS_GUARD = threading.Lock()


def _loop(process: int) -> asyncio.AbstractEventLoop:
    """The one event loop of this process, which runs in a thread of its own; a fork gets a new one."""
    with _LOOPS_GUARD:  # many threads may come first at once, and queues belong to one loop
        if process not in _LOOPS:
            _LOOPS.clear()
            forget()
            _LOOPS[process] = asyncio.new_event_loop()
            threading.Thread(target=_LOOPS[process].run_forever, name="ssh", daemon=True).start()
        return _LOOPS[process]
