"""What is seen of the DNS: the zone of a host's name and what it says."""

from typing import Annotated

from msgspec import Struct

from scanners.facts import UNKNOWN, Facts, about


class DkimKey(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One public key for signing mail (RFC 6376)."""

    locus: Annotated[str, about("Its selector.")]
    rsa_bits: Annotated[
        int, about("Length of an RSA key in bits; 0 for another kind, and for a revoked one.")
    ] = UNKNOWN


class Domain(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The zone that a host's name stands in."""

    locus: Annotated[str, about("Where it stands: dns/parking.example.")]
    name: Annotated[str, about("Name of the zone, without the last dot.")]
    spf: Annotated[
        tuple[str, ...], about("SPF policies (RFC 7208); more than one is a mistake.", max_items=8)
    ] = UNKNOWN
    dmarc: Annotated[
        tuple[str, ...], about("DMARC policies (RFC 7489); more than one is a mistake.", max_items=8)
    ] = UNKNOWN
    dmarc_policy: Annotated[
        str, about("What the one DMARC policy asks for: none, quarantine, reject; empty if there is not one.")
    ] = UNKNOWN
    dkim: Annotated[
        tuple[DkimKey, ...],
        about("Keys under the selectors that were tried; others may exist.", max_items=16),
    ] = UNKNOWN
    caa: Annotated[
        tuple[str, ...], about("Who may issue certificates (RFC 8659), as: issue example.org.", max_items=32)
    ] = UNKNOWN
    signed: Annotated[
        bool, about("The zone has keys, and its parent vouches for one (DNSKEY and DS, RFC 4034).")
    ] = UNKNOWN
    transfer: Annotated[
        bool,
        about(
            "The host itself hands the whole zone to a stranger (AXFR, RFC 5936); false where it is no name server."
        ),
    ] = UNKNOWN
    private_addresses: Annotated[
        tuple[str, ...],
        about("Private addresses that the host's name has there (RFC 1918, RFC 4193).", max_items=32),
    ] = UNKNOWN


class DnsFacts(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """What the DNS says of a host that has a name."""

    domains: Annotated[
        tuple[Domain, ...], about("The zone of the host's name; empty for a host without one.", max_items=1)
    ] = UNKNOWN
