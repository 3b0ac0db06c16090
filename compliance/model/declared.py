"""The hosts that an inventory document declares, each with everything in the document that is about it."""

from collections.abc import Iterable
from typing import cast

from compliance.model.estate import DataStore, KeyEntry, Terminal
from compliance.model.flow import Flow, FlowRegister, ZoneClass
from compliance.model.flow import Zone as FlowZone
from compliance.model.host import Address, Host, Scope, parse_ports
from compliance.model.inventory import (
    AccountEntry,
    CertificateEntry,
    DesignatedServer,
    FlowEntry,
    HostEntry,
    HostInventory,
    Inventory,
    Leaver,
    Registered,
    ScriptEntry,
    Site,
    Zone,
)
from scanners import UNKNOWN, PartialList

_TAKES_CARDS = ("pay-station", "payment-terminal")


def declared_hosts(document: Inventory) -> tuple[Host, ...]:
    """The hosts of the document, in its order; none where it declares no list of hosts."""
    entries = () if document.hosts is UNKNOWN else document.hosts
    return tuple(_host(document, entry) for entry in entries)


def declared_flows(document: Inventory) -> FlowRegister | None:
    """The zones and flows of the document; None where it speaks of neither."""
    if document.zones is UNKNOWN and document.flows is UNKNOWN:
        return None
    return FlowRegister(
        zones=tuple(map(_flow_zone, () if document.zones is UNKNOWN else document.zones)),
        flows=None if document.flows is UNKNOWN else tuple(map(_flow, document.flows)),
    )


def _flow_zone(zone: Zone) -> FlowZone:
    return FlowZone(
        name=zone.name,
        zone_class=None if zone.zone_class is UNKNOWN else ZoneClass(zone.zone_class),
        is_wireless=None if zone.wireless is UNKNOWN else zone.wireless,
    )


def _flow(entry: FlowEntry) -> Flow:
    return Flow(
        source=entry.source,
        destination=entry.to,
        ports=frozenset(parse_ports(entry.ports)),
        purpose=entry.purpose,
        approved_by=entry.approved_by,
        approved_on=entry.approved_on,
        until=entry.until,
    )


def _host(document: Inventory, entry: HostEntry) -> Host:
    return Host(
        name=entry.name,
        address=Address(entry.address or entry.name),
        site=entry.site or None,
        zone=entry.zone or None,
        role=entry.role,
        owner=entry.owner or None,
        scopes=frozenset(Scope) if entry.scopes is None else frozenset(map(Scope, entry.scopes)),
        ports=parse_ports(entry.ports) if entry.ports else None,
        pace=entry.pace,
        login=entry.login,
        inventory=_about(document, entry),
    )


def _about(document: Inventory, entry: HostEntry) -> HostInventory:
    accounts = _accounts(document.accounts, entry)
    zone, site = _zone(document.zones, entry.zone), _site(document.sites, entry.site)
    return HostInventory(
        zone_class=UNKNOWN if zone is None else zone.zone_class,
        country=UNKNOWN if site is None else site.country,
        attended=UNKNOWN if site is None else site.attended,
        channel=entry.channel,
        environment=entry.environment,
        malware_risk=entry.malware_risk,
        malware_assessed=entry.malware_assessed,
        web_filter=entry.web_filter,
        reviewed=entry.reviewed,
        expected_ports=entry.expected_ports,
        passed_ports=entry.passed_ports,
        expected_units=entry.expected_units,
        critical_paths=_folders(entry.critical_paths),
        takes_terminals=entry.takes_terminals,
        ruleset=entry.ruleset,
        resolvers=UNKNOWN if zone is None else zone.resolvers,
        login=entry.login or UNKNOWN,
        folders=entry.folders,
        certificates=_certificates(document.certificates, entry.name),
        terminals=_terminals(document.terminals, entry.name),
        scripts=_scripts(document.scripts, entry.name),
        stores=_stores(document.stores, entry.name),
        keys=_keys(document.keys, entry.name),
        servers=document.servers,
        serves=_serves(document.servers, entry.name),
        accounts=accounts,
        payment_accounts=_payment(accounts, entry),
        left_accounts=_left(accounts, document.leavers),
    )


