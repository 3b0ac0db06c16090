"""What estate rules may read: everything that an inventory document declares, under the root `estate`."""

from datetime import date, datetime
from typing import Annotated, ClassVar

from msgspec import Struct

from compliance.model.estate import Case, DataStore, KeyEntry, Recovery, Registers, Terminal, Vendor
from compliance.model.inventory import (
    AccountEntry,
    CertificateEntry,
    Channel,
    DesignatedServer,
    Environment,
    Leaver,
    MalwareRisk,
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
MOST_NAMING = 100
"""How many entries of a register may name one host; a longer list is cut short."""
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
    malware_risk: Annotated[
        MalwareRisk, about("Whether malware threatens it, as the last assessment says.")
    ] = UNKNOWN
    malware_assessed: Annotated[date, about("The day it was last assessed as not at risk from malware.")] = (
        UNKNOWN
    )
    malware_days: Annotated[
        int, about("How many days such an assessment holds, by the risk analysis for pci-dss-4.0.1/5.2.3.1.")
    ] = UNKNOWN
    reviewed: Annotated[date, about("The day on which its entry was last looked over.")] = UNKNOWN
    environment: Annotated[Environment, about("What it is run for.")] = UNKNOWN
    changes: Annotated[
        tuple[str, ...], about("The change records that name it, by their ids.", max_items=MOST_NAMING)
    ] = UNKNOWN
    assessments: Annotated[
        tuple[str, ...], about("The impact assessments that name it, by their ids.", max_items=MOST_NAMING)
    ] = UNKNOWN
    notices: Annotated[
        tuple[str, ...],
        about("The notices to data subjects that name it, by their ids.", max_items=MOST_NAMING),
    ] = UNKNOWN
    zone_roles: Annotated[
        tuple[str, ...], about("The roles of all hosts of its zone, each once.", max_items=20)
    ] = UNKNOWN
    channel_sites: Annotated[
        tuple[str, ...],
        about("The sites of all hosts with card data that serve its channel, each once.", max_items=150),
    ] = UNKNOWN
    seen: Annotated[bool, about("Some scan has seen something of it.")] = UNKNOWN
    first_seen: Annotated[datetime, about("When a scan first saw something of it.")] = UNKNOWN
    last_seen: Annotated[datetime, about("When a scan last saw something of it.")] = UNKNOWN
    logged_in: Annotated[bool, about("Some scan has read it from inside.")] = UNKNOWN
    last_logged_in: Annotated[datetime, about("When a scan last read it from inside.")] = UNKNOWN
    no_login: Annotated[str, about("Why no scan can log in to it; empty where one can.")] = UNKNOWN


class Change(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A change record, and what was gone over after it."""

    LABEL: ClassVar[str] = "id"
    id: Annotated[str, about("What it is called within its register.")]
    reviewed: Annotated[date, about("The day of the change.")] = UNKNOWN
    significant: Annotated[
        bool, about("The change touches what is in scope: hosts, flows, borders, providers, data.")
    ] = UNKNOWN
    scope_confirmed: Annotated[
        bool,
        about("An entry of configuration_reviews that names 12.5.2 or 12.5.2.1 is of that day or later."),
    ] = UNKNOWN
    assessed: Annotated[bool, about("An entry of impact_assessments is of that day or later.")] = UNKNOWN


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


class Inspected(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A terminal, and what the risk analysis that it names says of its inspections."""

    LABEL: ClassVar[str] = "serial"
    serial: Annotated[str, about("Its serial number.")]
    attended: Annotated[bool, about("Somebody stands beside it.")] = UNKNOWN
    inspect_days: Annotated[int, about("How many days may lie between two inspections.")] = UNKNOWN
    risk_analysis: Annotated[str, about("The entry of the register risk_analyses that it names.")] = UNKNOWN
    last_result: Annotated[str, about("What its newest inspection found; empty where there was none.")] = (
        UNKNOWN
    )
    analysed: Annotated[bool, about("That entry is there, and covers pci-dss-4.0.1/9.5.1.2.1.")] = UNKNOWN
    allowed_days: Annotated[int, about("How many days that entry allows.")] = UNKNOWN
    analysis_reviewed: Annotated[date, about("The day it was last looked over.")] = UNKNOWN
    analysis_shared: Annotated[
        bool, about("A terminal that somebody stands beside names the same entry.")
    ] = UNKNOWN


class Watched(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A site, how many of its hosts see plates or people, and how old its impact assessment is."""

    LABEL: ClassVar[str] = "name"
    name: Annotated[str, about("What it is called.")]
    cameras: Annotated[
        int, about("Its hosts that are cameras, or hold folders or stores of plates, plate images or video.")
    ] = UNKNOWN
    assessed: Annotated[bool, about("An impact assessment names the site.")] = UNKNOWN
    last_assessment: Annotated[date, about("The day the newest of them was last looked over.")] = UNKNOWN
    changed: Annotated[bool, about("A change record names the site.")] = UNKNOWN
    last_change: Annotated[date, about("The day of the newest of them.")] = UNKNOWN


class EstateFacts(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """What is declared of the estate."""

    since: Annotated[datetime, about("When a scan first saw something of any host.")] = UNKNOWN
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
    inspected: Annotated[
        tuple[Inspected, ...],
        about("The same devices, with the risk analyses of their inspections.", max_items=5000),
    ] = UNKNOWN
    watched: Annotated[
        tuple[Watched, ...], about("The sites, with their cameras and impact assessments.")
    ] = UNKNOWN
    stores: Annotated[
        tuple[DataStore, ...], about("Where personal and card data is kept.", max_items=500)
    ] = UNKNOWN
    keys: Annotated[tuple[KeyEntry, ...], about("Keys that protect stored card data.", max_items=300)] = (
        UNKNOWN
    )
    vendors: Annotated[tuple[Vendor, ...], about("Everybody outside who handles data or systems.")] = UNKNOWN
    recovery: Annotated[tuple[Recovery, ...], about("How systems come back.")] = UNKNOWN
    accounts: Annotated[tuple[AccountEntry, ...], about("Accounts that may exist.")] = UNKNOWN
    scripts: Annotated[tuple[ScriptEntry, ...], about("Scripts that payment pages may load.")] = UNKNOWN
    servers: Annotated[
        tuple[DesignatedServer, ...], about("Every server of time, logs and names that hosts are to use.")
    ] = UNKNOWN
    cases: Annotated[
        tuple[Case, ...],
        about("Requests of data subjects, breaches and failed controls that came up.", max_items=5000),
    ] = UNKNOWN
    leavers: Annotated[tuple[Leaver, ...], about("Everybody who has left lately.", max_items=500)] = UNKNOWN
    registers: Annotated[Registers, about("What people keep up.")] = UNKNOWN
    changes: Annotated[
        tuple[Change, ...],
        about("The change records, and what was gone over after each.", max_items=5000),
    ] = UNKNOWN
    controls: Annotated[
        tuple[Tracked, ...], about("The controls that are tracked by registers.", max_items=1000)
    ] = UNKNOWN


def estate_schema() -> Schema:
    """What estate rules may read: the fields of `EstateFacts` under `estate`."""
    return Schema(host=cel_type(EstateFacts), root=EstateFacts, scanners=(), name=ROOT)
