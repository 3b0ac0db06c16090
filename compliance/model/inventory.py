"""The inventory: what an operator declares of the estate, as one document that is imported whole.

A field that holds `UNKNOWN` was not declared; an empty list was declared, and there is none. The same types
are read from the file, kept, and asked by rules: of hosts as `host.inventory`, the rest as `estate`.
"""

from datetime import date
from typing import Annotated, ClassVar, Literal

from msgspec import Struct

from compliance.model.estate import (
    Case,
    Category,
    Data,
    DataStore,
    KeyEntry,
    Recovery,
    Registers,
    Terminal,
    Vendor,
)
from scanners import UNKNOWN, Pace
from scanners.facts import about

ZoneClass = Literal["cardholder-data", "connected", "out-of-scope", "guest", "internet"]
Role = Literal[
    "pay-station",
    "payment-terminal",
    "gate-controller",
    "anpr-camera",
    "video-camera",
    "back-office",
    "database",
    "web",
    "mobile-api",
    "file-server",
    "log-server",
    "backup",
    "management",
    "network-device",
    "workstation",
    "other",
]
Channel = Literal["P2PE", "B-IP", "C", "A", "A-EP", "D"]
Environment = Literal["production", "test", "development"]
MalwareRisk = Literal["at-risk", "not-at-risk"]


