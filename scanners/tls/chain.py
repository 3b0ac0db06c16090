"""Whether a chain of certificates is to be trusted, and every reason why it is not.

Dates are judged at a given time. The library's path validation has the last word on trust, but it gives one
reason and not always the real one, and it takes a short key: so each reason is looked for here as well.
Sources: RFC 5280, RFC 9525 (names), CA/Browser Forum Baseline Requirements 6.1.5 and 7.1.3 (keys, hashes).
"""

import binascii
import ipaddress
import os
import re
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import verification

from scanners.tls.certificate import MALFORMED, hash_of, is_issued_by, key_of, names_of, parsed
from scanners.tls.value import Value

NO_STORE = "no store of roots on the scanning system"

_LEAST_BITS: dict[str, int] = {"RSA": 2048, "EC": 256}
_WEAK_HASHES = frozenset({"md2", "md4", "md5", "sha1"})
_LONGEST_PATH = 10
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----")


class Trust(Value, frozen=True):
    """Whether a chain is to be trusted; None if that could not be found out."""

    trusted: bool | None
    problems: tuple[str, ...]
    name_matches: bool
    public: bool | None = False
    """The path ends in a root of the first store; None if that store holds none."""
    complete: bool | None = None
    """Nothing is missing between the leaf and a root that is known or was sent; None if that is not known."""
    ordered: bool | None = None
    """Each certificate is followed by its issuer, and none stands twice; None if one cannot be read."""
    with_root: bool | None = None
    """A root was sent along, above the leaf."""


def trust(chain: tuple[bytes, ...], *, name: str, at: datetime, stores: tuple[str, ...]) -> Trust:
    """Every reason why the chain, leaf first, is not trusted for the name or address at that time.

    `stores` are PEM files of trusted roots, that of the public ones first; one that is not there holds none.
    """
    shown = [certificate for der in chain if (certificate := parsed(der)) is not None]
    if not shown or parsed(chain[0]) is None:
        return Trust(trusted=False, problems=("the certificate cannot be read",), name_matches=False)
    leaf = shown[0]
    roots = tuple(der for store in stores for der in _roots(store))
    path, end = _path(leaf, shown[1:], roots, at)
    root = None if end else path[-1]
    known = _roots(stores[0]) if stores else ()
    public = (root is not None and root.public_bytes(Encoding.DER) in known) if known else None
    problems = [
        problem for certificate in path for problem in _problems(certificate, at, is_root=certificate is root)
    ]
    shape = _shape(chain, path, end, roots)
    matches = _matches(leaf, name)
    misnamed = [] if matches else [f"it does not name {name}, but {_listed(names_of(leaf))}"]
    if not problems and end and not roots:
        return Trust(trusted=None, problems=(end, *misnamed), name_matches=matches, public=public, **shape)
    if end:
        problems.append(end)
    elif root and not problems and (refusal := _refusal(leaf, shown[1:], root, at)):
        problems.append(refusal)
    return Trust(
        trusted=not problems,
        problems=(*problems, *misnamed)[:20],
        name_matches=matches,
        public=public,
        **shape,
    )


def _shape(
    chain: tuple[bytes, ...], path: list[x509.Certificate], end: str, roots: tuple[bytes, ...]
) -> dict[str, bool | None]:
    """How the chain was sent: whole, in order, with its root."""
    read = [certificate for der in chain if (certificate := parsed(der)) is not None]
    follows = all(is_issued_by(one, above) for one, above in pairwise(read))
    ends = not end or is_issued_by(path[-1], path[-1])
    return {
        "complete": True if ends else False if roots else None,
        "ordered": follows and len(set(chain)) == len(chain) if len(read) == len(chain) else None,
        "with_root": any(der in roots for der in chain[1:])
        or any(is_issued_by(one, one) for one in read[1:]),
    }


def _path(
    leaf: x509.Certificate, others: list[x509.Certificate], roots: tuple[bytes, ...], at: datetime
) -> tuple[list[x509.Certificate], str]:
    """The certificates from the leaf up to a root; or as far as they go, and why they go no further."""
    path = [leaf]
    while len(path) <= _LONGEST_PATH:
        last = path[-1]
        if last.public_bytes(Encoding.DER) in roots:
            return path, ""
        if root := _root_above(last, roots, at):
            return [*path, root], ""
        if is_issued_by(last, last):
            return path, _end_at(last, leaf)
        issuer = next((other for other in others if other not in path and is_issued_by(last, other)), None)
        if issuer is None:
            return path, f"its issuer {_dn(last.issuer)} was not sent and is no known root"
        path.append(issuer)
    return path, "the chain is longer than any sound one"


