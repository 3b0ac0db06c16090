"""Connections that a host's own sshd makes for us: direct-tcpip channels (RFC 4254 7.2), no tool there.

All go over one connection. sshd says why it could not connect, in its system's words.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass

import asyncssh
from asyncssh.constants import OPEN_ADMINISTRATIVELY_PROHIBITED, OPEN_CONNECT_FAILED

from scanners.facts import Reason
from scanners.kit.knock import Answer, Bounds, Door, Way, state_said, untried
from scanners.kit.ssh import SshShell

_WAY: Way = "forward"
_AT_ONCE_FAILED = "open failed"
"""What OpenSSH says where its host could not even begin: no route, or a filter of its own (serverloop.c)."""
_BROKE = "the line to the vantage point broke"
_SAYS_YES = "the SSH server says of every door that it is open"
_MAY_NOT = "sshd may not forward there (AllowTcpForwarding, PermitOpen)"
_NOBODY = Door(address="127.0.0.1", port=1)
"""A door of the host's own where nobody listens: any word about it shows that the line is alive."""
_LONGEST = 120
_turns: dict[tuple[int, str], asyncio.Semaphore] = {}


class SshKnocker:
    """Tries connections from the host of an SSH login, by its sshd alone."""

    def __init__(self, shell: SshShell) -> None:
        self._shell = shell

    def knock(self, doors: Sequence[Door], bounds: Bounds) -> Sequence[Answer]:
        """One answer for each door; a line that breaks leaves the rest unknown. Raises what `run` raises."""

        async def work(connection: asyncssh.SSHClientConnection) -> Sequence[Answer]:
            return await _Round(connection, bounds).made(doors)

        return self._shell.over(work, timeout=max(1.0, bounds.left))


@dataclass(slots=True)
class _Round:
    """One round of tries over a connection."""

    connection: asyncssh.SSHClientConnection
    bounds: Bounds
    can_begin: bool = False
    """A try at a door that is known to be open succeeded: that of sshd itself."""
    opens_all: bool = False
    """A try at a door where nobody listens succeeded too: this server says yes before it knows."""

    async def made(self, doors: Sequence[Door]) -> Sequence[Answer]:
        """One answer for each door, tried by as many hands as may be at work at once."""
        address, port, *_ = self.connection.get_extra_info("peername")
        self.can_begin = await self._told(Door(address=address, port=port)) is _OPEN
        self.opens_all = await self._told(_NOBODY) is _OPEN
        answers: dict[int, Answer] = {}
        waiting = iter(enumerate(doors))

        async def work() -> None:
            for place, door in waiting:
                answers[place] = await self._in_turn(door)
                self.bounds.progress(len(answers) / len(doors))
                await asyncio.sleep(min(self.bounds.pause, max(0.0, self.bounds.left)))

        await asyncio.gather(*(work() for _ in range(self.bounds.at_once)))
        return [answers[place] for place in range(len(doors))]

    async def _in_turn(self, door: Door) -> Answer:
        async with _turn(door.address):
            if self.bounds.left <= 0:
                return untried(_WAY)
            told = await self._told(door)
        if told is _SILENT and self.bounds.left <= 0:
            return untried(_WAY)
        if self.connection.is_closed() or (told is _SILENT and await self._told(_NOBODY) is _SILENT):
            return Answer(state=None, way=_WAY, reason=Reason.UNREACHABLE, detail=_BROKE)
        return self._understood(told)

    async def _told(self, door: Door) -> "_Told":
        """What the server says of one door, within the patience for one."""
        try:
            async with asyncio.timeout(min(self.bounds.patience, max(0.1, self.bounds.left))):
                channel, _ = await self.connection.create_connection(_Mute, door.address, door.port)
        except TimeoutError:
            return _SILENT
        except asyncssh.ChannelOpenError as error:
            return _Told(code=error.code, words=_printable(error.reason))
        except (asyncssh.Error, OSError) as error:
            return _Told(words=_printable(str(error)))
        channel.abort()
        return _OPEN

    def _understood(self, told: "_Told") -> Answer:
        """What the server's words mean; only its system's own make a door closed."""
        if told is _OPEN and self.opens_all:
            return Answer(state=None, way=_WAY, reason=Reason.UNSUPPORTED, detail=_SAYS_YES)
        if told is _OPEN:
            return Answer(state="open", way=_WAY)
        if told is _SILENT:
            return Answer(state="filtered", way=_WAY)
        return self._refused(told)

    def _refused(self, told: "_Told") -> Answer:
        if told.code == OPEN_ADMINISTRATIVELY_PROHIBITED:
            return Answer(
                state=None, way=_WAY, reason=Reason.NOT_PERMITTED, detail=f"{_MAY_NOT}: {told.words}"
            )
        if told.code == OPEN_CONNECT_FAILED:
            if state := state_said(told.words):
                return Answer(state=state, way=_WAY)
            if told.words == _AT_ONCE_FAILED and self.can_begin:
                return Answer(state="filtered", way=_WAY, detail="the host itself has no way there")
        return Answer(state=None, way=_WAY, detail=f"sshd does not tell what happened: {told.words}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """How a server refused, in its own words."""

    code: int = 0
    words: str = ""


_OPEN = _Told(words="open")
_SILENT = _Told(words="silent")


class _Mute(asyncssh.SSHTCPSession[bytes]):
    """Says nothing on a channel, and drops what is said there."""


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)[:_LONGEST]


def _turn(address: str) -> asyncio.Semaphore:
    """The queue at one address, so that a fragile device is met from one host at a time."""
    return _turns.setdefault((os.getpid(), address), asyncio.Semaphore(1))
