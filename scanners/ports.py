"""Which TCP ports answer, and what answers there: an nmap connect scan, then service detection on the open ones."""

from typing import Annotated, Literal

from msgspec import Struct

from scanners.facts import UNKNOWN, Facts, about

PortState = Literal["open", "closed", "filtered"]
Transport = Literal["tcp", "udp"]


class Port(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One port and what was seen to answer there."""

    locus: Annotated[str, about("Where it stands: tcp/443.")]
    port: Annotated[int, about("Port number, 1 to 65535.")]
    protocol: Annotated[Transport, about("Transport protocol.")]
    state: Annotated[
        PortState, about("open: it accepts; closed: it refuses; filtered: no answer, or a firewall's.")
    ]
    service: Annotated[
        str,
        about(
            "Protocol that was recognised, by nmap's name: ssh, http, smtp; never guessed from the number."
        ),
    ] = UNKNOWN
    product: Annotated[str, about("Program that it says it is; empty if it does not say.")] = UNKNOWN
    version: Annotated[str, about("Version that it says it is; empty if it does not say.")] = UNKNOWN
    extra: Annotated[str, about("What else it says of itself, shortened.")] = UNKNOWN
    tls: Annotated[bool, about("It speaks TLS from the first byte.")] = UNKNOWN


class PortsFacts(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """Which of the ports asked for answer."""

    asked: Annotated[str, about("The TCP ports that were looked at, as ranges: 22,80,8000-8100.")] = UNKNOWN
    open: Annotated[tuple[Port, ...], about("Ports that accept a connection.", max_items=1000)] = UNKNOWN
    filtered: Annotated[
        tuple[Port, ...],
        about(
            "Ports that stayed silent or that a firewall answered for; cut short where they are many.",
            max_items=64,
        ),
    ] = UNKNOWN
    closed_count: Annotated[int, about("How many of the ports asked for refuse a connection.")] = UNKNOWN
    filtered_count: Annotated[
        int, about("How many of the ports asked for are filtered: neither open nor closed is known.")
    ] = UNKNOWN