def _root_above(
    certificate: x509.Certificate, roots: tuple[bytes, ...], at: datetime
) -> x509.Certificate | None:
    """The root that issued the certificate, rather one that is valid at the time."""
    # A store holds some 150 roots; only those that bear the issuer's name are worth parsing.
    name = certificate.issuer.public_bytes()
    named = [root for der in roots if name in der and (root := parsed(der)) is not None]
    fitting = [root for root in named if is_issued_by(certificate, root)]
    valid = [root for root in fitting if root.not_valid_before_utc <= at <= root.not_valid_after_utc]
    return next(iter(valid + fitting), None)


def _end_at(last: x509.Certificate, leaf: x509.Certificate) -> str:
    """What it is called when a path ends at a certificate that signed itself."""
    if last == leaf:
        return f"self-signed: {_dn(last.subject)} vouches for itself"
    return f"its root {_dn(last.subject)} is in no store"


def _problems(certificate: x509.Certificate, at: datetime, *, is_root: bool) -> list[str]:
    """What is wrong with one certificate of the path, whatever the stores say."""
    who = _dn(certificate.subject)
    found = []
    if certificate.not_valid_after_utc < at:
        found.append(f"expired: {who} ended on {certificate.not_valid_after_utc:%Y-%m-%d}")
    if certificate.not_valid_before_utc > at:
        found.append(f"not yet valid: {who} begins on {certificate.not_valid_before_utc:%Y-%m-%d}")
    kind, bits = key_of(certificate)
    if kind == "DSA" or (kind in _LEAST_BITS and bits < _LEAST_BITS[kind]):
        found.append(f"weak key: {kind} with {bits} bits in {who}")
    if not is_root and hash_of(certificate) in _WEAK_HASHES:
        found.append(f"weak hash: {who} is signed with {hash_of(certificate)}")
    return found


def _refusal(
    leaf: x509.Certificate, others: list[x509.Certificate], root: x509.Certificate, at: datetime
) -> str:
    """What the library's path validation has against the chain, the name apart; empty for nothing."""
    names = names_of(leaf)
    if not names:
        return "it has no subjectAltName"
    try:
        subject = _subject(names[0])
        builder = verification.PolicyBuilder().store(verification.Store([root])).time(at)
        builder.build_server_verifier(subject).verify(leaf, others)
    except (verification.VerificationError, *MALFORMED) as error:
        return f"path validation refuses it: {str(error)[:200]}"
    return ""


def _subject(name: str) -> x509.DNSName | x509.IPAddress:
    """A name that the leaf itself carries, as the path validation wants it."""
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.replace("*", "a", 1))


def _matches(leaf: x509.Certificate, name: str) -> bool:
    """Whether subjectAltName carries the name or address (RFC 9525 s6); the common name does not count."""
    wanted = name.lower().rstrip(".")
    try:
        address = ipaddress.ip_address(wanted)
    except ValueError:
        return any(_covers(pattern.lower(), wanted) for pattern in names_of(leaf))
    return str(address) in names_of(leaf)


def _covers(pattern: str, wanted: str) -> bool:
    """Whether a name of a certificate covers the one wanted; a star stands for the whole first label."""
    if not pattern.startswith("*."):
        return pattern.rstrip(".") == wanted
    first, _, rest = wanted.partition(".")
    return bool(first) and rest == pattern[2:].rstrip(".")


def _roots(store: str) -> tuple[bytes, ...]:
    """The roots of a store in PEM, each in DER; none if there is no such file."""
    try:
        return _roots_at(store, os.stat(store).st_mtime_ns)  # noqa: PTH116 - pathlib takes 1 ms to import
    except (OSError, ValueError):
        return ()


@lru_cache(maxsize=4)
def _roots_at(store: str, _changed: int) -> tuple[bytes, ...]:
    """The roots as they stand in a file that was last changed then."""
    with open(store, "rb") as file:  # noqa: PTH123 - see above
        return tuple(binascii.a2b_base64(body) for body in _PEM.findall(file.read()))


def _dn(name: x509.Name) -> str:
    """A distinguished name, not longer than a line bears."""
    return name.rfc4514_string()[:120] or "nobody"


def _listed(names: tuple[str, ...]) -> str:
    """The first few names."""
    return ", ".join(names[:5]) + (" ..." if len(names) > 5 else "") if names else "nothing"  # noqa: PLR2004 (a few)
