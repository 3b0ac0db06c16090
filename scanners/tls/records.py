"""Records under the keys of TLS 1.0 to 1.2, as far as one handshake of our own needs them.

What the server sends is opened and not authenticated where a MAC would do that: nothing of it is trusted.
Sources: RFC 2246 s5 and s6.3, RFC 4346 s6.2.3, RFC 5246 s5 and s6.3, RFC 5288 s3, RFC 7905 s2.
"""

import hashlib
import hmac
import os
from collections.abc import Callable
from enum import StrEnum
from itertools import count

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from scanners.tls.suites import TLS10, TLS12, names
from scanners.tls.value import Value
from scanners.tls.wire import WireError

_BLOCK = 16
_MACS = {"SHA": "sha1", "SHA256": "sha256", "SHA384": "sha384"}
_GCM_SALT, _GCM_NONCE, _CHACHA_NONCE = 4, 8, 12
SUITES = frozenset(
    {
        *(0xC02B, 0xC02C, 0xC02F, 0xC030, 0xCCA8, 0xCCA9, 0x009C, 0x009D),
        *(0x009E, 0x009F, 0xCCAA, 0x0033, 0x0039, 0x0067, 0x006B),
        *(0xC009, 0xC00A, 0xC013, 0xC014, 0xC023, 0xC024, 0xC027, 0xC028, 0x002F, 0x0035, 0x003C, 0x003D),
    }
)
"""The suites that this can use: ECDHE, DHE or RSA, with AES in GCM or CBC, or ChaCha20."""

Record = Callable[[int, bytes], bytes]
"""From a type and a body to the bytes behind the header, or back to the body."""


class Flaw(StrEnum):
    """How a record can be spoilt."""

    NONE = "none"
    MAC = "mac"
    PADDING = "padding"
    """All of it but its length; a server that takes this does not look (CVE-2014-8730)."""
    LENGTH = "length"
    """It claims to be longer than the record."""
    EMPTY_MAC = "empty-mac"
    EMPTY_PADDING = "empty-padding"
    """The same without a body (CVE-2019-1559)."""


class Kind(Value, frozen=True):
    """How a suite protects records in one version."""

    version: int
    mode: str
    """GCM, CBC or CHACHA20."""
    key: int
    start: int
    """Bytes of salt, nonce or first block that come with the keys."""
    mac: str
    """The hash of the MAC; empty for none."""
    digest: str
    """The hash that derives keys; empty for MD5 and SHA-1 together."""


def kind_of(suite: int, version: int) -> Kind:
    """How one of `SUITES` protects records."""
    name = names()[suite]
    mode = next(mode for mode in ("GCM", "CBC", "CHACHA20") if mode in name)
    digest = "sha384" if name.endswith("SHA384") else "sha256"
    first = _BLOCK if version == TLS10 else 0
    return Kind(
        version=version,
        mode=mode,
        key=16 if "_128_" in name else 32,
        start={"GCM": _GCM_SALT, "CHACHA20": _CHACHA_NONCE, "CBC": first}[mode],
        mac=_MACS[name.rsplit("_", 1)[1]] if mode == "CBC" else "",
        digest=digest if version == TLS12 else "",
    )


def derived(digest: str, secret: bytes, label: bytes, seed: bytes, size: int) -> bytes:
    """The pseudo-random function of TLS 1.2, or without a digest that of older versions (RFC 2246 s5)."""
    if digest:
        return _spread(digest, secret, label + seed, size)
    half = (len(secret) + 1) // 2
    one = _spread("md5", secret[:half], label + seed, size)
    other = _spread("sha1", secret[-half:], label + seed, size)
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def transcript_hash(digest: str, transcript: bytes) -> bytes:
    """What a Finished is made of."""
    if digest:
        return hashlib.new(digest, transcript).digest()
    md5 = hashlib.md5(transcript, usedforsecurity=False).digest()
    return md5 + hashlib.sha1(transcript, usedforsecurity=False).digest()


def ways(kind: Kind, master: bytes, ours: bytes, theirs: bytes) -> tuple[Record, Record]:
    """What seals our records and what opens the server's, in order; `ours` and `theirs` are the randoms."""
    mac = hashlib.new(kind.mac).digest_size if kind.mac else 0
    sizes = (mac, mac, kind.key, kind.key, kind.start, kind.start)
    block = derived(kind.digest, master, b"key expansion", theirs + ours, sum(sizes))
    parts = [block[sum(sizes[:at]) : sum(sizes[: at + 1])] for at in range(len(sizes))]
    if kind.mode == "CBC":
        return CbcSealer(kind, parts[0], parts[2], parts[4]), _cbc_opener(kind, parts[3], parts[5])
    return _aead_sealer(kind, parts[2], parts[4]), _aead_opener(kind, parts[3], parts[5])


