"""Which host keys are trusted for which host: pins are looked up, no file is read for each host."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from scanners import HostKeyRefused

_SSH = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """The keys that a host may show, the authorities that may vouch for it, and keys that nobody may show."""

    keys: tuple[asyncssh.SSHKey, ...] = ()
    authorities: tuple[asyncssh.SSHKey, ...] = ()
    revoked: tuple[asyncssh.SSHKey, ...] = ()


PinLookup = Callable[[str, str, int], Pins]
"""Gives the pins for a name (may be empty), an address and a port."""

FirstContact = Callable[[str, int, str], None]
"""Told address, port and key (`ssh-ed25519 AAAA...`) of a host met for the first time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How host keys are judged: strictly, unless somebody is there who records first contacts."""

    pins: PinLookup
    first_contact: FirstContact | None = None
    """None refuses a host without pins; a changed key is refused in any case."""


def no_pins(_name: str, _address: str, _port: int) -> Pins:
    """Pin nothing: in strict mode every host is refused."""
    return Pins()


def pinned(lines: Iterable[str]) -> Pins:
    """Pins from public keys in OpenSSH's form; raises `HostKeyRefused` if one is none."""
    try:
        return Pins(keys=tuple(asyncssh.import_public_key(line) for line in lines))
    except asyncssh.KeyImportError as error:
        raise HostKeyRefused(f"a pinned host key cannot be read: {error}") from error


def known_hosts_pins(path: Path) -> PinLookup:
    """A lookup in a known_hosts file (sshd(8)) read now and once; an absent one pins nothing.

    Raises `HostKeyRefused` if the file cannot be understood.
    """
    try:
        known = asyncssh.import_known_hosts(path.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return no_pins
    except (OSError, ValueError) as error:
        raise HostKeyRefused(f"{path} cannot be read as known_hosts: {error}") from error

    def lookup(name: str, address: str, port: int) -> Pins:
        keys, authorities, revoked, *_ = known.match(name or address, address, None if port == _SSH else port)
        return Pins(keys=tuple(keys), authorities=tuple(authorities), revoked=tuple(revoked))

    return lookup


def refusal(where: str, shown: asyncssh.SSHKey | None, pins: Pins) -> str:
    """Why a host's key was not taken, in one line: what it showed, and what was expected."""
    seen = "its key is revoked, or its certificate is not for it"
    if shown:
        seen = f"it showed {shown.get_algorithm()} {shown.get_fingerprint()}"
    if not (pins.keys or pins.authorities):
        return f"no host key is pinned for {where}; {seen}"
    expected = ", ".join(key.get_fingerprint() for key in pins.keys) or "one signed by the pinned authority"
    return f"the host key of {where} is not the pinned one; {seen}, expected {expected}"
