"""A login on a host over SSH: keys, pinned host keys, few handshakes at once, and the way by a jump host.

Everything here runs in the event loop's thread (see `scanners.kit.ssh`).
"""

import asyncio
import os
import random
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from scanners import Garbled, HostKeyRefused, LoginRefused, ScanError, TimedOut, Unreachable
from scanners.kit.hostkeys import Pins, Trust, refusal

HANDSHAKES = 8
"""Handshakes in flight at one address or behind one jump host: sshd's MaxStartups 10:30:100 drops more."""

_ATTEMPTS = 4
_LINGER = 15.0
"""Seconds that a jump host's connection is kept when nobody uses it."""
_GRUDGE = 60.0
"""Seconds that a jump host which refused us is not asked again, whoever wants to go through it."""
_SSH = 22
_DEFAULT_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")
_ALGORITHMS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)


_SIGNED = tuple(f"{algorithm}-cert-v01@openssh.com" for algorithm in _ALGORITHMS)
"""Keys with an authority's certificate."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Where to log in, as whom, and through which jump host."""

    address: str
    account: str
    port: int = _SSH
    name: str = ""
    """The DNS name that the host's key is pinned under; empty if none."""
    through: "Login | None" = None

    @property
    def where(self) -> str:
        """The place, for messages."""
        return self.address if self.port == _SSH else f"{self.address} port {self.port}"


async def connected(login: Login, access: Access, stack: AsyncExitStack) -> asyncssh.SSHClientConnection:
    """A connection that is logged in; one lost before the login begins is tried again later.

    Raises `Unreachable`, `TimedOut`, `LoginRefused`, `HostKeyRefused`, or `Garbled` for no SSH server.
    """
    pins = access.trust.pins(login.name, login.address, login.port)
    keys = await _login_keys(access, stack)
    for attempt in range(_ATTEMPTS):
        client = _Client(pins, access.trust)
        tunnel = await _jump(login.through, access, stack) if login.through else None
        try:
            async with _turn(login), asyncio.timeout(access.connect_timeout):
                options = _options(login, client, pins, keys, attempt)
                connection = await asyncssh.connect(login.address, login.port, tunnel=tunnel, **options)
        except (asyncssh.ConnectionLost, asyncssh.ChannelOpenError, ConnectionResetError) as error:
            if isinstance(error, asyncssh.ChannelOpenError) and not (tunnel and tunnel.is_closed()):
                raise _explained(error, login, client, pins, access) from error
            if client.login_began or attempt + 1 == _ATTEMPTS:
                raise Unreachable(f"{login.where} closed the connection before the login was done") from error
            await asyncio.sleep(random.uniform(0.1, 0.5) * 2**attempt)  # noqa: S311 (jitter, not a secret)
        except (OSError, asyncssh.Error, ValueError) as error:
            raise _explained(error, login, client, pins, access) from error
        else:
            _record(login, client, connection, access.trust)
            return connection
    raise AssertionError


def _options(login: Login, client: "_Client", pins: Pins, keys: list[Any], attempt: int) -> dict[str, Any]:
    if not keys:
        raise LoginRefused(
            "there is no key to log in with: give one, start ssh-agent, or make ~/.ssh/id_ed25519"
        )
    return {
        "config": None,
        "username": login.account,
        "client_factory": lambda: client,
        "client_keys": keys,
        "agent_path": None,
        "known_hosts": lambda *_: (pins.keys, pins.authorities, pins.revoked),
        "server_host_key_algs": _algorithms(pins, attempt),
        "preferred_auth": ("publickey",),
        "client_version": "scan",
    }


async def _login_keys(access: Access, stack: AsyncExitStack) -> list[Any]:
    if not access.agent:
        return list(access.keys)
    try:
        agent = await asyncssh.connect_agent(access.agent)
        if agent is None:
            return list(access.keys)
        stack.callback(agent.close)
        return [*access.keys, *await agent.get_keys()]
    except (OSError, ValueError):
        return list(access.keys)


@dataclass(slots=True)
class _Jump:
    """A jump host's one connection, which all hosts behind it share."""

    access: Access
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    connection: asyncssh.SSHClientConnection | None = None
    users: int = 0
    refused: ScanError | None = None
    refused_at: float = 0.0


