"""A handshake of TLS 1.0 to 1.2 to its end, and behind it a wish to begin anew, or a record that is spoilt.

A server that grants it can be kept busy by one client, for a handshake costs it far more (CVE-2011-1473).
Behind the second hello we say goodbye, so a server that passes over it has no reason to wait. A server that
tells one spoilt record in CBC from another gives away, a byte at a time, what others sent (CVE-2014-8730).
Sources: RFC 5246 s7.4, RFC 5746 s3.5 (the hello of a renegotiation), RFC 8422 s5.7.
"""

import os

from cryptography.hazmat.primitives.asymmetric import padding, rsa

from scanners.tls import records
from scanners.tls.answer import Ending
from scanners.tls.certificate import MALFORMED, parsed
from scanners.tls.half import GROUPS, fresh_key
from scanners.tls.hello import RANDOM_BYTES, RENEGOTIATION, Hello, encoded, handshake
from scanners.tls.link import Link
from scanners.tls.plan import Sweep, Version
from scanners.tls.records import CbcSealer, Flaw, Record
from scanners.tls.suites import SSL2, SSL3, TLS13, encryption_of, exchange_of
from scanners.tls.talk import Talk
from scanners.tls.value import replace
from scanners.tls.wire import (
    ALERT,
    APPLICATION,
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    CHANGE_CIPHER,
    FINISHED,
    HANDSHAKE,
    SERVER_DONE,
    SERVER_HELLO,
    SERVER_KEY_EXCHANGE,
    Cursor,
    Messages,
    Records,
    ServerHello,
    WireError,
    server_hello,
)

_KEY_EXCHANGE = 16
_VERIFY, _SECRET, _MASTER = 12, 46, 48
_NAMED_CURVE = 3
_OWN_POWER, _LONGEST_PRIME = 32, 1024
_GOODBYE = b"\x01\x00"
_TOLD = (Ending.DONE, Ending.CLOSED, Ending.RESET)
_CBC = frozenset(code for code in records.SUITES if encryption_of(code).endswith("CBC"))


def renegotiates(talk: Talk, found: Sweep, link: Link) -> bool | None:
    """Whether a client may begin anew in the highest version up to TLS 1.2; None if that was not learned."""
    older = [number for number in found.accepted if number < TLS13]
    if not older:
        return False
    offer = _offer(talk, found.versions[older[-1]], records.SUITES)
    if offer is None:
        return None
    anew = Anew(offer, os.urandom(RANDOM_BYTES))
    ending, _ = link.ask(anew.data, anew)
    return anew.begun if anew.asked and ending in _TOLD else None


def tells_padding(talk: Talk, found: Sweep, link: Link) -> bool | None:
    """Whether spoilt records in CBC are answered differently; None if that was not learned."""
    cbc = [
        version
        for version in found.versions.values()
        if SSL2 < version.number < TLS13
        and any(encryption_of(code).endswith("CBC") for code in version.suites)
    ]
    if not cbc:
        return False
    offers = [_offer(talk, version, _CBC) for version in cbc]
    usable = [offer for offer in offers if offer]
    if not usable:
        return None
    offer = replace(usable[-1], suites=usable[-1].suites[:1])
    first = _answers(offer, link)
    if first is None or len(set(first)) == 1:
        return None if first is None else False
    # A difference that does not come again was the weather, and says nothing either way.
    return True if _answers(offer, link) == first else None


def _offer(talk: Talk, version: Version, usable: frozenset[int]) -> Hello | None:
    """A hello of this version with suites that can be followed; None where there is none."""
    suites = tuple(code for code in version.suites if code in usable)
    known = next((hello for hello, _ in talk.heard if hello.version == version.number), None)
    if known is None or not suites or version.number <= SSL3 or not known.extensions:
        return None
    return replace(known, suites=suites, groups=GROUPS, extras=False, odd=False, length=0, ticket=b"")


