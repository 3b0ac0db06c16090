"""Errands: whom a host is to knock at, and at which ports, planned from the inventory."""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from compliance.model.flow import INTERNET, FlowRegister, ZoneClass
from compliance.model.host import Host
from scanners import UNKNOWN, Destination, Errand

_MANAGEMENT = (22, 3389, 5900, 443, 80, 23, 8291, 5985)
_BY_ROLE: Mapping[str, tuple[int, ...]] = {
    "database": (5432, 3306, 1433, 1521, 6379, 27017),
    "payment-terminal": (443, 80, 8080, 9100, 20002, 51234, 5000, 2000),
    "pay-station": (443, 80, 8080, 8443, 1883, 5900),
    "gate-controller": (502, 1883, 8883, 4840, 44818, 47808),
    "anpr-camera": (554, 8554, 80, 443, 8000, 37777),
    "video-camera": (554, 8554, 80, 443, 8000, 37777),
    "web": (443, 80, 8443, 8080),
    "mobile-api": (443, 8443),
    "file-server": (445, 139, 2049, 21),
    "log-server": (514, 6514, 9200, 5044),
    "backup": (445, 873, 2049, 8000),
    "management": (22, 443, 8443, 3389, 161),
    "network-device": (22, 23, 443, 80, 8291),
}
"""Where hosts of a role usually offer something worth reaching: first what they are for."""
_WAYS_OUT = (53, 25, 61000)
"""Ports by which data leaves: names, mail, and one that nobody uses."""
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """What errands are planned from."""

    hosts: Sequence[Host]
    """The inventory; nobody else is ever tried."""
    open_ports: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """By host: the TCP ports that the last look from here saw open."""
    register: FlowRegister | None = None
    excluded: frozenset[str] = frozenset()
    """Names and addresses of hosts that are never tried."""
    spared_ports: frozenset[int] = frozenset()
    """TCP ports that are never connected to."""
    probes: tuple[Destination, ...] = ()
    """Addresses outside the estate that were set up to be tried."""
    most_paths: int = 256


def errand_of(host: Host, estate: Estate, today: date) -> Errand:
    """What is to be tried from the host: every other host of another zone, within the bound."""
    if not host.declared or host.zone is None:
        missing = "it stands in no inventory" if not host.declared else "the inventory names no zone for it"
        return Errand(host=host.name, why_nothing=f"nothing says whom to try from the host: {missing}")
    zone = estate.register.zone(host.zone) if estate.register else None
    plan = _Plan(host, estate, today)
    destinations, cut = _within(list(plan.destinations()), estate.most_paths)
    nobody = "the inventory has no host in another zone that could be tried"
    return Errand(
        host=host.name,
        zone=host.zone,
        zone_class=_class_of(host, estate.register),
        is_wireless=zone.is_wireless if zone else None,
        destinations=destinations,
        outside=tuple(plan.probes()) or None,
        untried=(*plan.left_out(), *cut),
        why_nothing=nobody if not destinations else "",
    )