def _folders(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Paths that all end in a slash, so that one begins with another only where it lies below it."""
    return UNKNOWN if paths is UNKNOWN else tuple(f"{path.rstrip('/')}/" for path in paths)


def _zone(zones: Iterable[Zone], name: str) -> Zone | None:
    known = () if zones is UNKNOWN else zones
    return next((zone for zone in known if zone.name == name), None)


def _site(sites: Iterable[Site], name: str) -> Site | None:
    known = () if sites is UNKNOWN else sites
    return next((site for site in known if site.name == name), None)


def _certificates(listed: tuple[CertificateEntry, ...], host: str) -> tuple[Registered, ...]:
    """Those that name the host, and those that name none: they may stand anywhere."""
    if listed is UNKNOWN:
        return cast("tuple[Registered, ...]", UNKNOWN)
    return tuple(_registered(one) for one in listed if one.host is UNKNOWN or one.host == host)


def _registered(entry: CertificateEntry) -> Registered:
    has_place = entry.host is not UNKNOWN and entry.port is not UNKNOWN
    return Registered(
        place=entry.port if has_place else "anywhere",
        fingerprint=entry.fingerprint,
        issuer=entry.issuer,
        expires=entry.expires,
        owner=entry.owner,
        own_authority=entry.own_authority,
        key_bits=entry.key_bits,
        why=entry.why,
    )


def _scripts(listed: tuple[ScriptEntry, ...], host: str) -> tuple[ScriptEntry, ...]:
    return UNKNOWN if listed is UNKNOWN else tuple(one for one in listed if one.host == host)


def _terminals(listed: tuple[Terminal, ...], host: str) -> tuple[Terminal, ...]:
    """Those of the host; not known where one does not say to which host it belongs."""
    if listed is UNKNOWN or any(one.host is UNKNOWN for one in listed):
        return cast("tuple[Terminal, ...]", UNKNOWN)
    return tuple(one for one in listed if one.host == host)


def _stores(listed: tuple[DataStore, ...], host: str) -> tuple[DataStore, ...]:
    if listed is UNKNOWN or any(one.hosts is UNKNOWN for one in listed):
        return cast("tuple[DataStore, ...]", UNKNOWN)
    return tuple(one for one in listed if host in one.hosts)


def _keys(listed: tuple[KeyEntry, ...], host: str) -> tuple[KeyEntry, ...]:
    """Those of the host; not known where one does not say on which hosts it lies."""
    if listed is UNKNOWN or any(one.hosts is UNKNOWN for one in listed):
        return cast("tuple[KeyEntry, ...]", UNKNOWN)
    return tuple(one for one in listed if host in one.hosts)


def _serves(listed: tuple[DesignatedServer, ...], host: str) -> tuple[str, ...]:
    """What the host is designated for; not known where an own server does not say which host it is."""
    if listed is UNKNOWN or any(one.outside is not True and one.host is UNKNOWN for one in listed):
        return cast("tuple[str, ...]", UNKNOWN)
    own = (one for one in listed if one.host is not UNKNOWN)
    return tuple(dict.fromkeys(one.serves for one in own if one.host == host))


def _accounts(listed: tuple[AccountEntry, ...], entry: HostEntry) -> tuple[AccountEntry, ...]:
    if listed is UNKNOWN:
        return UNKNOWN
    return tuple(one for one in listed if entry.name in one.hosts or entry.role in one.roles)


def _payment(accounts: tuple[AccountEntry, ...], entry: HostEntry) -> tuple[str, ...]:
    """Accounts that take payments at a device that takes cards; an exemption is claimed, never presumed."""
    if accounts is UNKNOWN or entry.role not in _TAKES_CARDS:
        return ()
    return tuple(one.name for one in accounts if one.kind is not UNKNOWN and one.kind == "payment")


def _left(accounts: tuple[AccountEntry, ...], leavers: tuple[Leaver, ...]) -> tuple[str, ...]:
    """Accounts of people who left; not known where accounts or leavers were not declared."""
    if accounts is UNKNOWN or leavers is UNKNOWN:
        return cast("tuple[str, ...]", UNKNOWN)
    left = {one.name for one in leavers}
    found = tuple(one.name for one in accounts if one.owner is not UNKNOWN and one.owner in left)
    unsaid = any(one.owner is UNKNOWN for one in accounts)
    return PartialList(found) if unsaid else found
