"""Hosts: how they are addressed, and what is declared about them."""

import ipaddress
import re
from dataclasses import dataclass, field
from enum import StrEnum

from compliance.model.errors import BadAddress, BadPorts
from compliance.model.inventory import HostInventory
from scanners import Pace

_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)\Z")
_NUMERIC = re.compile(r"(0[xX][0-9A-Fa-f]*|[0-9_-]+)\Z")
"""A last label that resolvers read as a number (inet_aton(3)), or nmap as a range of addresses."""
_LONGEST_NAME = 253


class Scope(StrEnum):
    """What kind of data a host touches; it decides which frameworks speak of it."""

    CARDHOLDER_DATA = "cardholder-data"
    PERSONAL_DATA = "personal-data"


@dataclass(frozen=True, slots=True)
class Address:
    """An IP address or DNS name, parsed; the only way to name a target (RFC 1123 2.1, RFC 4291)."""

    value: str

    def __post_init__(self) -> None:
        if not (_is_ip(self.value) or _is_name(self.value)):
            shown = ascii(self.value)[:80]
            raise BadAddress(
                f"{shown} is no host name or IP address",
                hint="write an IP address, or a DNS name of letters, digits, hyphens and dots",
            )

    @property
    def is_ip(self) -> bool:
        """Whether it is an IP address rather than a name."""
        return _is_ip(self.value)

    def __str__(self) -> str:
        return self.value


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _is_name(text: str) -> bool:
    bare = text.removesuffix(".")
    labels = bare.split(".")
    return (
        bool(bare)
        and len(bare) <= _LONGEST_NAME
        and all(_LABEL.match(label) for label in labels)
        and not _NUMERIC.match(labels[-1])
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A machine we answer for, as the inventory declares it."""

    name: str
    address: Address
    site: str | None = None
    zone: str | None = None
    role: str | None = None
    owner: str | None = None
    scopes: frozenset[Scope] = field(default_factory=lambda: frozenset(Scope))
    """Which data it touches; all of them until somebody declares less."""
    ports: tuple[int, ...] | None = None
    pace: Pace | None = None
    """How gently it is met; None leaves it to its role."""
    login: str = ""
    """Name of the account to log in with; never a secret."""
    declared: bool = True
    """It stands in the inventory; false for one that was only typed."""
    inventory: HostInventory | None = field(default=None, hash=False)
    """What else an inventory document declares of it; None for a host that stands in none."""


_PORTS = re.compile(r"[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*\Z")
_LAST_PORT = 65535


def parse_ports(text: str) -> tuple[int, ...]:
    """Ports as a sorted tuple, from a text such as `22,443,8000-8100`; raises `BadPorts`."""
    hint = "ports are numbers from 1 to 65535 and ranges of them, such as 22,443,8000-8100"
    compact = text.replace(" ", "")
    if not _PORTS.match(compact):
        raise BadPorts(f"{ascii(text)[:80]} is no list of ports", hint=hint)
    ports: set[int] = set()
    for part in compact.split(","):
        first, _, last = part.partition("-")
        low, high = int(first), int(last or first)
        if not 1 <= low <= high <= _LAST_PORT:
            raise BadPorts(f"{part} is no port or range of ports", hint=hint)
        ports.update(range(low, high + 1))
    return tuple(sorted(ports))
