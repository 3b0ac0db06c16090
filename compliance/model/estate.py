"""What an operator declares of the estate beside its hosts: terminals, data, vendors, recovery, registers."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from msgspec import Struct

from scanners import UNKNOWN
from scanners.facts import about

Data = Literal["cardholder-data", "personal-data"]
Category = Literal[
    "plates", "plate-images", "video", "contact", "account", "payment", "location", "log", "other"
]


class Inspection(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One look at a terminal for tampering."""

    on: Annotated[date, about("The day.")]
    by: Annotated[str, about("Who looked.")] = UNKNOWN
    result: Annotated[Literal["sound", "suspicious", "replaced"], about("What was found.")] = UNKNOWN


class Terminal(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A device that takes cards."""

    LABEL: ClassVar[str] = "serial"
    serial: Annotated[str, about("Its serial number.")]
    make: Annotated[str, about("Who made it.")] = UNKNOWN
    model: Annotated[str, about("What it is.")] = UNKNOWN
    kind: Annotated[
        Literal["terminal", "phone-reader"],
        about("phone-reader: a card reader at a telephone or tablet, or the telephone alone."),
    ] = UNKNOWN
    installed: Annotated[date, about("The day it was put up.")] = UNKNOWN
    early_tls: Annotated[bool, about("It speaks SSL, TLS 1.0 or TLS 1.1.")] = UNKNOWN
    early_tls_safe: Annotated[
        date, about("The day on which its maker confirmed that no known attack on early TLS works on it.")
    ] = UNKNOWN
    place: Annotated[str, about("Where exactly it is mounted.")] = UNKNOWN
    site: Annotated[str, about("The site it stands at.")] = UNKNOWN
    host: Annotated[str, about("The host that it is built into or wired to.")] = UNKNOWN
    attended: Annotated[bool, about("Somebody stands beside it.")] = UNKNOWN
    pts_approval: Annotated[str, about("Number of its PTS approval.")] = UNKNOWN
    pts_expires: Annotated[date, about("The last day of the PTS approval.")] = UNKNOWN
    p2pe_listing: Annotated[str, about("Reference of the P2PE solution.")] = UNKNOWN
    p2pe_expires: Annotated[date, about("The last day of the P2PE listing.")] = UNKNOWN
    inspect_days: Annotated[int, about("How many days may lie between two inspections.")] = UNKNOWN
    risk_analysis: Annotated[
        str, about("The entry of the register risk_analyses that says how often it is inspected.")
    ] = UNKNOWN
    inspections: Annotated[
        tuple[Inspection, ...], about("The looks for tampering, the last ones.", max_items=100)
    ] = UNKNOWN


class DataStore(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A place where personal or card data is kept for a purpose."""

    LABEL: ClassVar[str] = "name"
    name: Annotated[str, about("What it is called.")]
    hosts: Annotated[tuple[str, ...], about("The hosts it lies on.")] = UNKNOWN
    purpose: Annotated[str, about("What the data is kept for.")] = UNKNOWN
    legal_basis: Annotated[str, about("The legal basis, as contract or legitimate interest.")] = UNKNOWN
    categories: Annotated[tuple[Category, ...], about("What kinds of data.", max_items=9)] = UNKNOWN
    country: Annotated[str, about("ISO 3166 code of two letters.")] = UNKNOWN
    retention_days: Annotated[int, about("How many days the data is kept.")] = UNKNOWN
    legal_days: Annotated[
        int, about("How many days the law of the country lets it be kept, as counsel has said.")
    ] = UNKNOWN
    owner: Annotated[str, about("Who answers for it.")] = UNKNOWN
    encrypted: Annotated[bool, about("It is kept encrypted.")] = UNKNOWN
    processing: Annotated[str, about("The entry of the register processing that it belongs to.")] = UNKNOWN
    reviewed: Annotated[date, about("The day on which the entry was last looked over.")] = UNKNOWN


class KeyEntry(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A key that protects stored card data, or another such key; never the key itself."""

    LABEL: ClassVar[str] = "id"
    id: Annotated[str, about("What it is called.")]
    kind: Annotated[
        Literal["data", "key-encrypting", "hashing"],
        about("data encrypts what is kept; hashing keys hashes."),
    ] = UNKNOWN
    algorithm: Annotated[str, about("What it is used with, as AES or RSA.")] = UNKNOWN
    strength_bits: Annotated[int, about("Its effective strength in bits, as NIST SP 800-57 counts.")] = (
        UNKNOWN
    )
    kept: Annotated[
        Literal["hsm", "kms", "wrapped", "shares", "clear"],
        about("How it lies: in a device, wrapped by another key, in shares, or in clear."),
    ] = UNKNOWN
    wrapped_by: Annotated[str, about("The key that wraps it.")] = UNKNOWN
    hosts: Annotated[tuple[str, ...], about("The hosts it lies on.")] = UNKNOWN
    paths: Annotated[tuple[str, ...], about("The files it lies in there, by absolute path.", max_items=6)] = (
        UNKNOWN
    )
    custodians: Annotated[tuple[str, ...], about("The accounts that may reach it.", max_items=10)] = UNKNOWN
    made: Annotated[date, about("The day since which it is in use.")] = UNKNOWN
    cryptoperiod_days: Annotated[int, about("How many days it may be used.")] = UNKNOWN
    environments: Annotated[
        tuple[Literal["production", "test", "development"], ...], about("Where it is used.")
    ] = UNKNOWN
    owner: Annotated[str, about("Who answers for it.")] = UNKNOWN


class Vendor(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Somebody outside who handles data or systems."""

    LABEL: ClassVar[str] = "name"
    name: Annotated[str, about("What it is called.")]
    kinds: Annotated[
        tuple[Literal["service-provider", "processor", "supplier"], ...],
        about("service-provider touches card data or its safety; processor touches personal data."),
    ] = UNKNOWN
    touches: Annotated[tuple[Data, ...], about("Which data.")] = UNKNOWN
    service: Annotated[str, about("What it does.")] = UNKNOWN
    responsibilities: Annotated[str, about("Where it is written who does what.")] = UNKNOWN
    agreement: Annotated[date, about("The day of the written agreement.")] = UNKNOWN
    due_diligence: Annotated[date, about("The day on which it was last looked into.")] = UNKNOWN
    attestation: Annotated[str, about("Its attestation of compliance, by reference.")] = UNKNOWN
    attestation_expires: Annotated[date, about("The last day of the attestation.")] = UNKNOWN
    country: Annotated[str, about("ISO 3166 code of two letters of where the data goes.")] = UNKNOWN
    transfer: Annotated[
        Literal["none", "adequacy", "standard-clauses", "binding-rules", "derogation"],
        about("By what the data may leave the European Economic Area."),
    ] = UNKNOWN
    owner: Annotated[str, about("Who answers for it on our side.")] = UNKNOWN


class Recovery(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How one system comes back after a loss."""

    LABEL: ClassVar[str] = "system"
    system: Annotated[str, about("What comes back.")]
    hosts: Annotated[tuple[str, ...], about("The hosts that it is made of.")] = UNKNOWN
    backup: Annotated[date, about("The day of the last backup that succeeded.")] = UNKNOWN
    offsite: Annotated[date, about("The day of the last copy kept elsewhere.")] = UNKNOWN
    restore_test: Annotated[date, about("The day on which a restore was last tried.")] = UNKNOWN
    restored: Annotated[bool, about("That restore succeeded.")] = UNKNOWN
    rto_hours: Annotated[float, about("Hours in which it must be back.")] = UNKNOWN
    rpo_hours: Annotated[float, about("Hours of data that may be lost.")] = UNKNOWN
    took_hours: Annotated[float, about("Hours that the tried restore took.")] = UNKNOWN
    owner: Annotated[str, about("Who answers for it.")] = UNKNOWN


class Case(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Something that came up and had to be answered in time: a request, a breach, a control that failed."""

    LABEL: ClassVar[str] = "id"
    id: Annotated[str, about("What it is called; no name of a person.")]
    kind: Annotated[
        Literal[
            "access",
            "rectification",
            "erasure",
            "restriction",
            "portability",
            "objection",
            "breach",
            "control-failure",
        ],
        about("A request of a data subject by its kind, a breach of personal data, a failed control."),
    ]
    opened: Annotated[datetime, about("When it came in, was known, or failed.")] = UNKNOWN
    state: Annotated[
        Literal["open", "answered"], about("Answered: met, told to the authority, or restored.")
    ] = UNKNOWN
    answered: Annotated[
        datetime, about("When it was met, told to the authority, or the control restored.")
    ] = UNKNOWN
    extended: Annotated[
        bool, about("The person was told in time, with the reason, that it takes longer.")
    ] = False
    reason: Annotated[str, about("Why it took longer than it may; empty where nobody said.")] = ""
    risk: Annotated[
        Literal["none", "some", "high"], about("To the people whose data a breach is about, as assessed.")
    ] = UNKNOWN
    people_told: Annotated[bool, about("The people whose data a breach is about were told.")] = UNKNOWN
    encrypted: Annotated[bool, about("What was lost in a breach nobody can read.")] = UNKNOWN
    cause: Annotated[str, about("Why it came to it; empty where nobody found out.")] = ""
    owner: Annotated[str, about("Who answers for it.")] = UNKNOWN


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One line of a register: something that people keep up, and who does."""

    LABEL: ClassVar[str] = "id"
    id: Annotated[str, about("What it is called within its register.")]
    title: Annotated[str, about("What it is.")] = UNKNOWN
    controls: Annotated[tuple[str, ...], about("The controls that it covers, as pci-dss-4.0.1/1.1.1.")] = ()
    owner: Annotated[str, about("Who keeps it up: a role or a person.")] = UNKNOWN
    approved: Annotated[date, about("The day of its approval.")] = UNKNOWN
    approved_by: Annotated[str, about("Who approved it.")] = UNKNOWN
    reviewed: Annotated[
        date, about("The day it was last looked over, held, tested or done; what its age is counted from.")
    ] = UNKNOWN
    next_review: Annotated[date, about("The day by which it must be looked over again.")] = UNKNOWN
    document: Annotated[str, about("Where it lies, as DMS-1204.")] = UNKNOWN
    result: Annotated[
        Literal["passed", "failed", "open", "closed"], about("What came of a test, a review or a case.")
    ] = UNKNOWN
    hosts: Annotated[tuple[str, ...], about("The hosts that it is about.")] = UNKNOWN
    sites: Annotated[tuple[str, ...], about("The sites that it is about.")] = UNKNOWN
    significant: Annotated[
        bool, about("The change touches what is in scope: hosts, flows, borders, providers, data.")
    ] = UNKNOWN
    days: Annotated[
        int, about("How many days may pass until it is done again, by the operator's own analysis.")
    ] = UNKNOWN


class Registers(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The registers that people keep. One that is not given is not known; an empty one is empty."""

    policies: Annotated[tuple[Entry, ...], about("Policies and standards.")] = UNKNOWN
    procedures: Annotated[tuple[Entry, ...], about("Procedures and processes.")] = UNKNOWN
    role_assignments: Annotated[tuple[Entry, ...], about("Who does what.")] = UNKNOWN
    risk_analyses: Annotated[tuple[Entry, ...], about("Risk analyses, the targeted ones too.")] = UNKNOWN
    penetration_tests: Annotated[tuple[Entry, ...], about("Penetration and segmentation tests.")] = UNKNOWN
    scans: Annotated[tuple[Entry, ...], about("Scans by others: ASV scans, wireless scans.")] = UNKNOWN
    access_reviews: Annotated[tuple[Entry, ...], about("Reviews of accounts and rights.")] = UNKNOWN
    log_reviews: Annotated[tuple[Entry, ...], about("How logs are looked through.")] = UNKNOWN
    configuration_reviews: Annotated[
        tuple[Entry, ...], about("Reviews of firewall rules, scope, crypto.")
    ] = UNKNOWN
    change_records: Annotated[tuple[Entry, ...], about("Changes, each with its approval.")] = UNKNOWN
    trainings: Annotated[tuple[Entry, ...], about("Trainings that were held.")] = UNKNOWN
    incident_plan: Annotated[tuple[Entry, ...], about("The incident plan, its tests and updates.")] = UNKNOWN
    diagrams: Annotated[tuple[Entry, ...], about("Network and data-flow diagrams.")] = UNKNOWN
    key_management: Annotated[tuple[Entry, ...], about("Keys, custodians, ceremonies.")] = UNKNOWN
    physical: Annotated[tuple[Entry, ...], about("Doors, visitors, badges, media, cameras.")] = UNKNOWN
    personnel: Annotated[tuple[Entry, ...], about("Screening, acknowledgements, leavers.")] = UNKNOWN
    development: Annotated[tuple[Entry, ...], about("How software is written, reviewed and tested.")] = (
        UNKNOWN
    )
    agreements: Annotated[tuple[Entry, ...], about("Written agreements and acknowledgements.")] = UNKNOWN
    processing: Annotated[tuple[Entry, ...], about("The record of processing activities.")] = UNKNOWN
    notices: Annotated[tuple[Entry, ...], about("What data subjects are told.")] = UNKNOWN
    impact_assessments: Annotated[tuple[Entry, ...], about("Data protection impact assessments.")] = UNKNOWN
    requests: Annotated[tuple[Entry, ...], about("Requests of data subjects, and how they are met.")] = (
        UNKNOWN
    )
    breaches: Annotated[tuple[Entry, ...], about("Breaches, and how they are told.")] = UNKNOWN


KINDS: tuple[str, ...] = Registers.__struct_fields__
"""The kinds of registers that there are."""
