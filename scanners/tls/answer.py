"""What one probe brought: the answer as a value, and what it says about the offer."""

from enum import StrEnum

from scanners.tls.hello import Hello
from scanners.tls.ssl2 import Ssl2Flight
from scanners.tls.suites import PROTOCOLS, SSL2, TLS13
from scanners.tls.value import Value
from scanners.tls.wire import Flight, ServerHello

_REFUSALS = frozenset(
    {40, 70, 71, 86}
)  # handshake_failure, protocol_version, insufficient_security, fallback
_PROTOCOL_VERSION = 70
_ALERTS = {
    0: "close_notify",
    10: "unexpected_message",
    40: "handshake_failure",
    47: "illegal_parameter",
    49: "access_denied",
    50: "decode_error",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    109: "missing_extension",
    110: "unsupported_extension",
    112: "unrecognized_name",
    120: "no_application_protocol",
}


class Ending(StrEnum):
    """How a probe ended."""

    DONE = "done"
    """The server said all that was waited for."""
    CLOSED = "closed"
    RESET = "reset"
    SILENT = "silent"
    SLOW = "slow"
    GARBLED = "garbled"
    FOREIGN = "foreign"
    """Another protocol answered."""
    DECLINED = "declined"
    """A plain-text service that does not upgrade to TLS."""
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    """Nothing took the connection in time."""
    UNREACHABLE = "unreachable"
    OVERDUE = "overdue"
    """The time for this endpoint is over; no connection was made."""


class Verdict(StrEnum):
    """What an answer says about an offer."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DROPPED = "dropped"
    """The connection was cut without a word: a refusal only of a server that is known to be well."""
    OPEN = "open"
    """It says nothing: neither a hello nor a clear refusal."""


class Answer(Value, frozen=True):
    """What came back for one hello."""

    ending: Ending
    detail: str = ""
    hello: ServerHello | None = None
    alert: int = -1
    chain: tuple[bytes, ...] = ()
    key_exchange: bytes = b""
    staple: bytes = b""
    asks_certificate: bool = False
    authorities: bytes = b""
    """Names of authorities in the request for a certificate, as they came; in DER, each behind its length."""
    kinds: tuple[int, ...] = ()
    """Cipher kinds of SSL 2.0."""

    @property
    def speaks_tls(self) -> bool:
        """Whether it is a word of TLS: a hello or an alert."""
        return self.hello is not None or self.alert >= 0 or bool(self.kinds)

    @property
    def refuses_version(self) -> bool:
        """Whether it is the version itself that was refused."""
        return self.alert == _PROTOCOL_VERSION

    @property
    def refusal(self) -> str:
        """How it refused, in a few words; whether a cut looks like a close or a reset is chance."""
        if self.hello is not None:
            return f"answered with {PROTOCOLS.get(self.hello.version, 'an older version')}"
        if self.alert >= 0:
            return f"alert {self.alert} ({_ALERTS.get(self.alert, 'unknown')})"
        return "cut the connection" if self.ending in (Ending.CLOSED, Ending.RESET) else self.in_words()

    def in_words(self) -> str:
        """What happened, in a few words."""
        if self.alert >= 0:
            return f"answered with alert {self.alert} ({_ALERTS.get(self.alert, 'unknown')})"
        return self.detail or "chose what was not offered"


def answer_from(ending: Ending, detail: str, reader: Flight | Ssl2Flight) -> Answer:
    """The answer that a reader took in; a hello counts even where the flight behind it broke off."""
    if isinstance(reader, Ssl2Flight):
        return Answer(
            ending=ending, detail=detail, alert=reader.alert, kinds=reader.kinds, chain=reader.chain
        )
    return Answer(
        ending=ending,
        detail=detail,
        hello=reader.hello,
        alert=reader.alert if reader.hello is None else -1,
        chain=reader.chain,
        key_exchange=reader.key_exchange,
        staple=reader.staple,
        asks_certificate=reader.asks_certificate,
        authorities=reader.authorities,
    )


def verdict_of(answer: Answer, offer: Hello) -> Verdict:
    """What the answer says about the offer; inconclusive is never refused."""
    if answer.kinds:
        return Verdict.ACCEPTED
    if answer.hello is not None:
        return _verdict_of_hello(answer.hello, offer)
    if answer.alert in _REFUSALS or (offer.version == SSL2 and answer.alert >= 0):
        return Verdict.REFUSED
    if answer.alert < 0 and answer.ending in (Ending.CLOSED, Ending.RESET):
        return Verdict.DROPPED
    return Verdict.OPEN


def _verdict_of_hello(hello: ServerHello, offer: Hello) -> Verdict:
    """A hello of an older version refuses ours; one that chooses what was not offered says nothing."""
    if hello.version < offer.version:
        return Verdict.REFUSED
    if hello.version > offer.version or hello.suite not in offer.suites:
        return Verdict.OPEN
    if offer.version == TLS13 and hello.group not in offer.groups:
        return Verdict.OPEN
    return Verdict.ACCEPTED
