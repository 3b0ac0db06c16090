"""What is seen of TLS: endpoints, the suites they accept, the certificates they show."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Struct

from scanners.facts import UNKNOWN, Facts, about

Protocol = Literal["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
KeyExchange = Literal[
    "RSA",
    "DH",
    "DHE",
    "ECDH",
    "ECDHE",
    "PSK",
    "DHE_PSK",
    "ECDHE_PSK",
    "RSA_PSK",
    "SRP",
    "KRB5",
    "GOST",
    "ECCPWD",
    "none",
    "any",
]
Authentication = Literal["RSA", "ECDSA", "DSS", "PSK", "SRP", "KRB5", "GOST", "ECCPWD", "anonymous", "any"]
Reached = Literal["answered", "not-tls", "refused", "silent", "reset", "garbage", "too-slow"]
KeyType = Literal["RSA", "EC", "Ed25519", "Ed448", "DSA", "other"]
StapleStatus = Literal["good", "revoked", "unknown", "not-answered", "unreadable"]


class Certificate(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One X.509 certificate as it was shown (RFC 5280)."""

    subject: Annotated[str, about("Subject distinguished name (RFC 4514).")] = UNKNOWN
    issuer: Annotated[str, about("Issuer distinguished name (RFC 4514).")] = UNKNOWN
    serial: Annotated[str, about("Serial number, hexadecimal.")] = UNKNOWN
    sha256: Annotated[str, about("SHA-256 fingerprint of the certificate, hexadecimal.")] = UNKNOWN
    not_before: Annotated[datetime, about("Start of validity, UTC.")] = UNKNOWN
    not_after: Annotated[datetime, about("End of validity, UTC.")] = UNKNOWN
    key_type: Annotated[KeyType, about("Kind of public key.")] = UNKNOWN
    key_bits: Annotated[int, about("Length of the public key in bits; the curve's for EC.")] = UNKNOWN
    signature_hash: Annotated[
        str, about("Hash of the signature: sha256, sha1, md5 ...; none for Ed25519.")
    ] = UNKNOWN
    names: Annotated[
        tuple[str, ...], about("DNS names and IP addresses it is for (subjectAltName).", max_items=500)
    ] = UNKNOWN
    is_ca: Annotated[bool, about("basicConstraints says that it is an authority.")] = UNKNOWN
    lifetime_days: Annotated[
        float, about("From the first to the last second of validity, in days (BR 6.3.2).")
    ] = UNKNOWN
    spki_sha256: Annotated[
        str, about("SHA-256 of SubjectPublicKeyInfo, hexadecimal: the key's identity.")
    ] = UNKNOWN
    rsa_exponent: Annotated[int, about("Public exponent of an RSA key; 0 for other keys.")] = UNKNOWN
    key_usage: Annotated[
        tuple[str, ...], about("keyUsage bits that are set, as in RFC 5280; empty without it.", max_items=9)
    ] = UNKNOWN
    extended_key_usage: Annotated[
        tuple[str, ...], about("extendedKeyUsage by dotted number; empty without it.", max_items=64)
    ] = UNKNOWN
    ocsp_urls: Annotated[
        tuple[str, ...], about("OCSP responders that it names; empty if none.", max_items=64)
    ] = UNKNOWN
    crl_urls: Annotated[
        tuple[str, ...], about("Revocation lists that it names; empty if none.", max_items=64)
    ] = UNKNOWN
    policies: Annotated[
        tuple[str, ...], about("Certificate policies by dotted number; empty if none.", max_items=64)
    ] = UNKNOWN
    must_staple: Annotated[bool, about("It demands a stapled OCSP answer (RFC 7633).")] = UNKNOWN
    scts: Annotated[
        int, about("How many certificate transparency timestamps it carries itself (RFC 6962).")
    ] = UNKNOWN
    self_signed: Annotated[bool, about("Issuer equals subject and its own key verifies the signature.")] = (
        UNKNOWN
    )


