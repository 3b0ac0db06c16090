"""What one certificate says, as facts, however badly it is made. Source: RFC 5280."""

import hashlib
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from scanners.tls.wire import Cursor
from scanners.unseen import UNKNOWN, PartialList

if TYPE_CHECKING:
    from scanners.tls.facts import KeyType, StapleStatus

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)
# What the parser raises on a certificate that is not well made; it may be well made enough elsewhere.
MALFORMED = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_STATES: dict[ocsp.OCSPCertStatus | None, "StapleStatus"] = {
    ocsp.OCSPCertStatus.GOOD: "good",
    ocsp.OCSPCertStatus.REVOKED: "revoked",
    ocsp.OCSPCertStatus.UNKNOWN: "unknown",
}
_USAGES = {
    "digital_signature": "digitalSignature",
    "content_commitment": "nonRepudiation",
    "key_encipherment": "keyEncipherment",
    "data_encipherment": "dataEncipherment",
    "key_agreement": "keyAgreement",
    "key_cert_sign": "keyCertSign",
    "crl_sign": "cRLSign",
    "encipher_only": "encipherOnly",
    "decipher_only": "decipherOnly",
}
_LONGEST_NAME, _MOST_NAMES = 500, 500
MOST_AUTHORITIES = 100
_ED25519 = bytes.fromhex("300506032b6570")
_NO_KEY = b"\x30\x2a" + _ED25519 + b"\x03\x21\x00" + bytes(32)
_NO_SIGNATURE = _ED25519 + b"\x03\x41\x00" + bytes(64)
_WARNINGS = threading.Lock()  # the filters of warnings belong to all threads


@lru_cache(maxsize=256)
def described(der: bytes) -> Mapping[str, Any]:
    """What one certificate says: the fields of `facts.Certificate`; what cannot be read is unknown.

    A leaf is told up to three times, and many endpoints share an issuer: nobody may change what this gives.
    """
    digest, shown = hashlib.sha256(der).hexdigest(), parsed(der)
    if shown is None:
        return dict.fromkeys(_READ, UNKNOWN) | {"sha256": digest}
    return {name: _or_unknown(read, shown) for name, read in _READ.items()} | {"sha256": digest}


def staple(der: bytes) -> dict[str, Any]:
    """What an OCSP answer says (RFC 6960): the fields of `facts.Staple`."""
    try:
        answer = ocsp.load_der_ocsp_response(der)
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return {"status": "not-answered"}
        ends = answer.next_update_utc
        return {
            "status": _STATES[answer.certificate_status],
            "this_update": answer.this_update_utc,
            "next_update": UNKNOWN if ends is None else ends,
        }
    except MALFORMED:
        return {"status": "unreadable"}


def names_of_authorities(listed: bytes) -> tuple[str, ...]:
    """Names in DER, each behind its length of two bytes, as text (RFC 4514); raises `WireError`."""
    body, found = Cursor(listed), list[str]()
    while body.left and len(found) <= MOST_AUTHORITIES:
        found.append(_name_in_words(body.vector(2)))
    return tuple(found)


def _name_in_words(der: bytes) -> str:
    """One name; the library reads names inside of requests alone, so a request of nobody is put round it."""
    body = _tagged(0x30, b"\x02\x01\x00" + der + _NO_KEY + b"\xa0\x00")
    try:
        request = x509.load_der_x509_csr(_tagged(0x30, body + _NO_SIGNATURE))
        return request.subject.rfc4514_string()[:_LONGEST_NAME]
    except MALFORMED:
        return f"unreadable: {der[:16].hex()}"


