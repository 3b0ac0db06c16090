"""What the ports scanner sees: ports and what answers on them; nothing here judges."""

from typing import Annotated, Literal

from msgspec import Struct

from scanners.facts import UNKNOWN, Facts, about

PortState = Literal["open", "closed", "filtered"]
Transport = Literal["tcp", "udp"]
UdpState = Literal["answered", "closed", "no-answer"]


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
            "Protocol that was recognised, by its usual name: ssh, http, smtp; never guessed from the number."
        ),
    ] = UNKNOWN
    product: Annotated[str, about("Program that it says it is; empty if it does not say.")] = UNKNOWN
    version: Annotated[str, about("Version that it says it is; empty if it does not say.")] = UNKNOWN
    extra: Annotated[str, about("What else it says of itself, shortened.")] = UNKNOWN
    tls: Annotated[bool, about("It speaks TLS from the first byte.")] = UNKNOWN
    banner: Annotated[
        str, about("The first bytes that it said, inside TLS where it speaks that; escaped, at most 4 KiB.")
    ] = UNKNOWN


class UdpPort(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One UDP port that was asked in its own protocol."""

    locus: Annotated[str, about("Where it stands: udp/161.")]
    port: Annotated[int, about("Port number, 1 to 65535.")]
    service: Annotated[str, about("Protocol that it was asked in: dns, ntp, snmp.")]
    state: Annotated[
        UdpState,
        about("answered: it spoke; closed: the host said so; no-answer: filtered, lost, or open and silent."),
    ]
    extra: Annotated[str, about("What it says of itself, shortened; empty if it says nothing.")] = UNKNOWN


class PortsFacts(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """Which of the ports asked for answer."""

    asked: Annotated[str, about("The TCP ports that were looked at, as ranges: 22,80,8000-8100.")] = UNKNOWN
    answered: Annotated[
        str, about("Those of them that are open or refuse, as ranges; of the others nothing is known.")
    ] = UNKNOWN
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
    undecided_count: Annotated[
        int, about("How many of the ports asked for were not asked to the end, because time ran out.")
    ] = UNKNOWN
    udp: Annotated[
        tuple[UdpPort, ...],
        about("UDP ports that were each asked in their own protocol; on others nobody looked.", max_items=64),
    ] = UNKNOWN
