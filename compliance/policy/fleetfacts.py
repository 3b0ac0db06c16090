"""What fleet rules may read: lists that were gathered from all hosts."""

from typing import Annotated

from msgspec import Struct

from compliance.policy.schema import Schema, cel_type
from scanners import UNKNOWN, Facts
from scanners.facts import about

ROOT = "fleet"


class TlsKey(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One TLS key, and where it answers."""

    locus: Annotated[str, about("tls-key/ and the first 16 digits of its SHA-256")]
    spki_sha256: Annotated[
        str, about("SHA-256 of SubjectPublicKeyInfo, hexadecimal: the key's identity.")
    ] = UNKNOWN
    places: Annotated[tuple[str, ...], about("Host and port of each place, sorted.", max_items=100)] = UNKNOWN
    sites: Annotated[
        tuple[str, ...], about("The sites that the hosts stand at, each once.", max_items=100)
    ] = UNKNOWN
    zones: Annotated[
        tuple[str, ...], about("The zones that the hosts stand in, each once.", max_items=100)
    ] = UNKNOWN


class SshKey(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One ssh key that lets somebody in, and where."""

    locus: Annotated[str, about("ssh-key/ and the first 16 characters of its SHA-256")]
    fingerprint: Annotated[str, about("SHA256:..., as ssh-keygen -l shows it.")] = UNKNOWN
    places: Annotated[tuple[str, ...], about("Host and account of each place, sorted.", max_items=100)] = (
        UNKNOWN
    )
    sites: Annotated[
        tuple[str, ...], about("The sites that the hosts stand at, each once.", max_items=100)
    ] = UNKNOWN
    zones: Annotated[
        tuple[str, ...], about("The zones that the hosts stand in, each once.", max_items=100)
    ] = UNKNOWN


class FleetFacts(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """What all hosts show together."""

    tls_keys: Annotated[tuple[TlsKey, ...], about("Every key that answers by TLS.", max_items=5000)] = UNKNOWN
    ssh_keys: Annotated[
        tuple[SshKey, ...], about("Every key in an authorized_keys file.", max_items=5000)
    ] = UNKNOWN


def fleet_schema() -> Schema:
    """What fleet rules may read: the fields of `FleetFacts` under `fleet`."""
    return Schema(host=cel_type(FleetFacts), root=FleetFacts, scanners=(), name=ROOT)