def _spread(digest: str, secret: bytes, seed: bytes, size: int) -> bytes:
    """P_hash of RFC 5246 s5."""
    out, turn = b"", seed
    while len(out) < size:
        turn = hmac.digest(secret, turn, digest)
        out += hmac.digest(secret, turn + seed, digest)
    return out[:size]


def _header(kind: Kind, number: int, type_: int, length: int) -> bytes:
    """What is authenticated beside a body."""
    return (
        number.to_bytes(8, "big")
        + bytes([type_])
        + kind.version.to_bytes(2, "big")
        + length.to_bytes(2, "big")
    )


def _nonce(kind: Kind, start: bytes, number: int) -> bytes:
    """The nonce of a record under AEAD."""
    if kind.mode == "GCM":
        return start + number.to_bytes(_GCM_NONCE, "big")
    return (int.from_bytes(start, "big") ^ number).to_bytes(_CHACHA_NONCE, "big")


def _aead_sealer(kind: Kind, key: bytes, start: bytes) -> Record:
    """What seals records under AEAD."""
    cipher, numbers = (AESGCM if kind.mode == "GCM" else ChaCha20Poly1305)(key), count()

    def sealed(type_: int, body: bytes) -> bytes:
        number = next(numbers)
        shown = number.to_bytes(_GCM_NONCE, "big") if kind.mode == "GCM" else b""
        return shown + cipher.encrypt(
            _nonce(kind, start, number), body, _header(kind, number, type_, len(body))
        )

    return sealed


def _aead_opener(kind: Kind, key: bytes, start: bytes) -> Record:
    """What opens records under AEAD; raises `WireError`."""
    cipher, numbers = (AESGCM if kind.mode == "GCM" else ChaCha20Poly1305)(key), count()
    shown = _GCM_NONCE if kind.mode == "GCM" else 0

    def opened(type_: int, body: bytes) -> bytes:
        number, length = next(numbers), max(len(body) - shown - _BLOCK, 0)
        nonce = start + body[:shown] if shown else _nonce(kind, start, number)
        try:
            return cipher.decrypt(nonce, body[shown:], _header(kind, number, type_, length))
        except (InvalidTag, ValueError) as error:
            raise WireError("a record cannot be decrypted") from error

    return opened


class CbcSealer:
    """What seals records under AES in CBC: MAC, padding, encryption; spoilt where a flaw is asked for."""

    def __init__(self, kind: Kind, mac: bytes, key: bytes, start: bytes) -> None:
        self._kind, self._mac, self._key, self._last = kind, mac, key, start
        self._numbers = count()

    def __call__(self, type_: int, body: bytes, flaw: Flaw = Flaw.NONE) -> bytes:
        """The bytes behind the header of a record."""
        body = b"" if flaw in (Flaw.EMPTY_MAC, Flaw.EMPTY_PADDING) else body
        header = _header(self._kind, next(self._numbers), type_, len(body))
        proof = hmac.digest(self._mac, header + body, self._kind.mac)
        if flaw in (Flaw.MAC, Flaw.EMPTY_MAC):
            proof = bytes([proof[0] ^ 1]) + proof[1:]
        return self._encrypted(_padded(body + proof, flaw))

    def _encrypted(self, plain: bytes) -> bytes:
        """Whole blocks, behind what they begin with where the version sends that."""
        before = self._last or os.urandom(_BLOCK)
        cipher = Cipher(algorithms.AES(self._key), modes.CBC(before)).encryptor()
        out = cipher.update(plain) + cipher.finalize()
        if not self._kind.start:
            return before + out
        self._last = out[-_BLOCK:]
        return out


def _padded(plain: bytes, flaw: Flaw) -> bytes:
    """Filled to two blocks at least and whole ones; with a flaw, bytes or length of the padding are wrong."""
    fill = 2 * _BLOCK - 1 - len(plain) % _BLOCK
    match flaw:
        case Flaw.PADDING | Flaw.EMPTY_PADDING:
            return plain + bytes([fill ^ 1]) * fill + bytes([fill])
        case Flaw.LENGTH:
            return plain + bytes([0xFF]) * (fill + 1)
    return plain + bytes([fill]) * (fill + 1)


def _cbc_opener(kind: Kind, key: bytes, start: bytes) -> Record:
    """What opens records under AES in CBC, without looking at the MAC; raises `WireError`."""
    last, size = start, hashlib.new(kind.mac).digest_size

    def opened(_type: int, body: bytes) -> bytes:
        nonlocal last
        whole = last + body
        if len(whole) < 2 * _BLOCK or len(whole) % _BLOCK:
            raise WireError("a record is not made of whole blocks")
        cipher = Cipher(algorithms.AES(key), modes.CBC(whole[:_BLOCK])).decryptor()
        plain = cipher.update(whole[_BLOCK:]) + cipher.finalize()
        last = whole[-_BLOCK:] if kind.start else b""
        return plain[: max(len(plain) - 1 - plain[-1] - size, 0)]

    return opened
