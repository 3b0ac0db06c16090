"""What one certificate says, as facts, however badly it is made. Source: RFC 5280."""

import hashlib
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.utils import CryptographyDeprecationWarning

from scanners.facts import UNKNOWN, PartialList
from scanners.tls.facts import Certificate, KeyType

# What the parser raises on a certificate that is not well made; it may be well made enough elsewhere.
MALFORMED = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_LONGEST_NAME, _MOST_NAMES = 500, 500
_WARNINGS = threading.Lock()  # the filters of warnings belong to all threads


def described(der: bytes) -> Certificate:
    """What one certificate says; a field that cannot be read stays unknown."""
    digest = hashlib.sha256(der).hexdigest()
    shown = parsed(der)
    if shown is None:
        return Certificate(sha256=digest)
    kind, bits = key_of(shown)
    return Certificate(
        subject=_or_unknown(lambda: shown.subject.rfc4514_string()[:_LONGEST_NAME]),
        issuer=_or_unknown(lambda: shown.issuer.rfc4514_string()[:_LONGEST_NAME]),
        serial=_or_unknown(lambda: f"{shown.serial_number:x}"),
        sha256=digest,
        not_before=_or_unknown(lambda: shown.not_valid_before_utc),
        not_after=_or_unknown(lambda: shown.not_valid_after_utc),
        key_type=kind,
        key_bits=bits,
        signature_hash=_or_unknown(lambda: hash_of(shown)),
        names=_or_unknown(lambda: _bounded(_names(shown))),
        is_ca=_or_unknown(lambda: _is_ca(shown)),
        self_signed=_or_unknown(lambda: is_issued_by(shown, shown)),
    )


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
        with quietly():
            certificate = x509.load_der_x509_certificate(der)
        # Each of these may raise only when it is looked at.
        _ = certificate.subject, certificate.issuer, certificate.not_valid_after_utc
    except MALFORMED:
        return None
    return certificate


@contextmanager
def quietly() -> Iterator[None]:
    """Without the library's warnings on certificates that break a rule; some public roots do."""
    with _WARNINGS, warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        yield


def key_of(certificate: x509.Certificate) -> tuple[KeyType, int]:
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
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    dns = names.get_values_for_type(x509.DNSName)
    return (*dns, *(str(address) for address in names.get_values_for_type(x509.IPAddress)))


def names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """The names, none if they cannot be read."""
    try:
        return _names(certificate)
    except MALFORMED:
        return ()


def _bounded(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names as facts bear them: a part of them if there are too many."""
    short = tuple(name[:_LONGEST_NAME] for name in names[:_MOST_NAMES])
    return short if len(names) <= _MOST_NAMES else PartialList(short)


def _is_ca(certificate: x509.Certificate) -> bool:
    """Whether basicConstraints makes it an authority."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _or_unknown(read: Callable[[], Any]) -> Any:
    """What is read, or unknown where the certificate is not well made."""
    try:
        return read()
    except MALFORMED:
        return UNKNOWN