_JUMPS: dict[tuple[Login, int], _Jump] = {}
"""By the jump host and the access that it was made with, which the value keeps."""


async def _jump(login: Login, access: Access, stack: AsyncExitStack) -> asyncssh.SSHClientConnection:
    """The jump host's connection, made if there is none or the last one was lost."""
    jump = _JUMPS.setdefault((login, id(access)), _Jump(access=access))
    jump.users += 1
    stack.callback(_leave, jump)
    now = asyncio.get_running_loop().time
    async with jump.lock:
        if jump.refused and now() < jump.refused_at + _GRUDGE:
            raise type(jump.refused)(*jump.refused.args)
        if jump.connection is None or jump.connection.is_closed():
            own = AsyncExitStack()
            try:
                jump.connection = await connected(login, access, own)
                jump.refused = None
            except ScanError as error:
                jump.refused = type(error)(f"the way through a jump host: {error}")
                jump.refused_at = now()
                raise jump.refused from error
            finally:
                await own.aclose()
        return jump.connection


def _leave(jump: _Jump) -> None:
    """One user less; a connection that nobody uses for a while is closed."""
    jump.users -= 1

    def close_idle() -> None:
        if jump.users == 0 and jump.connection is not None:
            jump.connection.abort()
            jump.connection = None

    if jump.users == 0:
        asyncio.get_running_loop().call_later(_LINGER, close_idle)


_TURNS: dict[tuple[str, bool], asyncio.Semaphore] = {}


def _turn(login: Login) -> asyncio.Semaphore:
    """The queue for handshakes at one address, or behind one jump host."""
    place = (login.through.address, True) if login.through else (login.address, False)
    return _TURNS.setdefault(place, asyncio.Semaphore(HANDSHAKES))


def forget() -> None:
    """Forget queues and connections: they belong to the event loop of another process."""
    _TURNS.clear()
    _JUMPS.clear()


def _explained(error: Exception, login: Login, client: "_Client", pins: Pins, access: Access) -> ScanError:
    """What happened, in one line, as one of our errors."""
    match error:
        case TimeoutError():
            return TimedOut(f"{login.where} finished no login within {access.connect_timeout:g} s")
        case asyncssh.HostKeyNotVerifiable():
            return HostKeyRefused(refusal(login.where, client.shown, pins))
        case asyncssh.DisconnectError() if why := _refusal(error):
            return LoginRefused(f"{login.where} refused the login {line(login.account)}: {why}")
        case asyncssh.ChannelOpenError() if login.through:
            return Unreachable(
                f"{login.where} cannot be reached through {login.through.where}: {line(error.reason)}"
            )
        case OSError():
            return Unreachable(f"{login.where} cannot be reached: {_fault(error)}")
        case _:
            return Garbled(f"{login.where} does not speak SSH as it should: {line(error)}")


def _refusal(error: asyncssh.DisconnectError) -> str:
    """Why the login was refused; empty if the connection ended for another reason."""
    if isinstance(error, asyncssh.PermissionDenied):
        return "no key was accepted"
    return "too many keys were tried" if "authentication failures" in error.reason else ""


def _record(login: Login, client: "_Client", connection: asyncssh.SSHClientConnection, trust: Trust) -> None:
    """Tell of a first contact, now that the host has proved that it holds the key."""
    key = connection.get_server_host_key()
    if client.is_first and trust.first_contact and key:
        shown = key.export_public_key("openssh").decode().strip()
        trust.first_contact(login.address, login.port, shown)


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


def _algorithms(pins: Pins, attempt: int) -> list[str]:
    """Host key algorithms to ask for: those of the pins first, then any: a changed key is to be seen."""
    signed = list(_SIGNED) if pins.authorities else []
    if attempt >= 2 and not (pins.keys or signed):  # noqa: PLR2004 (some dropbear servers die on the full list)
        return ["ssh-ed25519"]
    own = [algorithm.decode() for key in pins.keys for algorithm in key.sig_algorithms]
    return list(dict.fromkeys([*own, *signed, *_ALGORITHMS]))


def _fault(error: OSError) -> str:
    """The system's own words for it; asyncio hides them behind its own."""
    return os.strerror(error.errno) if error.errno else line(error)


def line(text: object) -> str:
    """A foreign text as one short printable line."""
    return "".join(c if c.isprintable() else "?" for c in str(text))[:160]


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
