"""What estate rules may read: everything that an inventory document declares, under the root `estate`."""

from datetime import date, datetime
from typing import Annotated, ClassVar

from msgspec import Struct

from compliance.model.estate import DataStore, Recovery, Registers, Terminal, Vendor
from compliance.model.inventory import (
    AccountEntry,
    CertificateEntry,
    Channel,
    Leaver,
    ScriptEntry,
    Site,
    Zone,
    ZoneClass,
)
from compliance.policy.schema import Schema, cel_type
from scanners import UNKNOWN, Facts
from scanners.facts import about

ROOT = "estate"
MOST_STRANGERS = 150
MOST_HELD = 200


class EstateHost(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A host of the inventory, and whether it was ever seen."""

    LABEL: ClassVar[str] = "name"
    name: Annotated[str, about("What it is called.")]
    address: Annotated[str, about("Its IP address or DNS name.")] = UNKNOWN
    site: Annotated[str, about("The site it stands at.")] = UNKNOWN
    country: Annotated[str, about("The country of its site.")] = UNKNOWN
    zone: Annotated[str, about("The network zone it stands in.")] = UNKNOWN
    zone_class: Annotated[ZoneClass, about("What its zone has to do with card data.")] = UNKNOWN
    role: Annotated[str, about("What it is for.")] = UNKNOWN
    owner: Annotated[str, about("Who answers for it.")] = UNKNOWN
    scopes: Annotated[tuple[str, ...], about("Which data it touches.")] = UNKNOWN
    channel: Annotated[Channel, about("The payment channel that it serves, by questionnaire.")] = UNKNOWN
    reviewed: Annotated[date, about("The day on which its entry was last looked over.")] = UNKNOWN
    seen: Annotated[bool, about("Some scan has seen something of it.")] = UNKNOWN
    last_seen: Annotated[datetime, about("When a scan last saw something of it.")] = UNKNOWN


class Held(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry of a register that covers a control."""

    LABEL: ClassVar[str] = "id"
    id: Annotated[str, about("What it is called within its register.")]
    title: Annotated[str, about("What it is.")] = UNKNOWN
    owner: Annotated[str, about("Who keeps it up.")] = UNKNOWN
    document: Annotated[str, about("Where it lies.")] = UNKNOWN
    result: Annotated[str, about("What came of it: passed, failed, open, closed.")] = UNKNOWN
    reviewed: Annotated[date, about("The day it was last looked over, held, tested or done.")] = UNKNOWN
    stale_from: Annotated[
        datetime, about("From when on it is too old: after its next review, or the control's days.")
    ] = UNKNOWN


class Tracked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A control that is tracked by the entries of a register."""

    locus: Annotated[str, about("The framework and the control: pci-dss-4.0.1/1.1.1.")]
    register: Annotated[str, about("The register whose entries may cover it, as policies.")] = UNKNOWN
    days: Annotated[int, about("How old an entry may be.")] = UNKNOWN
    title: Annotated[str, about("What the control asks for, shortly.")] = UNKNOWN
    entries: Annotated[
        tuple[Held, ...], about("The entries that say that they cover it.", max_items=MOST_HELD)
    ] = UNKNOWN


class EstateFacts(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """What is declared of the estate."""

    hosts: Annotated[tuple[EstateHost, ...], about("The hosts of the inventory.", max_items=5000)] = UNKNOWN
    strangers: Annotated[
        tuple[str, ...],
        about(
            "Hosts that this scan looked at as they were typed, by name or address.", max_items=MOST_STRANGERS
        ),
    ] = UNKNOWN
    sites: Annotated[tuple[Site, ...], about("The sites.")] = UNKNOWN
    zones: Annotated[tuple[Zone, ...], about("The network zones.")] = UNKNOWN
    certificates: Annotated[
        tuple[CertificateEntry, ...], about("The register of certificates.", max_items=5000)
    ] = UNKNOWN
    terminals: Annotated[tuple[Terminal, ...], about("The devices that take cards.", max_items=5000)] = (
        UNKNOWN
    )
    stores: Annotated[tuple[DataStore, ...], about("Where personal and card data is kept.")] = UNKNOWN
    vendors: Annotated[tuple[Vendor, ...], about("Everybody outside who handles data or systems.")] = UNKNOWN
    recovery: Annotated[tuple[Recovery, ...], about("How systems come back.")] = UNKNOWN
    accounts: Annotated[tuple[AccountEntry, ...], about("Accounts that may exist.")] = UNKNOWN
    scripts: Annotated[tuple[ScriptEntry, ...], about("Scripts that payment pages may load.")] = UNKNOWN
    leavers: Annotated[tuple[Leaver, ...], about("Everybody who has left lately.", max_items=500)] = UNKNOWN
    registers: Annotated[Registers, about("What people keep up.")] = UNKNOWN
    controls: Annotated[
        tuple[Tracked, ...], about("The controls that are tracked by registers.", max_items=1000)
    ] = UNKNOWN


def estate_schema() -> Schema:
    """What estate rules may read: the fields of `EstateFacts` under `estate`."""
    return Schema(host=cel_type(EstateFacts), root=EstateFacts, scanners=(), name=ROOT)
