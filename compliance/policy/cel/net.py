"""IP addresses and networks in CEL (cel-spec, network extension), and versions of packages."""

import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_address, ip_interface
from typing import Any

from compliance.model.version import BadVersion, Version
from compliance.model.version import version as read_version
from compliance.policy.cel.values import Failure

Address = IPv4Address | IPv6Address
Network = IPv4Interface | IPv6Interface
_MAPPED_TEXT = re.compile(r"::ffff:\d+\.", re.IGNORECASE)


def ip(text: Any) -> Address:
    """`ip(text)`; raises `Failure`."""
    if not isinstance(text, str):
        raise Failure("no such overload: ip()")
    _refuse(text, "IP Address")
    try:
        found = ip_address(text)
    except ValueError as error:
        raise Failure(f"IP Address {text[:60]!r} parse error during conversion from string") from error
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def cidr(text: Any) -> Network:
    """`cidr(text)`; raises `Failure`."""
    if not isinstance(text, str):
        raise Failure("no such overload: cidr()")
    _refuse(text, "CIDR")
    if "/" not in text or not text.rpartition("/")[2].isdigit():
        raise Failure(f"{text[:60]!r}: network address parse error during conversion from string")
    try:
        return ip_interface(text)
    except ValueError as error:
        raise Failure(f"{text[:60]!r}: network address parse error during conversion from string") from error


def _ip_of(value: Any) -> Address:
    return value.ip if isinstance(value, IPv4Interface | IPv6Interface) else ip(value)


def _refuse(text: str, what: str) -> None:
    if "%" in text:
        raise Failure(f"{what} with zone value is not allowed")
    if _MAPPED_TEXT.match(text):
        raise Failure("IPv4-mapped IPv6 address is not allowed")


def _is_ip(text: Any) -> bool:
    try:
        ip(text)
    except Failure:
        return False
    return True


def _is_cidr(text: Any) -> bool:
    try:
        cidr(text)
    except Failure:
        return False
    return True


def _contains_ip(network: Network, address: Any) -> bool:
    found = ip(address) if isinstance(address, str) else address
    return found.version == network.version and found in network.network


def _contains_cidr(network: Network, other: Any) -> bool:
    inner = (cidr(other) if isinstance(other, str) else other).network
    outer: Any = network.network
    return bool(inner.version == outer.version and inner.subnet_of(outer))


def _is_global_unicast(address: Address) -> bool:
    is_broadcast = address == IPv4Address("255.255.255.255")
    return not (
        address.is_unspecified
        or address.is_loopback
        or address.is_multicast
        or address.is_link_local
        or is_broadcast
    )


def _is_local_multicast(address: Address) -> bool:
    link = ip_interface("224.0.0.0/24" if address.version == 4 else "ff02::/16")  # noqa: PLR2004 (IP version)
    return address in link.network


def _version(text: Any, scheme: Any) -> Version:
    try:
        return read_version(text, scheme)
    except (BadVersion, TypeError) as error:
        raise Failure(str(error)) from error


NETWORK: dict[str, Callable[..., Any]] = {
    "ip(string) -> ip; cidr.ip() -> ip": _ip_of,
    "isIP(string) -> bool": _is_ip,
    "@ip.isCanonical(string) -> bool": lambda text: str(ip(text)) == text,
    "cidr(string) -> cidr": cidr,
    "isCIDR(string) -> bool": _is_cidr,
    "ip.family() -> int": lambda address: address.version,
    "ip.isUnspecified() -> bool": lambda address: address.is_unspecified,
    "ip.isLoopback() -> bool": lambda address: address.is_loopback,
    "ip.isGlobalUnicast() -> bool": _is_global_unicast,
    "ip.isLinkLocalMulticast() -> bool": _is_local_multicast,
    "ip.isLinkLocalUnicast() -> bool": lambda address: address.is_link_local,
    "cidr.containsIP(ip) -> bool; cidr.containsIP(string) -> bool": _contains_ip,
    "cidr.containsCIDR(cidr) -> bool; cidr.containsCIDR(string) -> bool": _contains_cidr,
    "cidr.masked() -> cidr": lambda network: ip_interface(str(network.network)),
    "cidr.prefixLength() -> int": lambda network: network.network.prefixlen,
    "version(string, string) -> version": _version,
}
"""Signatures and functions, as the registry reads them."""
