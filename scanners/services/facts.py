"""What is seen of services other than the web and SSH: what they are, whether they offer TLS, whom they let in."""

from typing import Annotated, Literal

from msgspec import Struct

from scanners.facts import UNKNOWN, Facts, about

Reached = Literal["answered", "undecided"]
Protocol = Literal[
    "telnet", "ftp", "rdp", "vnc", "smb", "rtsp", "mqtt", "modbus", "redis", "mongodb", "mysql", "postgresql"
]


class Service(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One TCP port that speaks one of the protocols asked for, or that did not say."""

    locus: Annotated[str, about("Where it stands: tcp/6379.")]
    port: Annotated[int, about("TCP port.")]
    reached: Annotated[
        Reached, about("answered: it spoke the protocol; undecided: it would not say, or was not asked.")
    ]
    protocol: Annotated[Protocol, about("What it speaks.")] = UNKNOWN
    tls_offered: Annotated[bool, about("It offers TLS, at once or by an upgrade.")] = UNKNOWN
    open_access: Annotated[
        bool, about("It served a stranger who named nobody; unknown where only a login could tell.")
    ] = UNKNOWN
    smb1: Annotated[bool, about("SMB alone: it takes version 1 (the dialect NT LM 0.12).")] = UNKNOWN
    login_first: Annotated[
        bool, about("RDP alone: it insists on a login before the session (network level authentication).")
    ] = UNKNOWN
    words: Annotated[str, about("What it says of itself, printable and shortened; empty if nothing.")] = (
        UNKNOWN
    )


class ServicesFacts(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """What a host's services say to a stranger."""

    endpoints: Annotated[
        tuple[Service, ...],
        about("Ports that speak one of the protocols, and those that would not say.", max_items=128),
    ] = UNKNOWN