class Staple(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An OCSP answer that was sent along with the certificate (RFC 6066 s8, RFC 6960)."""

    status: Annotated[StapleStatus, about("What the answer says; unreadable if it cannot be parsed.")]
    this_update: Annotated[datetime, about("When the answer was true, UTC.")] = UNKNOWN
    next_update: Annotated[datetime, about("Until when it may be used, UTC; unknown if it does not say.")] = (
        UNKNOWN
    )


class Suite(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One cipher suite accepted in one version (IANA TLS Cipher Suites)."""

    version: Annotated[Protocol, about("Protocol version in which it was accepted.")]
    code: Annotated[int, about("IANA number.")]
    name: Annotated[str, about("IANA name.")]
    key_exchange: Annotated[KeyExchange, about("Key exchange; any for TLS 1.3.")]
    authentication: Annotated[Authentication, about("Authentication; any for TLS 1.3.")]
    encryption: Annotated[str, about("Bulk cipher and mode, as AES_128_GCM; NULL for none.")]
    bits: Annotated[
        int, about("Effective strength of the bulk cipher in bits (NIST SP 800-57); 3DES counts 112.")
    ]
    aead: Annotated[bool, about("The cipher authenticates by itself.")]
    forward_secrecy: Annotated[bool, about("Ephemeral key exchange.")]
    export: Annotated[bool, about("Weakened for export, in the sense of the 1990s.")] = False
    iana_recommended: Annotated[
        bool,
        about("Y in the Recommended column of IANA's registry, as of 2022 (RFC 8447); false for N and D."),
    ] = UNKNOWN


class Refusal(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version that is refused."""

    version: Annotated[Protocol, about("Protocol version.")]
    how: Annotated[str, about("The alert with its number and name, the version that was answered, or a cut.")]


class Extension(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One extension that the server answered in one version (IANA TLS ExtensionType Values)."""

    version: Annotated[Protocol, about("Protocol version.")]
    code: Annotated[int, about("IANA number.")]
    name: Annotated[str, about("IANA name; the number in hexadecimal where it has none here.")]


class Endpoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One TCP port that speaks TLS, or that did not say whether it does."""

    locus: Annotated[str, about("Where it stands: tcp/443.")]
    port: Annotated[int, about("TCP port.")]
    reached: Annotated[
        Reached, about("answered, or how it failed to. Only answered and not-tls are knowledge.")
    ]
    server_name: Annotated[str, about("Name sent in server_name; empty for an address (RFC 6066 s3).")] = ""
    starttls: Annotated[
        str,
        about(
            "Plain-text protocol that was or would be upgraded (smtp, postgresql ...); empty for any other."
        ),
    ] = UNKNOWN
    starttls_offered: Annotated[
        bool, about("The plain-text service offers the upgrade to TLS; true for TLS at once.")
    ] = UNKNOWN
    plaintext_allowed: Annotated[
        bool,
        about("A service that upgrades goes on without the upgrade too (RFC 8314); false for TLS at once."),
    ] = UNKNOWN
    observed_at: Annotated[datetime, about("When the first probe was sent, UTC.")] = UNKNOWN
    connections: Annotated[int, about("How many connections the look cost the host.")] = UNKNOWN
    protocols: Annotated[tuple[Protocol, ...], about("Accepted versions, oldest first.", max_items=6)] = (
        UNKNOWN
    )
    protocols_refused: Annotated[
        tuple[Refusal, ...], about("Refused versions, oldest first, each with how.", max_items=6)
    ] = UNKNOWN
    version_intolerance: Annotated[
        tuple[str, ...],
        about(
            "What had to leave a hello before it was taken: unknown values (RFC 8701), long lists of suites,"
            " a length of 256 to 511 bytes (RFC 7685), extensions; empty if nothing had to.",
            max_items=10,
        ),
    ] = UNKNOWN
    extensions: Annotated[
        tuple[Extension, ...], about("Extensions that the server answered, by version.", max_items=100)
    ] = UNKNOWN
    suites: Annotated[
        tuple[Suite, ...], about("Accepted suites by version, in the server's order.", max_items=400)
    ] = UNKNOWN
    server_order: Annotated[
        bool,
        about(
            "The server, not the client, decides which suite is used (in the highest version up to TLS 1.2,"
            " in TLS 1.3 if that stands alone); true where there is one suite only."
        ),
    ] = UNKNOWN
    groups: Annotated[
        tuple[str, ...], about("Key-exchange groups accepted in TLS 1.3, by IANA name.", max_items=64)
    ] = UNKNOWN
    groups_announced: Annotated[
        tuple[str, ...],
        about(
            "Groups that the server itself names in TLS 1.3 (RFC 8446 s4.2.7); empty if none.", max_items=100
        ),
    ] = UNKNOWN
    server_group_order: Annotated[
        bool,
        about(
            "The server, not the client, decides which group is used (in the version of server_order);"
            " true where there is one group or none."
        ),
    ] = UNKNOWN
    groups_tls12: Annotated[
        tuple[str, ...],
        about("Curves used by ECDHE in the highest version up to TLS 1.2, by IANA name.", max_items=64),
    ] = UNKNOWN
    signature_schemes_tls12: Annotated[
        tuple[str, ...],
        about("Schemes that sign a TLS 1.2 key exchange, by IANA name, RSA then ECDSA.", max_items=64),
    ] = UNKNOWN
    signature_schemes_tls13: Annotated[
        tuple[str, ...], about("Schemes seen in CertificateVerify of TLS 1.3, by IANA name.", max_items=64)
    ] = UNKNOWN
    dh_bits: Annotated[
        int, about("Length of the finite-field prime in ServerKeyExchange; 0 if none was used.")
    ] = UNKNOWN
    compression: Annotated[bool, about("TLS compression is chosen when it is offered (CRIME).")] = UNKNOWN
    secure_renegotiation: Annotated[
        bool, about("renegotiation_info is echoed (RFC 5746); true for TLS 1.3 alone.")
    ] = UNKNOWN
    fallback_scsv: Annotated[
        bool, about("A needless downgrade is refused (RFC 7507); true where one version stands alone.")
    ] = UNKNOWN
    extended_master_secret: Annotated[
        bool,
        about(
            "extended_master_secret is echoed in the highest version up to TLS 1.2 (RFC 7627);"
            " true for TLS 1.3 alone."
        ),
    ] = UNKNOWN
    encrypt_then_mac: Annotated[
        bool,
        about("encrypt_then_mac is echoed with every CBC suite up to TLS 1.2 (RFC 7366); true without any."),
    ] = UNKNOWN
    heartbeat: Annotated[bool, about("heartbeat is echoed in some version (RFC 6520).")] = UNKNOWN
    session_tickets: Annotated[
        bool, about("Session tickets are promised in some version up to TLS 1.2 (RFC 5077).")
    ] = UNKNOWN
    client_renegotiation: Annotated[
        bool,
        about("A client may begin a handshake anew up to TLS 1.2 (CVE-2011-1473); false for TLS 1.3 alone."),
    ] = UNKNOWN
    heartbleed: Annotated[
        bool,
        about("An over-long heartbeat is answered with memory (CVE-2014-0160); false without heartbeat."),
    ] = UNKNOWN
    ccs_injection: Annotated[
        bool,
        about("A ChangeCipherSpec before the keys is taken (CVE-2014-0224); false for TLS 1.3 alone."),
    ] = UNKNOWN
    padding_oracle: Annotated[
        bool,
        about(
            "Spoilt records in CBC are answered differently (CVE-2014-8730, CVE-2019-1559); false without CBC."
        ),
    ] = UNKNOWN
    robot: Annotated[
        bool,
        about("Good RSA padding is told from bad (CVE-2017-13099); false without RSA key transport."),
    ] = UNKNOWN
    ticketbleed: Annotated[
        bool,
        about("A short session identifier comes back with memory (CVE-2016-9244); false without tickets."),
    ] = UNKNOWN
    session_id_resumption: Annotated[
        bool, about("A session resumes by its identifier up to TLS 1.2; false for TLS 1.3 alone.")
    ] = UNKNOWN
    ticket_lifetime: Annotated[
        int, about("The longest lifetime of a session ticket in seconds, as hinted; 0 without tickets.")
    ] = UNKNOWN
    early_data: Annotated[
        bool, about("A ticket of TLS 1.3 allows data before the handshake; false without TLS 1.3.")
    ] = UNKNOWN
    http: Annotated[
        bool,
        about(
            "It answers HTTP; false behind an upgrade and on ports of other services, which are not asked."
        ),
    ] = UNKNOWN
    hsts_max_age: Annotated[
        int, about("Seconds of Strict-Transport-Security on the first page (RFC 6797); 0 if none is sent.")
    ] = UNKNOWN
    hsts_subdomains: Annotated[bool, about("Strict-Transport-Security covers names below.")] = UNKNOWN
    downgrade_sentinel: Annotated[
        bool,
        about(
            "Hellos of older versions carry the mark of TLS 1.3 (RFC 8446 s4.1.3);"
            " true where TLS 1.3 stands alone or is not offered."
        ),
    ] = UNKNOWN
    ephemeral_key_reused: Annotated[
        bool, about("The same ephemeral public value came twice within this look (CVE-2020-1968).")
    ] = UNKNOWN
    client_certificate_requested: Annotated[
        bool, about("A certificate of the client is asked for; whether it is required, this does not say.")
    ] = UNKNOWN
    client_ca_names: Annotated[
        tuple[str, ...],
        about("Authorities that it names when it asks for a client's certificate (RFC 4514).", max_items=100),
    ] = UNKNOWN
    staples: Annotated[
        tuple[Staple, ...], about("OCSP answers sent along with the leaf; empty if none.", max_items=1)
    ] = UNKNOWN
    alpn: Annotated[str, about("Application protocol that was agreed; empty if none.")] = UNKNOWN
    alpn_strict: Annotated[
        bool, about("An application protocol that there is not is refused (RFC 7301 s3.2).")
    ] = UNKNOWN
    sni_required: Annotated[bool, about("A hello without server_name is refused.")] = UNKNOWN
    default_certificates: Annotated[
        tuple[Certificate, ...],
        about("The leaf that is shown when no name is sent; empty if that is refused.", max_items=1),
    ] = UNKNOWN
    certificate: Annotated[Certificate, about("The leaf that the endpoint showed.")] = UNKNOWN
    chain: Annotated[
        tuple[Certificate, ...], about("All certificates as sent, leaf first.", max_items=20)
    ] = UNKNOWN
    chain_complete: Annotated[
        bool, about("Nothing is missing between the leaf and a root that is known or was sent.")
    ] = UNKNOWN
    chain_order_valid: Annotated[
        bool, about("Each certificate that was sent is followed by its issuer, and none stands there twice.")
    ] = UNKNOWN
    chain_includes_root: Annotated[bool, about("A root was sent along, above the leaf.")] = UNKNOWN
    leaves: Annotated[
        tuple[Certificate, ...],
        about(
            "Every leaf that any handshake showed, RSA and ECDSA alike; the first is `certificate`.",
            max_items=8,
        ),
    ] = UNKNOWN
    trusted: Annotated[
        bool,
        about(
            "A sound path leads from the leaf to a public or an own root, judged at observed_at;"
            " whether it names the host is name_matches."
        ),
    ] = UNKNOWN
    trust_problems: Annotated[
        tuple[str, ...], about("Every reason why it is not trusted, in words.", max_items=20)
    ] = UNKNOWN
    public_root: Annotated[
        bool, about("The path ends in a root of the public store of the system that looks.")
    ] = UNKNOWN
    scts_in_handshake: Annotated[
        bool,
        about("Certificate transparency timestamps come in the handshake, beside the certificate's own."),
    ] = UNKNOWN
    name_matches: Annotated[
        bool, about("The leaf names the host by the name or address it was reached by (RFC 9525).")
    ] = UNKNOWN


class TlsFacts(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """What a host's TLS endpoints offer."""

    endpoints: Annotated[
        tuple[Endpoint, ...],
        about("Ports looked at: those that speak TLS, and those that would not say.", max_items=200),
    ] = UNKNOWN
