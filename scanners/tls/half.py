"""Half a TLS 1.3 handshake: as far as the server's certificate, which is encrypted, and no further.

A key share of our own, the key schedule, and the server's first flight opened; nothing is sent after the
hello and nothing of the server's is trusted. Sources: RFC 8446 s4.4, s5.2, s7.1; RFC 8448 for its shape.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from itertools import count

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanners.tls.hello import ALPN, AUTHORITIES, STATUS_REQUEST, TIMESTAMPS, Hello, encoded, handshake
from scanners.tls.value import replace
from scanners.tls.wire import (
    ALERT,
    APPLICATION,
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    CERTIFICATE_VERIFY,
    CHANGE_CIPHER,
    ENCRYPTED_EXTENSIONS,
    FINISHED,
    HANDSHAKE,
    MOST_CERTIFICATES,
    SERVER_HELLO,
    Cursor,
    Messages,
    Records,
    WireError,
    extension_map,
    server_hello,
)

_Secret = Callable[[bytes], bytes]
_Cipher = AESGCM | ChaCha20Poly1305 | AESCCM
_CIPHERS: dict[int, tuple[str, int, Callable[[bytes], _Cipher]]] = {
    0x1301: ("sha256", 16, AESGCM),
    0x1302: ("sha384", 32, AESGCM),
    0x1303: ("sha256", 32, ChaCha20Poly1305),
    0x1304: ("sha256", 16, AESCCM),
    0x1305: ("sha256", 16, lambda key: AESCCM(key, tag_length=8)),
}
_CCM_8 = 0x1305
_CURVES: dict[int, type[ec.EllipticCurve]] = {23: ec.SECP256R1, 24: ec.SECP384R1, 25: ec.SECP521R1}
_EDWARDS = {29: x25519.X25519PrivateKey, 30: x448.X448PrivateKey}
SUITES = frozenset(_CIPHERS)
"""The suites that this can open."""
GROUPS = (*_CURVES, *_EDWARDS)
"""The groups that this can use, those first that the library takes least time to be ready for (3 ms less)."""


class Half:
    """One half handshake: `data` is to be sent, the answer is to be fed until it is `done`."""

    _ends: tuple[int, ...] = (CERTIFICATE_VERIFY, FINISHED)

    def __init__(self, offer: Hello, random: bytes) -> None:
        group = offer.groups[0]
        share, self._agree = fresh_key(group)
        full = replace(offer, groups=(group,), shares=((group, share),))
        self.data = encoded(full, random)
        self._transcript = handshake(full, random)
        self._records, self._messages, self._inner = Records(), Messages(), Messages()
        self._open: Callable[[bytes], bytes] | None = None
        self._suite, self._shared, self._greeted = 0, b"", b""
        self.done = False
        self.reply = b""
        self.alert = -1
        self.chain: tuple[bytes, ...] = ()
        self.share = b""
        """The server's key share."""
        self.alpn = ""
        self.scheme = 0
        self.staple = b""
        self.asks_certificate = False
        self.authorities = b""
        self.extensions: dict[int, bytes] = {}
        """Those of the hello and of EncryptedExtensions."""
        self.timestamps = False
        """The leaf came with certificate transparency timestamps."""

    def feed(self, data: bytes) -> None:
        """Take what the server sent; raises `WireError`."""
        for kind, body in self._records.feed(data):
            if self.done:
                return
            if self._open is None:
                self._read_plain(kind, body)
            elif kind == APPLICATION:
                self._read_sealed(self._open(body))
            elif kind != CHANGE_CIPHER:
                raise WireError("a record of the handshake is not encrypted")

    def finish(self) -> None:
        """Say that nothing more comes."""
        self._records.finish()

    def _read_plain(self, kind: int, body: bytes) -> None:
        """What comes before encryption: an alert or the hello."""
        if kind == ALERT:
            self.alert, self.done = (body[1:2] or b"\x00")[0], True
            return
        for number, message in self._messages.feed(body) if kind == HANDSHAKE else ():
            hello = server_hello(message) if number == SERVER_HELLO else None
            if hello is None or hello.is_retry or hello.suite not in _CIPHERS or not hello.group:
                raise WireError("the hello is not one that can be followed")
            self.extensions |= hello.extensions
            share = Cursor(hello.extensions[51])
            share.take(2)
            self.share = share.vector(2)
            self._transcript += bytes([number]) + len(message).to_bytes(3, "big") + message
            self._suite, self._shared = hello.suite, shared_secret(hello.suite, self._agree(self.share))
            self._greeted = self._transcript
            self._open = opener(
                hello.suite, traffic(hello.suite, self._shared, b"s hs traffic", self._greeted)
            )

    def _read_sealed(self, plain: bytes) -> None:
        """One opened record: its true type is its last byte that is not zero."""
        inner = plain.rstrip(b"\x00")
        if inner[-1:] == bytes([ALERT]):
            self.alert, self.done = (inner[1:2] or b"\x00")[0], True
        elif inner[-1:] == bytes([HANDSHAKE]):
            for number, message in self._inner.feed(inner[:-1]):
                self._read(number, message)

    def _read(self, number: int, message: bytes) -> None:
        """One message of the encrypted flight."""
        body = Cursor(message)
        if number == ENCRYPTED_EXTENSIONS:
            told = extension_map(body.vector(2))
            self.extensions |= told
            if named := told.get(ALPN):
                self.alpn = Cursor(Cursor(named).vector(2)).vector(1).decode("ascii", "replace")
        elif number == CERTIFICATE_REQUEST:
            self.asks_certificate = True
            body.vector(1)
            named = extension_map(body.vector(2)).get(AUTHORITIES, b"")
            self.authorities = Cursor(named).vector(2) if named else b""
        elif number == CERTIFICATE:
            body.vector(1)
            self._read_chain(Cursor(body.vector(3)))
        elif number == CERTIFICATE_VERIFY:
            self.scheme = body.number(2)
        self.done = self.done or number in self._ends

    def _read_chain(self, body: Cursor) -> None:
        """The certificates, each with extensions of its own."""
        found: list[bytes] = []
        while body.left and len(found) <= MOST_CERTIFICATES:
            found.append(body.vector(3))
            extensions = extension_map(body.vector(2))
            if len(found) == 1:
                self.staple = extensions.get(STATUS_REQUEST, b"")[4:]
                self.timestamps = TIMESTAMPS in extensions
        self.chain = tuple(found)


