"""What an SSH server shows before anybody logs in: its banner, its algorithms, its ways to log in.

The algorithms stand in SSH_MSG_KEXINIT, which is sent in plain text (RFC 4253 s7.1), so no key is exchanged
to read them. Keys are shown in an exchange that is begun and left; only the ways to log in ask for a whole
one, and that is left to asyncssh.
"""

import asyncio
import re
from functools import partial

import msgspec

from scanners import Means, Need, Pace, Target
from scanners.facts import Gap, Reason
from scanners.kit.line import Ending, Line, LineEnded, Place, connected
from scanners.kit.rounds import chosen_ports, clean, gap_of, make_round
from scanners.ssh.exchange import IDENT, with_keys, with_named_groups
from scanners.ssh.facts import Names, SshEndpoint, SshFacts

USUAL_PORTS = (22, 2222)
"""Where SSH is usually met, and where silence is therefore no answer."""

_NAMED = re.compile(rb"^SSH-(\d{1,2}\.\d{1,2})-([^\s\x00]*)(?:[ \t]+([^\r\n]*))?")
_LONGEST_GREETING = 8192
_LONGEST_PACKET = 35000
"""RFC 4253 s6.1."""
_KEXINIT = 20
_LISTS = 10
_MOST_NAMES = 128
_MOST = 32
_WAITING = 3.0
"""Seconds for the first line: both sides send theirs at once (RFC 4253 s4.2)."""
_MARKERS = ("ext-info-s", "kex-strict-s-v00@openssh.com")
_LONGEST_NAME = 80
_QUANTUM_SAFE = ("mlkem", "sntrup", "kyber")
_NOBODY = "nobody"


class _Refused(Exception):
    """The exchange of keys or the request came to no end, in asyncssh's words."""


class SshScanner:
    """SSH as it shows from outside."""

    name = "ssh"
    facts = SshFacts
    need = Need.NETWORK

    def scan(self, target: Target, means: Means) -> SshFacts:
        """All SSH servers among the ports; raises `Unreachable` if no port could even be connected to."""
        look = partial(_look, asks_further=means.pace is not Pace.GENTLE)
        seen = make_round(target, means, chosen_ports(target, USUAL_PORTS), look, _undecided, most=_MOST)
        return SshFacts(endpoints=seen.found, gaps=seen.gaps)


SCANNER = SshScanner()


def _undecided(place: Place) -> SshEndpoint:
    return SshEndpoint(locus=place.locus, port=place.port, reached="undecided")


def _look(place: Place, *, asks_further: bool) -> tuple[SshEndpoint | None, tuple[Gap, ...]]:
    """What one port shows; None if it is no SSH server. Nothing is sent where nothing greets as one."""
    with connected(place) as line:
        greeting = _greeting(line)
        if greeting is None:
            return None, ()
        endpoint, rest = _introduced(place, greeting)
        if endpoint.protocol.startswith("1.") and endpoint.protocol != "1.99":
            gap = Gap(
                path=f"endpoints[{place.locus}]",
                reason=Reason.UNSUPPORTED,
                detail="it speaks version 1 alone",
            )
            return endpoint, (gap,)
        try:
            endpoint = _with_algorithms(endpoint, _kexinit(line, rest))
        except LineEnded as error:
            return endpoint, (gap_of(place, error.ending),)
        except ValueError:
            gap = Gap(path=f"endpoints[{place.locus}]", reason=Reason.GARBLED, detail="no SSH_MSG_KEXINIT")
            return endpoint, (gap,)
    if asks_further:
        endpoint, unshown = with_keys(endpoint, place)
        endpoint, untold = _with_logins(endpoint, place)
        return endpoint, (*unshown, *untold)
    detail = "a key exchange is not begun with a host that is met gently"
    endpoint, unnamed = with_named_groups(endpoint, place, detail)
    return endpoint, (
        *unnamed,
        *(
            Gap(path=f"endpoints[{place.locus}].{name}", reason=Reason.NOT_COLLECTED, detail=detail)
            for name in ("keys", "auth_methods")
        ),
    )


def _greeting(line: Line) -> bytes | None:
    """What came until the identification line was whole; None for another protocol.

    Other lines may come before it. A port that stays silent is no SSH server, unless it stands where one is
    expected: there a server may be overloaded.
    """
    try:
        heard = line.hear(
            _has_named_itself, most=_LONGEST_GREETING, seconds=min(_WAITING, line.place.timeout)
        )
    except LineEnded as error:
        is_other = bool(error.heard) and not re.search(rb"(?m)^SSH-", error.heard)
        if is_other or (error.ending is Ending.SILENT and line.place.port not in USUAL_PORTS):
            return None
        if error.ending in {Ending.CLOSED, Ending.RESET} and line.place.port not in USUAL_PORTS:
            return None
        raise
    return heard if re.search(rb"(?m)^SSH-", heard) else None


def _has_named_itself(heard: bytes) -> bool:
    """Whether an SSH line is whole, or it is plain that none will come."""
    if re.search(rb"(?m)^SSH-[^\n]*\n", heard):
        return True
    return b"\n" in heard and not re.search(rb"(?m)^SSH-", heard) and _is_foreign(heard)