class _Plan:
    """The destinations of one host, and who is left out."""

    def __init__(self, host: Host, estate: Estate, today: date) -> None:
        self._host, self._estate, self._today = host, estate, today
        self._without_zone: list[str] = []
        self._excluded: list[str] = []
        self._elsewhere: list[str] = []
        self._spared: set[int] = set()

    def destinations(self) -> Iterator[Destination]:
        for other in self._estate.hosts:
            if other.name == self._host.name or other.zone == self._host.zone:
                continue
            if self._estate.excluded & {other.name, str(other.address)}:
                self._excluded.append(other.name)
            elif other.zone is None:
                self._without_zone.append(other.name)
            elif not _leads_there(self._host, other):
                self._elsewhere.append(other.name)
            else:
                yield self._destination(other, other.zone)

    def probes(self) -> Iterator[Destination]:
        for probe in self._estate.probes:
            yield Destination(
                name=probe.name,
                address=probe.address,
                ports=probe.ports,
                zone=INTERNET,
                declared_ports=self._declared(INTERNET),
            )

    def left_out(self) -> Iterator[str]:
        for names, why in (
            (self._excluded, "are excluded by the settings"),
            (self._without_zone, "have no zone in the inventory"),
            (self._elsewhere, "have an address that means another machine when it is used from there"),
        ):
            if names:
                yield f"hosts that were not tried, because they {why}: {_named(names)}"
        if self._spared:
            numbers = _named([str(port) for port in sorted(self._spared)])
            yield f"ports that were not tried, because the settings spare them: {numbers}"

    def _destination(self, other: Host, zone_name: str) -> Destination:
        return Destination(
            name=other.name,
            address=str(other.address),
            ports=self._ports(other),
            zone=zone_name,
            zone_class=_class_of(other, self._estate.register),
            role=other.role or "",
            site=other.site or "",
            declared_ports=self._declared(zone_name),
        )

    def _ports(self, other: Host) -> tuple[int, ...]:
        """What was seen open first, then what flows name, what is expected, what the role suggests."""
        declared = self._declared(other.zone or "") or frozenset()
        expected = (*_expected(other), *(other.ports or ()))
        usual = _BY_ROLE.get(other.role or "", ())
        seen = self._estate.open_ports.get(other.name, ())
        out = _WAYS_OUT if self._is_inside else ()
        ports = dict.fromkeys((*seen, *sorted(declared), *expected, *usual, *_MANAGEMENT, *out))
        self._spared |= ports.keys() & self._estate.spared_ports
        return tuple(port for port in ports if port not in self._estate.spared_ports)

    @property
    def _is_inside(self) -> bool:
        """Whether the host stands in a zone of card data."""
        return _class_of(self._host, self._estate.register) == ZoneClass.CARDHOLDER_DATA

    def _declared(self, zone: str) -> frozenset[int] | None:
        register, source = self._estate.register, self._host.zone
        if register is None or source is None:
            return None
        return register.ports(source, zone, self._today)


def _class_of(host: Host, register: FlowRegister | None) -> str:
    """What is declared of a host's zone: in the inventory, else in the file of flows; empty if nowhere."""
    told = host.inventory.zone_class if host.inventory else UNKNOWN
    if told is not UNKNOWN:
        return str(told)
    zone = register.zone(host.zone) if register and host.zone else None
    return str(zone.zone_class or "") if zone else ""


def _expected(host: Host) -> Iterator[int]:
    """The TCP ports that the inventory allows to be open on a host."""
    allowed = host.inventory.expected_ports if host.inventory else UNKNOWN
    for each in () if allowed is UNKNOWN else allowed:
        protocol, _, number = each.port.partition("/")
        if protocol == "tcp" and number.isdecimal():
            yield int(number)


def _leads_there(host: Host, other: Host) -> bool:
    """Whether the other's address means the other, used from the host: this machine's own do so only here."""
    if str(host.address) == str(other.address):
        return False
    return not _is_own(str(other.address)) or _is_own(str(host.address))


def _is_own(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost" or address.endswith(".localhost")


def _within(destinations: list[Destination], most: int) -> tuple[tuple[Destination, ...], tuple[str, ...]]:
    """The destinations with as many ports as the bound allows, shared evenly; and what that leaves out."""
    total = sum(len(one.ports) for one in destinations)
    if total <= most:
        return tuple(destinations), ()
    share = max(1, most // len(destinations))
    kept = [_cut(one, share) for one in destinations[:most]]
    left = total - sum(len(one.ports) for one in kept)
    return tuple(kept), (f"{left} of {total} connections are beyond the bound of reach.most_paths",)


def _cut(one: Destination, most: int) -> Destination:
    return Destination(
        name=one.name,
        address=one.address,
        ports=one.ports[:most],
        zone=one.zone,
        zone_class=one.zone_class,
        role=one.role,
        site=one.site,
        declared_ports=one.declared_ports,
    )


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
