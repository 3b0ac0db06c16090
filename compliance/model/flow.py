"""Flows: which traffic between zones somebody wants, why, and who said so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class ZoneClass(StrEnum):
    """What a network zone has to do with card data."""

    CARDHOLDER_DATA = "cardholder-data"
    CONNECTED = "connected"
    OUT_OF_SCOPE = "out-of-scope"
    GUEST = "guest"
    INTERNET = "internet"
    """Outside the estate: where a scanner stands that looks from there."""


INTERNET = "internet"
"""What flows call everything that is outside the estate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A network zone, as it is declared."""

    name: str
    zone_class: ZoneClass | None
    """None where nobody said."""
    is_wireless: bool | None = None
    """Whether it is a wireless network; None where nobody said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Traffic that is wanted: from one zone to another, on these ports."""

    source: str
    destination: str
    """A zone, or `internet`."""
    ports: frozenset[int]
    purpose: str
    approved_by: str
    approved_on: date
    until: date | None = None
    """Its last day; None where it has none."""

    def holds_on(self, day: date) -> bool:
        """Whether it is approved, and not over, on that day."""
        return self.approved_on <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRegister:
    """The zones and the flows between them that are declared."""

    zones: Sequence[Zone]
    flows: Sequence[Flow] | None
    """None where nobody declared which there are."""

    def zone(self, name: str) -> Zone | None:
        """The zone of that name; None where it is not declared."""
        return next((zone for zone in self.zones if zone.name == name), None)

    def ports(self, source: str, destination: str, day: date) -> frozenset[int] | None:
        """The ports that flows allow on that day from the one zone to the other; None where none is known."""
        if self.flows is None:
            return None
        found = (
            flow.ports
            for flow in self.flows
            if (flow.source, flow.destination) == (source, destination) and flow.holds_on(day)
        )
        return frozenset[int]().union(*found)
