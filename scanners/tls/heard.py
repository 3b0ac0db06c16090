"""What rides along with the handshakes that were made anyway: extensions echoed, primes, keys used twice.

Each function takes what was heard and gives the fact, or None where it could not be learned.
"""

from collections.abc import Sequence

from scanners.tls.answer import Answer
from scanners.tls.hello import (
    ENCRYPT_THEN_MAC,
    HEARTBEAT,
    MASTER_SECRET,
    RENEGOTIATION,
    TICKET,
    TIMESTAMPS,
    Hello,
)
from scanners.tls.suites import SSL2, SSL3, TLS12, TLS13, encryption_of, exchange_of
from scanners.tls.wire import Cursor, ServerHello, WireError, prime_bits

Heard = Sequence[tuple[Hello, Answer]]

_MARKS = {TLS12: b"DOWNGRD\x01"}
_OLDER_MARK = b"DOWNGRD\x00"
_NAMED_CURVE = 3


def compression(heard: Heard) -> bool | None:
    """Whether compression was chosen in any version that has it."""
    older = _older(heard)
    if any(chosen.compression for _, chosen in older):
        return True
    asked = {hello.version for hello, _ in older if hello.extras}
    return False if asked >= {hello.version for hello, _ in older} else None


def secure_renegotiation(heard: Heard) -> bool:
    """Whether renegotiation_info is echoed by each hello below TLS 1.3."""
    return all(RENEGOTIATION in chosen.extensions for _, chosen in _older(heard))


def extended_master_secret(heard: Heard) -> bool | None:
    """Whether it is echoed in the highest version up to TLS 1.2."""
    older = [(hello, chosen) for hello, chosen in _older(heard) if hello.extras or hello.version == SSL3]
    if not older:
        return None if _older(heard) else True
    highest = max(hello.version for hello, _ in older)
    return all(MASTER_SECRET in chosen.extensions for hello, chosen in older if hello.version == highest)


def encrypt_then_mac(heard: Heard) -> bool | None:
    """Whether it is echoed with every CBC suite up to TLS 1.2."""
    cbc = [(hello, chosen) for hello, chosen in _older(heard) if encryption_of(chosen.suite).endswith("CBC")]
    asked = [(hello, chosen) for hello, chosen in cbc if hello.extras or hello.version == SSL3]
    if cbc and not asked:
        return None
    return all(ENCRYPT_THEN_MAC in chosen.extensions for _, chosen in asked)


def heartbeat(heard: Heard) -> bool | None:
    """Whether heartbeat is echoed in some version."""
    return _echoed_somewhere(heard, HEARTBEAT)


def session_tickets(heard: Heard) -> bool | None:
    """Whether a ticket is promised in some version up to TLS 1.2 (RFC 5077 s3.2)."""
    return _echoed_somewhere(heard, TICKET)


def timestamps(heard: Heard) -> bool:
    """Whether signed certificate timestamps are sent up to TLS 1.2 (RFC 6962 s3.3.1)."""
    return any(TIMESTAMPS in chosen.extensions for _, chosen in _older(heard))


def downgrade_sentinel(heard: Heard) -> bool:
    """Whether each older hello of a server that has TLS 1.3 ends its random with the mark."""
    newest = any(answer.hello and hello.version == TLS13 for hello, answer in heard)
    marked = (
        chosen.random.endswith(_MARKS.get(hello.version, _OLDER_MARK))
        for hello, chosen in _older(heard)
        if hello.version > SSL3
    )
    return all(marked) if newest else True


def ephemeral_values(heard: Heard) -> list[bytes]:
    """The ephemeral public values in ServerKeyExchange, as they came (RFC 5246 s7.4.3, RFC 8422 s5.4)."""
    found = []
    for chosen, body in _exchanges(heard):
        cursor = Cursor(body)
        try:
            if exchange_of(chosen.suite).startswith("ECDHE"):
                curve = cursor.take(3)
                found.append(curve + cursor.vector(1) if curve[0] == _NAMED_CURVE else b"")
            elif exchange_of(chosen.suite) == "DHE":
                found.append(cursor.vector(2) + cursor.vector(2) + cursor.vector(2))
        except WireError:
            continue
    return [value for value in found if value]


def dh_lengths(heard: Heard) -> list[int]:
    """The length of each finite-field prime that was used; raises `WireError` if one cannot be read."""
    return [
        prime_bits(body, hinted=exchange_of(chosen.suite) == "DHE_PSK")
        for chosen, body in _exchanges(heard)
        if exchange_of(chosen.suite) in ("DHE", "DHE_PSK")
    ]


def curve(answer: Answer) -> int:
    """The named curve that a ServerKeyExchange uses; 0 if there is none or it cannot be read."""
    body = answer.key_exchange
    named = answer.hello and exchange_of(answer.hello.suite) == "ECDHE" and body[:1] == bytes([_NAMED_CURVE])
    return int.from_bytes(body[1:3], "big") if named else 0


def scheme(answer: Answer) -> int:
    """The scheme that signs a ServerKeyExchange of TLS 1.2; 0 if there is none or it cannot be read."""
    body = Cursor(answer.key_exchange)
    if answer.hello is None or not answer.key_exchange:
        return 0
    try:
        if exchange_of(answer.hello.suite) == "DHE":
            _ = body.vector(2), body.vector(2), body.vector(2)
        else:
            _ = body.take(3), body.vector(1)
        return body.number(2)
    except WireError:
        return 0


def _echoed_somewhere(heard: Heard, extension: int) -> bool | None:
    """Whether an extension that is asked for among the extras is echoed in some version up to TLS 1.2."""
    older = _older(heard)
    if any(extension in chosen.extensions for _, chosen in older):
        return True
    return False if not older or any(hello.extras for hello, _ in older) else None


def _older(heard: Heard) -> list[tuple[Hello, ServerHello]]:
    """The hellos from SSL 3.0 to TLS 1.2."""
    return [(hello, answer.hello) for hello, answer in heard if answer.hello and SSL2 < hello.version < TLS13]


def _exchanges(heard: Heard) -> list[tuple[ServerHello, bytes]]:
    """The hellos that came with a ServerKeyExchange."""
    return [
        (answer.hello, answer.key_exchange) for _, answer in heard if answer.hello and answer.key_exchange
    ]
