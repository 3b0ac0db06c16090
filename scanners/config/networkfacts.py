"""How a host stands in its networks, what starts with it, and what compares its files."""

from typing import Annotated, Literal

from msgspec import Struct

from scanners.config.agents.facts import AgentFacts
from scanners.facts import UNKNOWN, about


class Accepted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One port that rules of the packet filter let in, or pass on."""

    locus: Annotated[str, about("accepts/input/tcp/443")]
    hook: Annotated[Literal["input", "forward"], about("For this host (input), or through it (forward).")]
    port: Annotated[
        str, about("tcp/443, udp/123, tcp/8000-9000; any where the rules name no port, but an address.")
    ]
    rule: Annotated[str, about("The first rule that does so, as it is loaded.")] = UNKNOWN


class Interface(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One network interface and its addresses."""

    locus: Annotated[str, about("interface/eth0")]
    name: Annotated[str, about("Its name.")]
    addresses: Annotated[tuple[str, ...], about("Its addresses, without lengths.", max_items=200)]
    public: Annotated[bool, about("One of them is an address of the public internet.")]


class Network(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the host stands in its networks."""

    interfaces: Annotated[
        tuple[Interface, ...], about("Its interfaces, those without an address left out.", max_items=500)
    ] = UNKNOWN
    resolvers: Annotated[
        tuple[str, ...],
        about("Name servers that it asks; behind systemd-resolved those that one asks.", max_items=50),
    ] = UNKNOWN
    proxies: Annotated[
        tuple[str, ...], about("Hosts of web proxies set for everybody and for apt.", max_items=50)
    ] = UNKNOWN


class Integrity(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What AIDE or Wazuh is set to compare, and whom it tells."""

    covers: Annotated[
        tuple[str, ...],
        about("Beginnings of paths: what begins with one is compared.", max_items=400),
    ] = UNKNOWN
    leaves_out: Annotated[tuple[str, ...], about("Beginnings of paths that are left out.", max_items=400)] = (
        UNKNOWN
    )
    tells: Annotated[
        tuple[str, ...], about("Where reports go: mail, syslog, server; a file tells nobody.", max_items=20)
    ] = UNKNOWN


class NetworkFacts(AgentFacts, frozen=True, kw_only=True, omit_defaults=True):
    """The part of the facts on networks, units and compared files."""

    network: Annotated[Network, about("How it stands in its networks.")] = UNKNOWN
    enabled_units: Annotated[
        tuple[str, ...],
        about("Service, socket and timer units that start with the system.", max_items=1000),
    ] = UNKNOWN
    integrity: Annotated[Integrity, about("What compares its files, and whom it tells.")] = UNKNOWN