def _tagged(tag: int, body: bytes) -> bytes:
    """A value in DER (X.690 s8.1.3): its length in one byte, or how many bytes that takes and then those."""
    size = len(body)
    wide = size.to_bytes((size.bit_length() + 7) // 8, "big") if size > 0x7F else b""  # noqa: PLR2004 - 7 bits
    return bytes([tag, 0x80 | len(wide) if wide else size]) + wide + body


def rsa_numbers(der: bytes) -> tuple[int, int] | None:
    """Modulus and exponent of the key in a certificate; None if it holds no RSA key."""
    shown = parsed(der)
    key = shown.public_key() if shown and key_of(shown)[0] == "RSA" else None
    if not isinstance(key, rsa.RSAPublicKey):
        return None
    return key.public_numbers().n, key.public_numbers().e


@lru_cache(maxsize=256)
def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer's name and key fit the certificate."""
    if certificate.issuer != issuer.subject:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except InvalidSignature:
        return False
    except MALFORMED:
        return _is_signed_weakly_by(certificate, issuer)
    return True


def _is_signed_weakly_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """The same for RSA with MD5 or SHA-1, which the library will not verify (RFC 8017 s8.2.2)."""
    weak, key = hash_of(certificate), issuer.public_key()
    if weak not in ("md5", "sha1") or not isinstance(key, rsa.RSAPublicKey):
        return False
    numbers = key.public_numbers()
    opened = pow(int.from_bytes(certificate.signature, "big"), numbers.e, numbers.n)
    digest = hashlib.new(weak, certificate.tbs_certificate_bytes, usedforsecurity=False).digest()
    return opened.to_bytes(key.key_size // 8 + 1, "big").endswith(digest)


@lru_cache(maxsize=256)
def parsed(der: bytes) -> x509.Certificate | None:
    """The certificate, or None if it is too badly made to be read at all."""
    try:
        with _quietly():
            certificate = x509.load_der_x509_certificate(der)
        # Each of these may raise only when it is looked at.
        _ = certificate.subject, certificate.issuer, certificate.not_valid_after_utc
    except MALFORMED:
        return None
    return certificate


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the library's warnings on certificates that break a rule; some public roots do."""
    with _WARNINGS, warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        yield


def key_of(certificate: x509.Certificate) -> tuple["KeyType", int]:
    """The kind and length of the public key; the length is unknown if it cannot be read."""
    try:
        key = certificate.public_key()
    except MALFORMED:
        return "other", UNKNOWN
    kinds: tuple[tuple[type, KeyType, int], ...] = (
        (rsa.RSAPublicKey, "RSA", 0),
        (ec.EllipticCurvePublicKey, "EC", 0),
        (dsa.DSAPublicKey, "DSA", 0),
        (ed25519.Ed25519PublicKey, "Ed25519", 256),
        (ed448.Ed448PublicKey, "Ed448", 456),
    )
    for kind, named, bits in kinds:
        if isinstance(key, kind):
            return named, bits or getattr(key, "key_size", UNKNOWN)
    return "other", UNKNOWN


def hash_of(certificate: x509.Certificate) -> str:
    """The hash of the signature; none where the algorithm has no choice of one."""
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return certificate.signature_algorithm_oid.dotted_string
    return algorithm.name if algorithm else "none"


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    """DNS names and addresses of subjectAltName."""
    names = _extension(certificate, x509.SubjectAlternativeName)
    if names is None:
        return ()
    dns = names.get_values_for_type(x509.DNSName)
    return (*dns, *(str(address) for address in names.get_values_for_type(x509.IPAddress)))


def names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """The names, none if they cannot be read."""
    try:
        return _names(certificate)
    except MALFORMED:
        return ()


def _lifetime(certificate: x509.Certificate) -> float:
    """Days from the first to the last second, both counted."""
    life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    return (life.total_seconds() + 1) / 86400


def _spki(certificate: x509.Certificate) -> str:
    """The fingerprint of the public key."""
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(key).hexdigest()


def _exponent(certificate: x509.Certificate) -> int:
    """The exponent of an RSA key, 0 for others."""
    key = certificate.public_key()
    return key.public_numbers().e if isinstance(key, rsa.RSAPublicKey) else 0


def _key_usage(certificate: x509.Certificate) -> tuple[str, ...]:
    """The bits of keyUsage that are set."""
    usage = _extension(certificate, x509.KeyUsage)
    if usage is None:
        return ()
    # The library refuses to read the last two where keyAgreement is not set.
    bits = (name for name in _USAGES if usage.key_agreement or not name.endswith("_only"))
    return tuple(_USAGES[name] for name in bits if getattr(usage, name))


def _purposes(certificate: x509.Certificate) -> tuple[str, ...]:
    """The purposes of extendedKeyUsage."""
    purposes = _extension(certificate, x509.ExtendedKeyUsage)
    if purposes is None:
        return ()
    return tuple(purpose.dotted_string for purpose in list(purposes)[:64])


def _ocsp_urls(certificate: x509.Certificate) -> tuple[str, ...]:
    """The OCSP responders of authorityInfoAccess."""
    access = _extension(certificate, x509.AuthorityInformationAccess)
    if access is None:
        return ()
    places = [
        one.access_location for one in access if one.access_method == AuthorityInformationAccessOID.OCSP
    ]
    return tuple(str(place.value)[:_LONGEST_NAME] for place in places[:64])


def _crl_urls(certificate: x509.Certificate) -> tuple[str, ...]:
    """Where revocation lists stand, of cRLDistributionPoints."""
    points = _extension(certificate, x509.CRLDistributionPoints)
    if points is None:
        return ()
    places = [place for point in points for place in point.full_name or ()]
    urls = (place.value for place in places if isinstance(place, x509.UniformResourceIdentifier))
    return tuple(url[:_LONGEST_NAME] for url in urls)[:64]


def _policies(certificate: x509.Certificate) -> tuple[str, ...]:
    """The policies by number."""
    policies = _extension(certificate, x509.CertificatePolicies)
    if policies is None:
        return ()
    return tuple(policy.policy_identifier.dotted_string for policy in policies)[:64]


def _must_staple(certificate: x509.Certificate) -> bool:
    """Whether TLS feature holds status_request."""
    features = _extension(certificate, x509.TLSFeature)
    if features is None:
        return False
    return x509.TLSFeatureType.status_request in features


def _timestamps(certificate: x509.Certificate) -> int:
    """How many transparency timestamps stand in it."""
    timestamps = _extension(certificate, x509.PrecertificateSignedCertificateTimestamps)
    return 0 if timestamps is None else len(timestamps)


def _bounded(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names as facts bear them: a part of them if there are too many."""
    short = tuple(name[:_LONGEST_NAME] for name in names[:_MOST_NAMES])
    return short if len(names) <= _MOST_NAMES else PartialList(short)


def _is_ca(certificate: x509.Certificate) -> bool:
    """Whether basicConstraints makes it an authority."""
    constraints = _extension(certificate, x509.BasicConstraints)
    return constraints is not None and constraints.ca


def _extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    """An extension, or None if the certificate has none of the kind."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


_READ: dict[str, Callable[[x509.Certificate], Any]] = {
    "subject": lambda shown: shown.subject.rfc4514_string()[:_LONGEST_NAME],
    "issuer": lambda shown: shown.issuer.rfc4514_string()[:_LONGEST_NAME],
    "serial": lambda shown: f"{shown.serial_number:x}",
    "not_before": lambda shown: shown.not_valid_before_utc,
    "not_after": lambda shown: shown.not_valid_after_utc,
    "key_type": lambda shown: key_of(shown)[0],
    "key_bits": lambda shown: key_of(shown)[1],
    "signature_hash": hash_of,
    "names": lambda shown: _bounded(_names(shown)),
    "is_ca": _is_ca,
    "lifetime_days": _lifetime,
    "spki_sha256": _spki,
    "rsa_exponent": _exponent,
    "key_usage": _key_usage,
    "extended_key_usage": _purposes,
    "ocsp_urls": _ocsp_urls,
    "crl_urls": _crl_urls,
    "policies": _policies,
    "must_staple": _must_staple,
    "scts": _timestamps,
    "self_signed": lambda shown: is_issued_by(shown, shown),
}
"""What is read of a certificate, and how."""


def _or_unknown(read: Callable[[x509.Certificate], Any], shown: x509.Certificate) -> Any:
    """What is read, or unknown where the certificate is not well made."""
    try:
        return read(shown)
    except MALFORMED:
        return UNKNOWN