class Site(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A place where hosts stand: a car park, an office, a data centre."""

    LABEL: ClassVar[str] = "name"
    name: Annotated[str, about("What it is called.")]
    country: Annotated[str, about("ISO 3166 code of two letters: LU, FR, DE.")] = UNKNOWN
    owner: Annotated[str, about("Who answers for it.")] = UNKNOWN
    attended: Annotated[bool, about("Somebody is there while it is open.")] = UNKNOWN


class Zone(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A network zone and what it has to do with card data."""

    LABEL: ClassVar[str] = "name"
    name: Annotated[str, about("What it is called.")]
    zone_class: Annotated[ZoneClass, about("What it has to do with card data.")] = UNKNOWN
    networks: Annotated[tuple[str, ...], about("Its addresses, as 10.1.0.0/24.")] = UNKNOWN
    resolvers: Annotated[
        tuple[str, ...], about("Addresses of the name servers and web proxies that its hosts may ask.")
    ] = UNKNOWN
    wireless: Annotated[bool, about("It is a wireless network.")] = UNKNOWN
    owner: Annotated[str, about("Who answers for it.")] = UNKNOWN


class DesignatedServer(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A server that others of the estate are told to use, and no other for the same."""

    LABEL: ClassVar[str] = "address"
    address: Annotated[str, about("Its name or address, as the settings of those that use it write it.")]
    serves: Annotated[Literal["time", "log", "dns", "proxy"], about("What it is for.")]
    outside: Annotated[
        bool, about("It is not the operator's own: only the operator's own servers of its kind ask it.")
    ] = UNKNOWN
    host: Annotated[str, about("The host of the inventory that it is.")] = UNKNOWN
    why: Annotated[str, about("Why it is trusted: for time, the source that it keeps to.")] = UNKNOWN


class FlowEntry(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    rename={"source": "from"},
):
    """Traffic that is wanted from one zone to another; other traffic between them is not."""

    source: Annotated[str, about("The zone it comes from.")]
    to: Annotated[str, about("The zone it goes to, or internet.")]
    ports: Annotated[str, about("TCP ports, as 443,8000-8100.")]
    purpose: Annotated[str, about("What it is needed for.")]
    approved_by: Annotated[str, about("Who approved it.")]
    approved_on: Annotated[date, about("The day of its approval.")]
    until: Annotated[date | None, about("Its last day; left out where it has none.")] = None


class ExpectedPort(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A port that is allowed to be open on a host, and why."""

    LABEL: ClassVar[str] = "port"
    port: Annotated[str, about("Protocol and number: tcp/443, udp/123.")]
    why: Annotated[str, about("What it is needed for.")] = UNKNOWN
    owner: Annotated[str, about("Who answers for it.")] = UNKNOWN
    approved: Annotated[date, about("The day it was approved, or approved again.")] = UNKNOWN
    mitigation: Annotated[str, about("What protects an unsafe protocol.")] = UNKNOWN


class Folder(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A folder of a host that holds data which must go after a time."""

    LABEL: ClassVar[str] = "path"
    path: Annotated[str, about("Its absolute path.")]
    purpose: Annotated[str, about("What the data is kept for.")] = UNKNOWN
    category: Annotated[Category, about("What kind of data it holds.")] = UNKNOWN
    days: Annotated[int, about("How many days a file may stay.")] = UNKNOWN
    legal_days: Annotated[
        int, about("How many days the law of the country lets it stay, as counsel has said.")
    ] = UNKNOWN


class HostEntry(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A host as it is declared."""

    LABEL: ClassVar[str] = "name"
    name: Annotated[str, about("What it is called in reports.")]
    address: Annotated[str, about("IP address or DNS name; the name itself if not given.")] = ""
    site: Annotated[str, about("The site it stands at.")] = ""
    zone: Annotated[str, about("The network zone it stands in.")] = ""
    role: Annotated[Role | None, about("What it is for.")] = None
    owner: Annotated[str, about("Who answers for it.")] = ""
    scopes: Annotated[tuple[Data, ...] | None, about("Which data it touches; both if not given.")] = None
    channel: Annotated[Channel, about("The payment channel that it serves, by questionnaire.")] = UNKNOWN
    pace: Annotated[Pace | None, about("How gently it is met; that of its role if not given.")] = None
    ports: Annotated[str, about("TCP ports to look at, as 22,443,8000-8100.")] = ""
    login: Annotated[str, about("Name of the account to log in with; never a secret.")] = ""
    expected_ports: Annotated[tuple[ExpectedPort, ...], about("Every port that may be open.")] = UNKNOWN
    passed_ports: Annotated[tuple[ExpectedPort, ...], about("Every port that it may pass on to others.")] = (
        UNKNOWN
    )
    expected_units: Annotated[
        tuple[str, ...], about("Every unit that may start with it, as cron or ssh.socket.")
    ] = UNKNOWN
    critical_paths: Annotated[
        tuple[str, ...], about("What of it must be compared beside the system's own: programs, web roots.")
    ] = UNKNOWN
    takes_terminals: Annotated[bool, about("Terminals connect to it by TLS.")] = UNKNOWN
    ruleset: Annotated[str, about("Digest of its approved filter rules, as host.config.firewall.digest.")] = (
        UNKNOWN
    )
    no_login: Annotated[str, about("Why no scan can log in to it; empty where one can.")] = UNKNOWN
    folders: Annotated[tuple[Folder, ...], about("Every folder with data that must go after a time.")] = (
        UNKNOWN
    )
    environment: Annotated[Environment, about("What its data and users are.")] = UNKNOWN
    malware_risk: Annotated[
        MalwareRisk, about("Whether malware threatens it, as the last assessment says.")
    ] = UNKNOWN
    malware_assessed: Annotated[date, about("The day it was last assessed as not at risk from malware.")] = (
        UNKNOWN
    )
    web_filter: Annotated[str, about("What stops attacks on its pages before they come to it; or empty.")] = (
        UNKNOWN
    )
    reviewed: Annotated[date, about("The day on which this entry was last looked over.")] = UNKNOWN


class CertificateEntry(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A certificate of the register."""

    host: Annotated[str, about("The host that shows it.")] = UNKNOWN
    port: Annotated[str, about("Where, as tcp/443.")] = UNKNOWN
    fingerprint: Annotated[str, about("SHA-256 of the certificate, hexadecimal.")] = UNKNOWN
    issuer: Annotated[str, about("Who issued it, as the certificate says.")] = UNKNOWN
    expires: Annotated[date, about("Its last day.")] = UNKNOWN
    owner: Annotated[str, about("Who renews it.")] = UNKNOWN
    key_bits: Annotated[int, about("Length of its key.")] = UNKNOWN
    why: Annotated[str, about("What it is needed for.")] = UNKNOWN
    own_authority: Annotated[bool, about("An authority of the operator's own, or itself, issued it.")] = (
        UNKNOWN
    )


class AccountEntry(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An account that may exist on the hosts of a role, or on named hosts."""

    LABEL: ClassVar[str] = "name"
    name: Annotated[str, about("Its name on the host.")]
    kind: Annotated[
        Literal["person", "admin", "service", "payment", "shared", "vendor", "developer"],
        about("What it is for."),
    ] = UNKNOWN
    roles: Annotated[tuple[Role, ...], about("The roles of hosts on which it may exist.")] = ()
    hosts: Annotated[tuple[str, ...], about("Hosts on which it may exist.")] = ()
    owner: Annotated[str, about("Who answers for it.")] = UNKNOWN
    why: Annotated[str, about("What it is needed for.")] = UNKNOWN
    reviewed: Annotated[date, about("The day on which it was last looked over.")] = UNKNOWN
    reads_logs: Annotated[bool, about("Its work needs the security logs.")] = UNKNOWN
    approved_by: Annotated[str, about("Who approved that it may log in, and with what rights.")] = UNKNOWN
    opens: Annotated[date, about("The first day on which it may log in.")] = UNKNOWN
    ends: Annotated[date, about("The last day: of an exception, or of a supplier's work.")] = UNKNOWN
    password_days: Annotated[
        int, about("How old its password may become, by the operator's own risk analysis.")
    ] = UNKNOWN


class Leaver(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Somebody who has left, and whose accounts and duties must be gone."""

    LABEL: ClassVar[str] = "name"
    name: Annotated[str, about("Their name, as owner of accounts and duties.")]


class ScriptEntry(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A script that a payment page may load."""

    LABEL: ClassVar[str] = "source"

    host: Annotated[str, about("The host of the page.")]
    source: Annotated[str, about("The script's address, or inline.")]
    integrity: Annotated[str, about("Its digest, as in the page's integrity attribute.")] = UNKNOWN
    why: Annotated[str, about("What it is needed for.")] = UNKNOWN
    owner: Annotated[str, about("Who authorised it.")] = UNKNOWN
    approved: Annotated[date, about("The day it was authorised.")] = UNKNOWN


class Inventory(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The whole document. What is not given is not known; an empty list says that there is none."""

    format: Literal["inventory/v1"]
    hosts: Annotated[tuple[HostEntry, ...], about("The hosts.")] = UNKNOWN
    sites: Annotated[tuple[Site, ...], about("The sites.")] = UNKNOWN
    zones: Annotated[tuple[Zone, ...], about("The network zones.")] = UNKNOWN
    flows: Annotated[tuple[FlowEntry, ...], about("All traffic that is wanted between zones.")] = UNKNOWN
    certificates: Annotated[tuple[CertificateEntry, ...], about("Every certificate in use.")] = UNKNOWN
    terminals: Annotated[tuple[Terminal, ...], about("Every device that takes cards.")] = UNKNOWN
    stores: Annotated[tuple[DataStore, ...], about("Where personal and card data is kept.")] = UNKNOWN
    keys: Annotated[tuple[KeyEntry, ...], about("Every key that protects stored card data.")] = UNKNOWN
    vendors: Annotated[tuple[Vendor, ...], about("Everybody outside who handles data or systems.")] = UNKNOWN
    recovery: Annotated[tuple[Recovery, ...], about("How systems come back.")] = UNKNOWN
    accounts: Annotated[tuple[AccountEntry, ...], about("Every account that may log in to a host.")] = UNKNOWN
    leavers: Annotated[tuple[Leaver, ...], about("Everybody who has left lately.", max_items=500)] = UNKNOWN
    scripts: Annotated[tuple[ScriptEntry, ...], about("Every script of payment pages.")] = UNKNOWN
    servers: Annotated[
        tuple[DesignatedServer, ...], about("Every server of time, logs and names that hosts are to use.")
    ] = UNKNOWN
    cases: Annotated[
        tuple[Case, ...], about("Requests of data subjects, breaches and failed controls that came up.")
    ] = UNKNOWN
    registers: Annotated[Registers, about("What people keep up.")] = Registers()


class Registered(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A certificate of the register, as it concerns one host."""

    LABEL: ClassVar[str] = "place"
    place: Annotated[
        str, about("Where it is declared to be, as tcp/443; anywhere, where the register names no place.")
    ]
    fingerprint: Annotated[str, about("SHA-256 of the certificate, hexadecimal.")] = UNKNOWN
    issuer: Annotated[str, about("Who issued it, as the certificate says.")] = UNKNOWN
    expires: Annotated[date, about("Its last day.")] = UNKNOWN
    owner: Annotated[str, about("Who renews it.")] = UNKNOWN
    key_bits: Annotated[int, about("Length of its key.")] = UNKNOWN
    why: Annotated[str, about("What it is needed for.")] = UNKNOWN
    own_authority: Annotated[bool, about("An authority of the operator's own, or itself, issued it.")] = (
        UNKNOWN
    )


class HostInventory(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the inventory declares of one host, beside what every host has."""

    zone_class: Annotated[ZoneClass, about("What its zone has to do with card data.")] = UNKNOWN
    country: Annotated[str, about("The country of its site: LU, FR, DE.")] = UNKNOWN
    attended: Annotated[bool, about("Somebody is at its site while that is open.")] = UNKNOWN
    channel: Annotated[Channel, about("The payment channel that it serves, by questionnaire.")] = UNKNOWN
    environment: Annotated[Environment, about("What its data and users are.")] = UNKNOWN
    malware_risk: Annotated[
        MalwareRisk, about("Whether malware threatens it, as the last assessment says.")
    ] = UNKNOWN
    malware_assessed: Annotated[date, about("The day it was last assessed as not at risk from malware.")] = (
        UNKNOWN
    )
    web_filter: Annotated[str, about("What stops attacks on its pages before they come to it; or empty.")] = (
        UNKNOWN
    )
    reviewed: Annotated[date, about("The day on which its entry was last looked over.")] = UNKNOWN
    expected_ports: Annotated[
        tuple[ExpectedPort, ...], about("Every port that may be open.", max_items=500)
    ] = UNKNOWN
    passed_ports: Annotated[
        tuple[ExpectedPort, ...], about("Every port that it may pass on to others.", max_items=500)
    ] = UNKNOWN
    expected_units: Annotated[tuple[str, ...], about("Every unit that may start with it.", max_items=500)] = (
        UNKNOWN
    )
    critical_paths: Annotated[
        tuple[str, ...], about("What of it must be compared, each with a / at its end.", max_items=200)
    ] = UNKNOWN
    takes_terminals: Annotated[bool, about("Terminals connect to it by TLS.")] = UNKNOWN
    ruleset: Annotated[str, about("Digest of the filter rules that were approved for it.")] = UNKNOWN
    resolvers: Annotated[
        tuple[str, ...], about("Name servers and web proxies that hosts of its zone may ask.")
    ] = UNKNOWN
    login: Annotated[str, about("The account that scans log in with.")] = UNKNOWN
    folders: Annotated[
        tuple[Folder, ...], about("Folders with data that must go after a time.", max_items=60)
    ] = UNKNOWN
    certificates: Annotated[
        tuple[Registered, ...],
        about("The register's certificates of this host, and those of no host.", max_items=500),
    ] = UNKNOWN
    terminals: Annotated[tuple[Terminal, ...], about("The devices that take cards on it.")] = UNKNOWN
    stores: Annotated[tuple[DataStore, ...], about("The stores of data that lie on it.", max_items=40)] = (
        UNKNOWN
    )
    keys: Annotated[
        tuple[KeyEntry, ...], about("The keys for stored card data that lie on it.", max_items=20)
    ] = UNKNOWN
    accounts: Annotated[
        tuple[AccountEntry, ...], about("Every account that may exist on it.", max_items=150)
    ] = UNKNOWN
    payment_accounts: Annotated[
        tuple[str, ...],
        about(
            "Accounts declared to take payments, one card at a time; none where nobody declared any.",
            max_items=150,
        ),
    ] = ()
    left_accounts: Annotated[
        tuple[str, ...],
        about("Accounts declared for it whose owner has left.", max_items=150),
    ] = UNKNOWN
    scripts: Annotated[
        tuple[ScriptEntry, ...], about("Every script that its pages may load.", max_items=200)
    ] = UNKNOWN
    servers: Annotated[
        tuple[DesignatedServer, ...],
        about("Every server of time, logs and names that hosts are to use.", max_items=100),
    ] = UNKNOWN
    serves: Annotated[
        tuple[str, ...], about("What it is itself designated for: time, log, dns, proxy.", max_items=10)
    ] = UNKNOWN
