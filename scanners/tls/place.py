"""Where to look, by which name, and how far."""

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from pathlib import Path


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


class Place(Struct, frozen=True, kw_only=True):
    """Where to look, and by which name."""

    address: str
    port: int
    server_name: str = ""
    """The DNS name to send; empty for none."""
    name: str
    """The name or address that the certificate must carry."""
    upgrade: str = ""
    """The plain-text protocol that is expected here and waits for our first word; empty for none."""
    stores: "tuple[Path, ...]" = ()
    """PEM files of the roots that are trusted."""
    depth: Depth = Depth.WHOLE

    @property
    def locus(self) -> str:
        """Where it stands: tcp/443."""
        return f"tcp/{self.port}"