def _is_foreign(heard: bytes) -> bool:
    """Whether it greets as mail, FTP, the web or a database do."""
    return re.match(rb"(\d{3}[ -]|\+OK|\* |HTTP/|-ERR|RFB )", heard) is not None


def _introduced(place: Place, greeting: bytes) -> tuple[SshEndpoint, bytes]:
    """Who it says it is, and the bytes that came behind its line."""
    start = greeting.index(b"SSH-")
    line, _, rest = greeting[start:].partition(b"\n")
    named = _NAMED.match(line)
    endpoint = SshEndpoint(locus=place.locus, port=place.port, reached="answered", banner=clean(line, 255))
    if named is None:
        return msgspec.structs.replace(endpoint, protocol="", software="", comment=""), rest
    return msgspec.structs.replace(
        endpoint,
        protocol=named[1].decode("ascii"),
        software=clean(named[2], _LONGEST_NAME),
        comment=clean(named[3] or b"", _LONGEST_NAME),
    ), rest


def _kexinit(line: Line, heard: bytes) -> tuple[Names, ...]:
    """The ten name lists of SSH_MSG_KEXINIT; raises `ValueError` for other bytes, `LineEnded` for none."""
    line.send(IDENT)
    if not _is_whole(heard):
        heard += line.hear(lambda more: _is_whole(heard + more), most=_LONGEST_PACKET)
    length = int.from_bytes(heard[:4], "big")
    payload = heard[5 : 4 + length - heard[4]]
    if len(payload) < 17 or payload[0] != _KEXINIT:  # noqa: PLR2004 - the type and the cookie
        raise ValueError("no SSH_MSG_KEXINIT")
    lists, at = [], 17
    for _ in range(_LISTS):
        size = int.from_bytes(payload[at : at + 4], "big")
        if at + 4 + size > len(payload):
            raise ValueError("a name list is cut short")
        names = payload[at + 4 : at + 4 + size].decode("ascii", "replace").split(",")
        lists.append(tuple(clean(name, _LONGEST_NAME) for name in names[:_MOST_NAMES] if name))
        at += 4 + size
    return tuple(lists)


def _is_whole(heard: bytes) -> bool:
    """Whether a packet is there, or bytes that can be none (RFC 4253 s6)."""
    length = int.from_bytes(heard[:4], "big") if len(heard) > 4 else 0  # noqa: PLR2004 - the length itself
    return length > _LONGEST_PACKET or 0 < length <= len(heard) - 4


def _with_algorithms(endpoint: SshEndpoint, lists: tuple[Names, ...]) -> SshEndpoint:
    """The endpoint with what its lists say."""
    kex, host_keys = lists[0], lists[1]
    ciphers, macs, compression = (tuple(dict.fromkeys(lists[at] + lists[at + 1])) for at in (2, 4, 6))
    is_strict = "kex-strict-s-v00@openssh.com" in kex
    has_cut = "chacha20-poly1305@openssh.com" in ciphers or (
        any(name.endswith("-cbc") for name in ciphers) and any("-etm@" in name for name in macs)
    )
    return msgspec.structs.replace(
        endpoint,
        kex=tuple(name for name in kex if name not in _MARKERS),
        host_keys=host_keys,
        ciphers=ciphers,
        macs=macs,
        compression=compression,
        strict_kex=is_strict,
        terrapin=has_cut and not is_strict,
        post_quantum=any(name.startswith(_QUANTUM_SAFE) for name in kex),
    )


def _with_logins(endpoint: SshEndpoint, place: Place) -> tuple[SshEndpoint, tuple[Gap, ...]]:
    """The endpoint with the ways to log in, by the `none` request (RFC 4252 s5.2): no secret is tried."""
    try:
        methods = asyncio.run(asyncio.wait_for(_login_methods(place), place.timeout))
    except (OSError, _Refused, TimeoutError, ValueError) as error:
        detail = clean(f"the ways to log in were not told: {error or 'no answer in time'}")
        path = f"endpoints[{place.locus}].auth_methods"
        return endpoint, (Gap(path=path, reason=Reason.INCONCLUSIVE, detail=detail),)
    return msgspec.structs.replace(endpoint, auth_methods=methods), ()


async def _login_methods(place: Place) -> Names:
    """What asyncssh is told; no key, agent or configuration of ours is touched.

    It is loaded here, for it takes 0.16 s and most scans meet no SSH server.
    """
    import asyncssh  # noqa: PLC0415 (as the docstring says)

    options = asyncssh.SSHClientConnectionOptions(
        config=None, client_keys=None, agent_path=None, known_hosts=None, username=_NOBODY
    )
    try:
        told = await asyncssh.get_server_auth_methods(
            place.address, place.port, username=_NOBODY, config=None, options=options
        )
    except asyncssh.Error as error:
        raise _Refused(str(error)) from error
    return tuple(clean(method, _LONGEST_NAME) for method in told)
