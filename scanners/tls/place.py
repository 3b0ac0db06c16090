"""Where to look, by which name, and how far."""

from __future__ import annotations

import socket
from enum import StrEnum

from scanners.tls.value import Value


class Depth(StrEnum):
    """How far a look goes."""

    WHOLE = "whole"
    HARMLESS = "harmless"
    """No probes for old holes: malformed words could upset a fragile device."""
    HELLOS = "hellos"
    """Hellos alone: versions, suites, groups and what rides along; no certificate is read."""


NOT_PROBED = {
    Depth.HARMLESS: "probes for old holes are not sent to a fragile device (pace: gentle)",
    Depth.HELLOS: "this look sends hellos alone",
}
"""What is told of a fact that is not asked for."""

PUBLIC_ROOTS = "/etc/ssl/certs/ca-certificates.crt"
"""The public roots of the system that looks, in PEM (Debian's ca-certificates)."""

WAITING = {389: "ldap", 3268: "ldap", 3389: "rdp", 5222: "xmpp", 5269: "xmpp-server", 5432: "postgresql"}
"""The services that wait for the client's first word in plain text, by the port where they are met."""


class Place(Value, frozen=True):
    """Where to look, and by which name."""

    address: str
    port: int
    server_name: str = ""
    """The DNS name to send; empty for none."""
    name: str
    """The name or address that the certificate must carry."""
    upgrade: str = ""
    """The plain-text protocol that is expected here and waits for our first word; empty for none."""
    stores: tuple[str, ...] = ()
    """PEM files of the roots that are trusted."""
    depth: Depth = Depth.WHOLE
    at_once: int = 1
    """How many connections may be open to it at once."""

    @property
    def locus(self) -> str:
        """Where it stands: tcp/443."""
        return f"tcp/{self.port}"


def server_name(name: str) -> str:
    """What may be sent as server_name: a DNS name in ASCII, empty for anything else (RFC 6066 s3)."""
    plain = name.strip().rstrip(".")
    if _is_address(plain):
        return ""
    try:
        return plain if plain.isascii() else plain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _is_address(name: str) -> bool:
    """Whether it is an IP address; no DNS name holds a colon."""
    # Not ipaddress: its import takes 1 ms.
    try:
        socket.inet_pton(socket.AF_INET, name)
    except (OSError, ValueError):
        return ":" in name
    return True
