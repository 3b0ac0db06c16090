"""A shell on a host over SSH: pinned host keys, one exec (RFC 4251 to 4254, by asyncssh).

This module and `forward` alone know `async`: their callers are threads, and one event loop serves them all.
"""

import asyncio
import os
import random
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import asyncssh

from scanners import Garbled, HostKeyRefused, LoginRefused, ScanError, TimedOut, Unreachable
from scanners.facts import Reason
from scanners.kit.hostkeys import Pins, Trust, refusal
from scanners.kit.shell import CAP, START, Said

_T = TypeVar("_T")

HANDSHAKES = 8
"""Handshakes in flight at one address: sshd's default MaxStartups 10:30:100 drops some beyond ten."""

_ATTEMPTS = 4
_GRACE = 5.0
_CHUNK = 65536
_DEFAULT_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")
_ALGORITHMS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
_AS_LOGIN = f"exec /bin/sh -c '{START}'"
# sudo is first given the very same command with nothing to do: would it run without a password?
_AS_ROOT = (
    """exec /bin/sh -c 'if [ "$(id -u)" != 0 ] && sudo -n -- /bin/sh -s </dev/null >/dev/null 2>&1; """
    f"then exec nice -n 19 sudo -n -- /bin/sh -s; fi; {START}'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What is needed to log in, the same for many hosts; keys are objects, for files cost 100 ms a host."""

    trust: Trust
    keys: tuple[asyncssh.SSHKey, ...] = ()
    agent: str = ""
    """Path of an ssh-agent's socket; empty for none."""
    connect_timeout: float = 10.0
    """Seconds from the first packet to the end of the login."""
    sudo: bool = True
    """Run the script by `sudo -n` where the login is not root and sudo asks for no password."""


class SshShell:
    """A shell on another machine. Each `run` is one connection and one exec."""

    def __init__(self, address: str, login: str, *, access: Access, port: int = 22, name: str = "") -> None:
        self._address = address
        self._login = login
        self._access = access
        self._port = port
        self._name = name

    def run(self, script: bytes, *, timeout: float) -> Said:
        """Run the script there.

        Raises `Unreachable`, `TimedOut`, `LoginRefused`, `HostKeyRefused`, or `Garbled` for no SSH server.
        """
        command = _AS_ROOT if self._access.sudo else _AS_LOGIN

        async def talk(connection: asyncssh.SSHClientConnection) -> Said:
            try:
                return await _exec(connection, command, script, timeout)
            except asyncssh.ChannelOpenError as error:
                raise Garbled(f"{self._where} opens no shell: {_line(error.reason)}") from error

        return self.over(talk, timeout=timeout)

    def over(self, work: Callable[[asyncssh.SSHClientConnection], Awaitable[_T]], *, timeout: float) -> _T:
        """What the work gives over one connection that is logged in, within `timeout` seconds.

        Raises what `run` raises, and what the work does.
        """
        limit = self._access.connect_timeout * _ATTEMPTS + timeout + _GRACE
        return _wait_for(self._connected_to(work), limit)

    async def _connected_to(self, work: Callable[[asyncssh.SSHClientConnection], Awaitable[_T]]) -> _T:
        async with AsyncExitStack() as stack:
            connection = await self._connected(stack)
            stack.callback(connection.abort)
            return await work(connection)

    @property
    def _where(self) -> str:
        return self._address if self._port == 22 else f"{self._address} port {self._port}"  # noqa: PLR2004 (SSH's own)

    async def _connected(self, stack: AsyncExitStack) -> asyncssh.SSHClientConnection:
        """A connection that is logged in; one lost before the login begins is tried again later."""
        pins = self._access.trust.pins(self._name, self._address, self._port)
        keys = await self._login_keys(stack)
        for attempt in range(_ATTEMPTS):
            client = _Client(pins, self._access.trust)
            try:
                async with _turn(self._address), asyncio.timeout(self._access.connect_timeout):
                    connection = await self._handshake(client, pins, keys, attempt)
            except (asyncssh.ConnectionLost, ConnectionResetError) as error:
                if client.login_began or attempt + 1 == _ATTEMPTS:
                    raise Unreachable(
                        f"{self._where} closed the connection before the login was done"
                    ) from error
                await asyncio.sleep(random.uniform(0.1, 0.5) * 2**attempt)  # noqa: S311 (jitter, not a secret)
            except (OSError, asyncssh.Error, ValueError) as error:
                raise self._explained(error, client, pins) from error
            else:
                self._record(client, connection)
                return connection
        raise AssertionError

    async def _login_keys(self, stack: AsyncExitStack) -> list[Any]:
        if not self._access.agent:
            return list(self._access.keys)
        try:
            agent = await asyncssh.connect_agent(self._access.agent)
            if agent is None:
                return list(self._access.keys)
            stack.callback(agent.close)
            return [*self._access.keys, *await agent.get_keys()]
        except (OSError, ValueError):
            return list(self._access.keys)

    async def _handshake(
        self, client: "_Client", pins: Pins, keys: list[Any], attempt: int
    ) -> asyncssh.SSHClientConnection:
        if not keys:
            raise LoginRefused(
                "there is no key to log in with: give one, start ssh-agent, or make ~/.ssh/id_ed25519"
            )
        return await asyncssh.connect(
            self._address,
            self._port,
            config=None,
            username=self._login,
            client_factory=lambda: client,
            client_keys=keys,
            agent_path=None,
            known_hosts=lambda *_: (pins.keys, pins.authorities, pins.revoked),
            server_host_key_algs=_algorithms(pins, attempt),
            preferred_auth=("publickey",),
            client_version="scan",
        )

    def _explained(self, error: Exception, client: "_Client", pins: Pins) -> ScanError:
        """What happened, in one line, as one of our errors."""
        match error:
            case TimeoutError():
                return TimedOut(f"{self._where} finished no login within {self._access.connect_timeout:g} s")
            case asyncssh.HostKeyNotVerifiable():
                return HostKeyRefused(refusal(self._where, client.shown, pins))
            case asyncssh.PermissionDenied():
                return LoginRefused(
                    f"{self._where} refused the login {_line(self._login)}: no key was accepted"
                )
            case asyncssh.DisconnectError() if "authentication failures" in error.reason:
                return LoginRefused(
                    f"{self._where} refused the login {_line(self._login)}: too many keys were tried"
                )
            case OSError():
                return Unreachable(f"{self._where} cannot be reached: {_fault(error)}")
            case _:
                return Garbled(f"{self._where} does not speak SSH as it should: {_line(error)}")

    def _record(self, client: "_Client", connection: asyncssh.SSHClientConnection) -> None:
        """Tell of a first contact, now that the host has proved that it holds the key."""
        key = connection.get_server_host_key()
        if client.is_first and self._access.trust.first_contact and key:
            line = key.export_public_key("openssh").decode().strip()
            self._access.trust.first_contact(self._address, self._port, line)


def default_access(trust: Trust, *, key_files: Sequence[Path] = (), connect_timeout: float = 10.0) -> Access:
    """Access with the keys of these files, else of the user's ssh-agent and ~/.ssh/id_*.

    Raises `LoginRefused` if a file that was named cannot be used.
    """
    if key_files:
        return Access(
            trust=trust, keys=tuple(_loaded(path) for path in key_files), connect_timeout=connect_timeout
        )
    found = []
    for path in (Path.home() / ".ssh" / name for name in _DEFAULT_KEYS):
        try:
            found.append(_loaded(path))
        except LoginRefused:
            continue  # nobody named this file; the agent may hold its key
    agent = os.environ.get("SSH_AUTH_SOCK", "")
    return Access(trust=trust, keys=tuple(found), agent=agent, connect_timeout=connect_timeout)


def _loaded(path: Path) -> asyncssh.SSHKey:
    try:
        return asyncssh.read_private_key(path)
    except OSError as error:
        raise LoginRefused(f"the key file {path} cannot be read: {error.strerror}") from error
    except asyncssh.KeyEncryptionError as error:
        raise LoginRefused(f"the key file {path} has a passphrase: add it to ssh-agent instead") from error
    except asyncssh.KeyImportError as error:
        raise LoginRefused(f"the key file {path} holds no private key that can be used") from error


class _Client(asyncssh.SSHClient):
    """Judges a host key that is not pinned, and remembers what was shown."""

    def __init__(self, pins: Pins, trust: Trust) -> None:
        self._may_be_new = trust.first_contact is not None and not (pins.keys or pins.authorities)
        self.shown: asyncssh.SSHKey | None = None
        self.is_first = False
        self.login_began = False

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002 (asyncssh's signature)
        """Whether a key that no pin names is taken: only on first contact, if that is allowed."""
        self.shown = key
        self.is_first = self._may_be_new
        return self._may_be_new

    def begin_auth(self, username: str) -> None:  # noqa: ARG002 (asyncssh's signature)
        """Note that the login begins: what fails from here on is not tried again."""
        self.login_began = True


def _algorithms(pins: Pins, attempt: int) -> list[str] | None:
    """Host key algorithms to ask for: those of the pins first, then any: a changed key is to be seen."""
    if pins.authorities:
        return None
    if attempt >= 2 and not pins.keys:  # noqa: PLR2004 (some dropbear servers die on the full list)
        return ["ssh-ed25519"]
    own = [algorithm.decode() for key in pins.keys for algorithm in key.sig_algorithms]
    return list(dict.fromkeys([*own, *_ALGORITHMS]))


def _fault(error: OSError) -> str:
    """The system's own words for it; asyncio hides them behind its own."""
    return os.strerror(error.errno) if error.errno else _line(error)


def _line(text: object) -> str:
    """A foreign text as one short printable line."""
    return "".join(c if c.isprintable() else "?" for c in str(text))[:160]


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


_TURNS: dict[str, asyncio.Semaphore] = {}


def _turn(address: str) -> asyncio.Semaphore:
    """The queue for handshakes at one address; touched by the loop's thread alone."""
    return _TURNS.setdefault(address, asyncio.Semaphore(HANDSHAKES))


def _wait_for(work: Coroutine[Any, Any, _T], seconds: float) -> _T:
    """The result of the work, done by the loop's thread."""
    future = asyncio.run_coroutine_threadsafe(work, _loop(os.getpid()))
    try:
        return future.result(seconds)
    except TimeoutError as error:
        future.cancel()
        raise TimedOut(f"the talk was given up after {seconds:g} s") from error


@cache
def _loop(_process: int) -> asyncio.AbstractEventLoop:
    """The event loop of this process, which runs in a thread of its own; a fork gets a new one."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="ssh", daemon=True).start()
    _TURNS.clear()
    return loop