def _answers(offer: Hello, link: Link) -> list[tuple[Ending, int]] | None:
    """How each kind of spoilt record is answered; None if one could not be sent, or is never answered."""
    answers: list[tuple[Ending, int]] = []
    for flaw in (flaw for flaw in Flaw if flaw is not Flaw.NONE):
        spoilt = Spoilt(offer, os.urandom(RANDOM_BYTES), flaw)
        ending, _ = link.ask(spoilt.data, spoilt)
        if not spoilt.asked:
            return None
        cut = ending in (Ending.RESET, Ending.DONE)  # which of them a hasty end looks like is chance
        answers.append((Ending.CLOSED if cut else ending, spoilt.alert))
        if answers == [(Ending.SILENT, -1)]:
            return None
    return answers


class Finish:
    """One handshake and words behind it: `data` is to be sent, then it is fed until it is `done`."""

    def __init__(self, offer: Hello, random: bytes) -> None:
        self._offer, self._random = offer, random
        self.data = encoded(offer, random)
        self._transcript = handshake(offer, random)
        self._records, self._messages = Records(), Messages()
        self._hello = ServerHello(version=0, suite=0)
        self._chain = self._exchange = b""
        self._wanted = False
        self._seal: Record | None = None
        self._open: Record | None = None
        self._opens = False
        self.reply = b""
        self.done = self.asked = False
        self.alert = -1
        """The alert that ended it; -1 for none."""

    def feed(self, data: bytes) -> None:
        """Take what the server sent; raises `WireError`."""
        for kind, body in self._records.feed(data):
            if self.done:
                return
            plain = self._open(kind, body) if self._open and self._opens else body
            if kind == ALERT:
                self.alert, self.done = (plain[1:2] or b"\x00")[0], True
            elif kind == CHANGE_CIPHER:
                self._opens, self._messages = self._open is not None, Messages()
            elif kind == HANDSHAKE:
                for number, message in self._messages.feed(plain):
                    self._read(number, message)

    def finish(self) -> None:
        """Say that nothing more comes."""
        self.done = True

    def _read(self, number: int, message: bytes) -> None:
        """One message of the server's."""
        if self.asked:
            self._hear(number)
            return
        if number == FINISHED and self._opens:
            self.reply, self.asked = self._words(), True
            return
        if number != SERVER_HELLO and not self._hello.suite:
            raise WireError("a handshake does not begin with a hello")
        self._transcript += _framed(number, message)
        if number == SERVER_HELLO:
            self._hello = server_hello(message)
            if self._hello.suite not in self._offer.suites or self._hello.version != self._offer.version:
                raise WireError("the hello is not one that can be followed")
        elif number == CERTIFICATE:
            self._chain = Cursor(Cursor(message).vector(3)).vector(3)
        elif number == SERVER_KEY_EXCHANGE:
            self._exchange = message
        elif number == CERTIFICATE_REQUEST:
            self._wanted = True
        elif number == SERVER_DONE:
            self._end()

    def _end(self) -> None:
        """Say our share, the change of keys and our Finished."""
        kind = records.kind_of(self._hello.suite, self._hello.version)
        words, secret = self._exchanged()
        plain = _framed(CERTIFICATE, bytes(3)) if self._wanted else b""
        plain += _framed(_KEY_EXCHANGE, words)
        self._transcript += plain
        ours, theirs = self._random[:32], self._hello.random
        master = records.derived(kind.digest, secret, b"master secret", ours + theirs, _MASTER)
        self._seal, self._open = records.ways(kind, master, ours, theirs)
        heard = records.transcript_hash(kind.digest, self._transcript)
        self._proof = records.derived(kind.digest, master, b"client finished", heard, _VERIFY)
        self.reply = self._record(HANDSHAKE, plain) + self._record(CHANGE_CIPHER, b"\x01")
        self.reply += self._sealed(HANDSHAKE, _framed(FINISHED, self._proof))

    def _exchanged(self) -> tuple[bytes, bytes]:
        """What we say of keys, and the secret that comes of it."""
        match exchange_of(self._hello.suite):
            case "ECDHE":
                return self._agreed()
            case "DHE":
                return _raised(self._exchange)
        return self._sent()

    def _agreed(self) -> tuple[bytes, bytes]:
        """Our share on the server's curve, and the secret that both shares give."""
        body = Cursor(self._exchange)
        curve, group = body.number(1), body.number(2)
        if curve != _NAMED_CURVE or group not in GROUPS:
            raise WireError("the key exchange is not one that can be followed")
        share, agree = fresh_key(group)
        return bytes([len(share)]) + share, agree(body.vector(1))

    def _sent(self) -> tuple[bytes, bytes]:
        """A secret under the server's RSA key (RFC 5246 s7.4.7.1)."""
        secret = self._offer.version.to_bytes(2, "big") + os.urandom(_SECRET)
        shown = parsed(self._chain)
        try:
            key = shown.public_key() if shown else None
            if not isinstance(key, rsa.RSAPublicKey):
                raise WireError("the certificate has no key that a secret can be sent under")
            words = key.encrypt(secret, padding.PKCS1v15())
        except MALFORMED as error:
            raise WireError("no secret can be sent under the server's key") from error
        return len(words).to_bytes(2, "big") + words, secret

    def _words(self) -> bytes:
        """What is said behind the server's Finished."""
        return self._sealed(ALERT, _GOODBYE)

    def _hear(self, number: int) -> None:
        """A handshake message of the server's that comes of it."""

    def _sealed(self, kind: int, body: bytes) -> bytes:
        """One record under our keys."""
        return self._record(kind, self._seal(kind, body)) if self._seal else b""

    def _record(self, kind: int, body: bytes) -> bytes:
        """One record."""
        return bytes([kind]) + self._offer.version.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body


