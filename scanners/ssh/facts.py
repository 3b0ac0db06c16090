"""What is seen of SSH servers: who they say they are, what they offer, which keys they show."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Struct

from scanners.facts import UNKNOWN, Facts, about

KeyAlgorithm = Literal["rsa", "dsa", "ecdsa", "ed25519", "ed448", "other"]
Reached = Literal["answered", "undecided"]
Names = tuple[str, ...]


class HostKey(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One host key that it showed, plain or inside a certificate (RFC 4253 s6.6, OpenSSH's PROTOCOL.certkeys)."""

    locus: Annotated[
        str, about("Its kind as the key names itself: ssh-rsa, ssh-ed25519-cert-v01@openssh.com.")
    ]
    algorithm: Annotated[KeyAlgorithm, about("What it computes with.")]
    bits: Annotated[int, about("Its length: of the modulus for RSA and DSA, of the curve for others.")] = (
        UNKNOWN
    )
    fingerprint: Annotated[str, about("Of the key itself, as ssh-keygen -l prints it: SHA256:...")] = UNKNOWN
    certificate: Annotated[bool, about("An authority of SSH has signed it.")] = UNKNOWN
    authority: Annotated[str, about("Fingerprint of the key that signed it; empty for a plain key.")] = (
        UNKNOWN
    )
    principals: Annotated[
        tuple[str, ...],
        about("Names that the certificate is for; none for a plain key, or for every name.", max_items=32),
    ] = UNKNOWN
    valid_from: Annotated[datetime, about("Start of the certificate's validity; 1970 if it has none.")] = (
        UNKNOWN
    )
    valid_until: Annotated[datetime, about("End of the certificate's validity; 9999 if it has none.")] = (
        UNKNOWN
    )


class DhGroup(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One way to exchange keys by Diffie and Hellman's method over numbers."""

    locus: Annotated[str, about("The method: diffie-hellman-group14-sha256.")]
    bits: Annotated[
        int,
        about(
            "Length of the modulus: known by the name, or of the shortest that it gave when 1024 were asked."
        ),
    ] = UNKNOWN


class SshEndpoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One TCP port that greets as SSH, or that did not say what it is."""

    locus: Annotated[str, about("Where it stands: tcp/22.")]
    port: Annotated[int, about("TCP port.")]
    reached: Annotated[Reached, about("answered: it greeted as SSH; undecided: it would not say.")]
    banner: Annotated[str, about("Its identification line, printable and shortened (RFC 4253 s4.2).")] = (
        UNKNOWN
    )
    protocol: Annotated[str, about("Version it names itself: 2.0; 1.99 takes version 1 too.")] = UNKNOWN
    software: Annotated[str, about("Program and version it names, as OpenSSH_9.2p1; empty if none.")] = (
        UNKNOWN
    )
    comment: Annotated[str, about("What follows the program's name, as Debian-2+deb12u3; empty if none.")] = (
        UNKNOWN
    )
    kex: Annotated[
        Names, about("Key exchange methods in its order, without marker names.", max_items=128)
    ] = UNKNOWN
    host_keys: Annotated[Names, about("Host key algorithms in its order.", max_items=128)] = UNKNOWN
    ciphers: Annotated[Names, about("Ciphers of either direction, in its order.", max_items=128)] = UNKNOWN
    macs: Annotated[Names, about("MACs of either direction, in its order.", max_items=128)] = UNKNOWN
    compression: Annotated[Names, about("Compression of either direction: none, zlib ...", max_items=32)] = (
        UNKNOWN
    )
    strict_kex: Annotated[bool, about("It offers strict key exchange (kex-strict-s-v00@openssh.com).")] = (
        UNKNOWN
    )
    terrapin: Annotated[
        bool, about("It offers what a prefix can be cut from, without strict key exchange (CVE-2023-48795).")
    ] = UNKNOWN
    post_quantum: Annotated[bool, about("It offers a key exchange with ML-KEM or sntrup761.")] = UNKNOWN
    keys: Annotated[
        tuple[HostKey, ...], about("The keys it showed, one for each kind it offers.", max_items=12)
    ] = UNKNOWN
    dh_groups: Annotated[
        tuple[DhGroup, ...],
        about(
            "Its methods of Diffie and Hellman over numbers; those over curves are not among them.",
            max_items=16,
        ),
    ] = UNKNOWN
    auth_methods: Annotated[
        Names, about("Ways to log in offered to an unknown user; none if nothing is asked for.", max_items=16)
    ] = UNKNOWN


class SshFacts(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """What a host's SSH servers show from outside."""

    endpoints: Annotated[
        tuple[SshEndpoint, ...],
        about("Ports that greet as SSH, and those that would not say.", max_items=32),
    ] = UNKNOWN
