"""Hosts that are never touched: refused before any packet is sent to them, with a reason that is printed."""

import ipaddress
import socket
from collections.abc import Callable, Iterable

from compliance.model.errors import BadAddress, BadSettings
from compliance.model.host import Address, Host

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Refuse = Callable[[Host], str]
"""Why a host may not be looked at; empty if it may."""
_HERE = ("127.0.0.1", "::1")


def refuser(excluded: Iterable[str]) -> Refuse:
    """Refuses hosts in these addresses, networks and names; raises `BadSettings` for a word that is none.

    A name is refused by itself, and by every address that it has when its turn comes; one whose addresses
    cannot be learned is refused too, because nobody knows where it would lead.
    """
    networks: list[tuple[Network, str]] = []
    names: set[str] = set()
    for word in excluded:
        try:
            networks.append((ipaddress.ip_network(word, strict=False), word))
        except ValueError:
            names.add(_name(word))

    def refuse(host: Host) -> str:
        if not networks and not names:
            return ""
        if _plain(host.name) in names or _plain(host.address.value) in names:
            return f"{host.address} is excluded by the settings (scan.excluded)"
        addresses = _addresses(host)
        if not addresses:
            return f"{host.address} has no address that could be held against scan.excluded"
        within = (word for address in addresses for network, word in networks if _is_in(address, network))
        word = next(within, "")
        return f"{host.address} is in {word}, which the settings exclude (scan.excluded)" if word else ""

    return refuse


def _name(word: str) -> str:
    try:
        return _plain(Address(word).value)
    except BadAddress as error:
        raise BadSettings(
            f"scan.excluded: {ascii(word)[:80]} is no address, network or name",
            hint="write 192.0.2.7, 192.0.2.0/24, 2001:db8::/32 or a DNS name",
        ) from error


def _plain(name: str) -> str:
    return name.lower().removesuffix(".")


def _addresses(host: Host) -> tuple[str, ...]:
    """Every address that the host has now."""
    text = host.address.value
    if _plain(text) == "localhost":
        return _HERE
    if host.address.is_ip:
        return (text,)
    try:
        return tuple({str(place[0]) for *_, place in socket.getaddrinfo(text, None)})
    except (OSError, UnicodeError):
        return ()


def _is_in(text: str, network: Network) -> bool:
    """Whether an address lies in a network; one of IPv4 written in IPv6 is what it stands for."""
    address = ipaddress.ip_address(text.partition("%")[0])
    within = getattr(address, "ipv4_mapped", None) or address
    return address in network or within in network
