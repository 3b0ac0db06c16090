"""Connections that a host's own sshd makes for us: direct-tcpip channels (RFC 4254 7.2), no tool there.

All go over one connection. sshd says why it could not connect, in its system's words.
"""

import asyncio
import os
import time
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

    async def made(self, doors: Sequence[Door]) -> Sequence[Answer]:
        """One answer for each door, tried by as many hands as may be at work at once."""
        can_begin = await self._reaches_itself()
        answers: dict[int, Answer] = {}
        waiting = iter(enumerate(doors))

        async def work() -> None:
            for place, door in waiting:
                answers[place] = await self._in_turn(door, can_begin=can_begin)
                self.bounds.progress(len(answers) / len(doors))
                await asyncio.sleep(min(self.bounds.pause, max(0.0, self.bounds.left)))

        await asyncio.gather(*(work() for _ in range(self.bounds.at_once)))
        return [answers[place] for place in range(len(doors))]

    async def _reaches_itself(self) -> bool:
        """Whether a try at a door that is known to be open succeeds: that of sshd itself."""
        address, port, *_ = self.connection.get_extra_info("peername")
        return (await self._tried(Door(address=address, port=port), can_begin=False)).state == "open"

    async def _in_turn(self, door: Door, *, can_begin: bool) -> Answer:
        async with _turn(door.address):
            if self.bounds.left <= 0:
                return untried(_WAY)
            return await self._tried(door, can_begin=can_begin)

    async def _tried(self, door: Door, *, can_begin: bool) -> Answer:
        try:
            async with asyncio.timeout(min(self.bounds.patience, max(0.1, self.bounds.left))):
                channel, _ = await self.connection.create_connection(_Silent, door.address, door.port)
        except TimeoutError:
            is_late = time.monotonic() >= self.bounds.until
            return untried(_WAY) if is_late else Answer(state="filtered", way=_WAY)
        except (asyncssh.Error, OSError) as error:
            if isinstance(error, asyncssh.ChannelOpenError) and not self.connection.is_closed():
                return _refused(error, can_begin=can_begin)
            return Answer(state=None, way=_WAY, reason=Reason.UNREACHABLE, detail=_BROKE)
        channel.abort()
        return Answer(state="open", way=_WAY)


class _Silent(asyncssh.SSHTCPSession[bytes]):
    """Says nothing on a channel, and drops what is said there."""


def _refused(error: asyncssh.ChannelOpenError, *, can_begin: bool) -> Answer:
    """What sshd's refusal means; only its system's own words make a door closed."""
    said = "".join(c if c.isprintable() else "?" for c in error.reason)[:_LONGEST]
    if error.code == OPEN_ADMINISTRATIVELY_PROHIBITED:
        return Answer(
            state=None,
            way=_WAY,
            reason=Reason.NOT_PERMITTED,
            detail=f"sshd may not forward there (AllowTcpForwarding, PermitOpen): {said}",
        )
    if error.code == OPEN_CONNECT_FAILED:
        if state := state_said(said):
            return Answer(state=state, way=_WAY)
        if said == _AT_ONCE_FAILED and can_begin:
            return Answer(state="filtered", way=_WAY, detail="the host itself has no way there")
    return Answer(state=None, way=_WAY, detail=f"sshd does not tell what happened: {said}")


def _turn(address: str) -> asyncio.Semaphore:
    """The queue at one address, so that a fragile device is met from one host at a time."""
    return _turns.setdefault((os.getpid(), address), asyncio.Semaphore(1))
