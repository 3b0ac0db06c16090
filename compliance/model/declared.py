"""The hosts that an inventory document declares, each with everything in the document that is about it."""

from collections.abc import Iterable
from typing import cast

from compliance.model.estate import DataStore, Terminal
from compliance.model.host import Address, Host, Scope, parse_ports
from compliance.model.inventory import (
    AccountEntry,
    CertificateEntry,
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
        reviewed=entry.reviewed,
        expected_ports=entry.expected_ports,
        folders=entry.folders,
        certificates=_certificates(document.certificates, entry.name),
        terminals=_terminals(document.terminals, entry.name),
        scripts=_scripts(document.scripts, entry.name),
        stores=_stores(document.stores, entry.name),
        accounts=accounts,
        payment_accounts=_payment(accounts, entry),
        left_accounts=_left(accounts, document.leavers),
    )


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