def fresh_key(group: int) -> tuple[bytes, _Secret]:
    """A fresh key for the group: the share to send, and how to agree on a secret with the server's."""
    if curve := _CURVES.get(group):
        private = ec.generate_private_key(curve())
        point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return point, _guarded(
            lambda theirs: private.exchange(
                ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(curve(), theirs)
            )
        )
    if group == 29:  # noqa: PLR2004 - x25519
        own = x25519.X25519PrivateKey.generate()
        return own.public_key().public_bytes_raw(), _guarded(
            lambda theirs: own.exchange(x25519.X25519PublicKey.from_public_bytes(theirs))
        )
    other = x448.X448PrivateKey.generate()
    return other.public_key().public_bytes_raw(), _guarded(
        lambda theirs: other.exchange(x448.X448PublicKey.from_public_bytes(theirs))
    )


def _guarded(agree: _Secret) -> _Secret:
    """The same agreement, where a bad share of the server's is a `WireError`."""

    def agreed(theirs: bytes) -> bytes:
        try:
            return agree(theirs)
        except ValueError as error:
            raise WireError("the server's key share is no good") from error

    return agreed


def shared_secret(suite: int, agreed: bytes) -> bytes:
    """The handshake secret of RFC 8446 s7.1, without a key shared before."""
    digest = _CIPHERS[suite][0]
    zero = bytes(hashlib.new(digest).digest_size)
    derived = expanded(digest, hmac.digest(zero, zero, digest), b"derived", hashlib.new(digest).digest())
    return hmac.digest(derived, agreed, digest)


def traffic(suite: int, secret: bytes, label: bytes, transcript: bytes) -> bytes:
    """A traffic secret (RFC 8446 s7.1)."""
    digest = _CIPHERS[suite][0]
    return expanded(digest, secret, label, hashlib.new(digest, transcript).digest())


def opener(suite: int, secret: bytes) -> Callable[[bytes], bytes]:
    """What opens the records under a traffic secret, in order; raises `WireError`."""
    cipher, nonces = _keys(suite, secret)

    def opened(body: bytes) -> bytes:
        header = b"\x17\x03\x03" + len(body).to_bytes(2, "big")
        try:
            return cipher.decrypt(next(nonces), body, header)
        except (InvalidTag, ValueError) as error:
            raise WireError("a record cannot be decrypted") from error

    return opened


def sealer(suite: int, secret: bytes) -> Callable[[int, bytes], bytes]:
    """What makes records of a type and a body under a traffic secret, in order."""
    cipher, nonces = _keys(suite, secret)

    def sealed(kind: int, body: bytes) -> bytes:
        plain = body + bytes([kind])
        header = b"\x17\x03\x03" + (len(plain) + _tag_bytes(suite)).to_bytes(2, "big")
        return header + cipher.encrypt(next(nonces), plain, header)

    return sealed


def expanded(digest: str, secret: bytes, label: bytes, context: bytes, length: int = 0) -> bytes:
    """HKDF-Expand-Label (RFC 8446 s7.1); one round of the hash is enough for every length used here."""
    size = length or hashlib.new(digest).digest_size
    name = b"tls13 " + label
    info = size.to_bytes(2, "big") + bytes([len(name)]) + name + bytes([len(context)]) + context
    return hmac.digest(secret, info + b"\x01", digest)[:size]


def digest_of(suite: int) -> str:
    """The hash that a suite rests on."""
    return _CIPHERS[suite][0]


def _keys(suite: int, secret: bytes) -> tuple[_Cipher, Iterator[bytes]]:
    """The cipher under a traffic secret, and its nonces (RFC 8446 s5.3)."""
    digest, key_bytes, cipher = _CIPHERS[suite]
    start = int.from_bytes(expanded(digest, secret, b"iv", b"", 12), "big")
    nonces = ((start ^ number).to_bytes(12, "big") for number in count())
    return cipher(expanded(digest, secret, b"key", b"", key_bytes)), nonces


def _tag_bytes(suite: int) -> int:
    """How long the tag of a record is."""
    return 8 if suite == _CCM_8 else 16
