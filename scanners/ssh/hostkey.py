"""A host key as it is written on the wire: its kind, length and fingerprint, and what a certificate adds.

Sources: RFC 4251 s5, RFC 4253 s6.6, RFC 5656 s3.1, RFC 8709, OpenSSH's PROTOCOL.certkeys.
"""

import base64
import hashlib
from datetime import UTC, datetime

from scanners.facts import UNKNOWN, PartialList
from scanners.kit.rounds import clean
from scanners.ssh.facts import HostKey, KeyAlgorithm

_CERTIFICATE = "-cert-v01@openssh.com"
_BLOCK, _LEAST_PADDING = 8, 4
_MOST_PRINCIPALS = 32
_LONGEST_NAME = 80
_FIELDS = {"ssh-rsa": 2, "ssh-dss": 4, "ssh-ed25519": 1, "ssh-ed448": 1}
"""How many fields a key has behind its name; those over NIST's curves have two."""
_CURVES = {"nistp256": 256, "nistp384": 384, "nistp521": 521}
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(9999, 12, 31, tzinfo=UTC)


def read_key(blob: bytes) -> HostKey:
    """The key, plain or in a certificate; raises `ValueError` for bytes that are cut short."""
    name, at = string(blob, 0)
    kind = clean(name, _LONGEST_NAME)
    plain = kind.removesuffix(_CERTIFICATE)
    if plain == kind:
        fields, _ = _fields(blob, at, plain)
        return _key(kind, plain, fields)
    _, at = string(blob, at)  # the nonce
    fields, at = _fields(blob, at, plain)
    return _certified(_key(kind, plain, fields), blob, at)


def named_key(name: str) -> HostKey | None:
    """What the name of an algorithm tells of its key, all but the fingerprint; None where it does not."""
    if name not in ("ssh-ed25519", "ssh-ed448", *(f"ecdsa-sha2-{curve}" for curve in _CURVES)):
        return None
    return _key(name, name, None)


def _fields(blob: bytes, at: int, kind: str) -> tuple[list[bytes], int]:
    """The fields of a key of that kind, and where they end."""
    fields = []
    for _ in range(_FIELDS.get(kind, 2 if kind.startswith("ecdsa-") else 1)):
        field, at = string(blob, at)
        fields.append(field)
    return fields, at


def _key(kind: str, plain: str, fields: list[bytes] | None) -> HostKey:
    """A key by its name and fields; without those, its fingerprint is not known."""
    algorithm, bits = _measured(plain, fields or [])
    blob = b"".join(_framed(each) for each in (plain.encode(), *(fields or ())))
    return HostKey(
        locus=kind,
        algorithm=algorithm,
        bits=UNKNOWN if bits is None else bits,
        fingerprint=UNKNOWN if fields is None else _fingerprint(blob),
        certificate=kind != plain,
        authority="",
        principals=(),
        valid_from=_BEGINNING,
        valid_until=_END,
    )


def _measured(plain: str, fields: list[bytes]) -> tuple[KeyAlgorithm, int | None]:
    """What a key computes with, and its length; None where that is not known."""
    match plain:
        case "ssh-rsa":
            return "rsa", int.from_bytes(fields[1], "big").bit_length()
        case "ssh-dss":
            return "dsa", int.from_bytes(fields[0], "big").bit_length()
        case "ssh-ed25519":
            return "ed25519", 256
        case "ssh-ed448":
            return "ed448", 448
        case _ if plain.startswith("ecdsa-sha2-"):
            return "ecdsa", _CURVES.get(plain.removeprefix("ecdsa-sha2-"))
    return "other", None


def _certified(key: HostKey, blob: bytes, at: int) -> HostKey:
    """The key with what its certificate says."""
    at += 12  # a serial number and the kind of certificate
    _, at = string(blob, at)  # the key's own id
    listed, at = string(blob, at)
    begins, ends = (_time(blob[at + 8 * n : at + 8 + 8 * n]) for n in (0, 1))
    at += 16
    for _ in range(3):  # critical options, extensions, something reserved
        _, at = string(blob, at)
    signer, _ = string(blob, at)
    principals: list[str] = []
    place = 0
    while place < len(listed) and len(principals) <= _MOST_PRINCIPALS:
        name, place = string(listed, place)
        principals.append(clean(name, _LONGEST_NAME))
    names = tuple(principals)
    return HostKey(
        locus=key.locus,
        algorithm=key.algorithm,
        bits=key.bits,
        fingerprint=key.fingerprint,
        certificate=True,
        authority=_fingerprint(signer),
        principals=names if len(names) <= _MOST_PRINCIPALS else PartialList(names[:_MOST_PRINCIPALS]),
        valid_from=begins,
        valid_until=ends,
    )


def _time(eight: bytes) -> datetime:
    """Seconds since 1970, as far as the calendar goes; raises `ValueError` where they are cut short."""
    if len(eight) != 8:  # noqa: PLR2004 - uint64
        raise ValueError("a certificate is cut short")
    return datetime.fromtimestamp(min(int.from_bytes(eight, "big"), int(_END.timestamp())), UTC)


def _fingerprint(blob: bytes) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")


def string(data: bytes, at: int) -> tuple[bytes, int]:
    """A string (RFC 4251 s5) and where it ends; raises `ValueError` where it is cut short."""
    length = int.from_bytes(data[at : at + 4], "big")
    ends = at + 4 + length
    if len(data) < at + 4 or len(data) < ends:
        raise ValueError("a field is cut short")
    return data[at + 4 : ends], ends


def mpint(number: bytes) -> bytes:
    """A positive number in its shortest form, framed."""
    short = number.lstrip(b"\0")
    return _framed(b"\0" + short if short[:1] >= b"\x80" else short)


def packed(number: int, body: bytes) -> bytes:
    """A packet before keys are in use (RFC 4253 s6)."""
    payload = bytes([number]) + body
    padding = _LEAST_PADDING + -(len(payload) + 5 + _LEAST_PADDING) % _BLOCK
    return (len(payload) + padding + 1).to_bytes(4, "big") + bytes([padding]) + payload + bytes(padding)


def _framed(text: bytes) -> bytes:
    return len(text).to_bytes(4, "big") + text
