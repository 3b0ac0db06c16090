"""What the reach scanner sees: paths from a vantage point to other hosts; nothing here judges."""

from typing import Annotated, Literal

from msgspec import Struct

from scanners.facts import UNKNOWN, Facts, about
from scanners.kit.knock import State, Way


class Vantage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The host that connections were tried from, and where it is declared to stand."""

    host: Annotated[str, about("The host that was looked from.")] = UNKNOWN
    zone: Annotated[str, about("The zone that it is declared to stand in.")] = UNKNOWN
    zone_class: Annotated[
        str,
        about("What is declared of that zone: cardholder-data, connected, out-of-scope, guest, internet."),
    ] = UNKNOWN
    wireless: Annotated[bool, about("That zone is declared to be a wireless network.")] = UNKNOWN
    how: Annotated[
        tuple[Way, ...],
        about(
            "How it was tried: here (this machine), forward (by the host's sshd), nc or bash (by the host's own programs); each once."
        ),
    ] = UNKNOWN


class Path(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One connection that was tried."""

    locus: Annotated[str, about("Where it leads: path/db-1/tcp/5432.")]
    destination: Annotated[str, about("The host it leads to.")]
    address: Annotated[str, about("The address that was tried, as it is declared.")]
    port: Annotated[int, about("Port number, 1 to 65535.")]
    protocol: Annotated[Literal["tcp"], about("Transport protocol.")] = "tcp"
    destination_zone: Annotated[str, about("The zone that the destination is declared to stand in.")] = (
        UNKNOWN
    )
    destination_class: Annotated[str, about("What is declared of that zone.")] = UNKNOWN
    destination_role: Annotated[str, about("What the destination is declared to be for.")] = UNKNOWN
    destination_site: Annotated[str, about("The site that the destination is declared to stand at.")] = (
        UNKNOWN
    )
    state: Annotated[
        State, about("open: it accepts; closed: it refuses; filtered: no answer in time, or no way there.")
    ] = UNKNOWN
    via: Annotated[Way, about("How it was tried.")] = UNKNOWN
    declared: Annotated[
        bool, about("A declared flow leads from the one zone to the other with this port.")
    ] = UNKNOWN


class ReachFacts(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """What a host can reach of the others of the inventory that stand in other zones."""

    vantage: Annotated[Vantage, about("Where it was tried from.")] = UNKNOWN
    paths: Annotated[
        tuple[Path, ...],
        about(
            "Connections that were tried to hosts in other zones; cut short where the plan left some out.",
            max_items=1000,
        ),
    ] = UNKNOWN
    egress: Annotated[
        tuple[Path, ...],
        about("Connections that were tried to the declared addresses outside the estate.", max_items=100),
    ] = UNKNOWN
    untried_count: Annotated[int, about("How many of the planned connections have no state.")] = UNKNOWN