class Anew(Finish):
    """A handshake, and behind it the wish to begin anew."""

    begun = False
    """The server began anew."""

    def _words(self) -> bytes:
        """A hello, and goodbye."""
        binding = self._proof if RENEGOTIATION in self._hello.extensions else b""
        hello = handshake(replace(self._offer, binding=binding), os.urandom(RANDOM_BYTES))
        return self._sealed(HANDSHAKE, hello) + super()._words()

    def _hear(self, number: int) -> None:
        """Its hello, if it begins anew."""
        self.begun = self.done = self.begun or number == SERVER_HELLO


class Spoilt(Finish):
    """A handshake, and behind it a record that is spoilt."""

    def __init__(self, offer: Hello, random: bytes, flaw: Flaw) -> None:
        super().__init__(offer, random)
        self._flaw = flaw

    def _words(self) -> bytes:
        """A line end that no server may take."""
        if not isinstance(self._seal, CbcSealer):
            raise WireError("the suite has no padding")
        return self._record(APPLICATION, self._seal(APPLICATION, b"\r\n", self._flaw))


def _raised(exchange: bytes) -> tuple[bytes, bytes]:
    """Our power of the server's generator, and the secret (RFC 5246 s8.1.2: without zeros before it)."""
    body = Cursor(exchange)
    prime, base, theirs = (int.from_bytes(body.vector(2), "big") for _ in range(3))
    size = (prime.bit_length() + 7) // 8
    if not 0 < size <= _LONGEST_PRIME:
        raise WireError("the prime is not one that can be followed")
    own = int.from_bytes(os.urandom(_OWN_POWER), "big")
    secret = pow(theirs, own, prime).to_bytes(size, "big").lstrip(b"\x00")
    return size.to_bytes(2, "big") + pow(base, own, prime).to_bytes(size, "big"), secret


def _framed(number: int, message: bytes) -> bytes:
    """A handshake message with its header."""
    return bytes([number]) + len(message).to_bytes(3, "big") + message
