"""How one server is spoken to: what it stumbles over, whether it is well, when to stop asking it.

An answer that is neither a hello nor a clear refusal is never taken for a refusal. The same offer is dressed
otherwise and made again; a refusal then counts only if that dress has been accepted before, or if it is the
version that is refused. A connection that is cut without a word refuses only if a known good hello, sent
right after it, is answered as before.
"""

from collections.abc import Generator

from scanners.tls.answer import Answer, Ending, Verdict, verdict_of
from scanners.tls.groups import SHARES
from scanners.tls.hello import Hello
from scanners.tls.suites import POPULAR, SSL3, TLS13
from scanners.tls.value import Value, field, replace

SHORT = 100
"""The longest list for servers that stumble over long ones; some old ones stop at 127."""

_MOST_SILENCES = 2
_MOST_DROPS = 8
_MOST_STUMBLES = 3

Judged = Generator[Hello, Answer, tuple[Answer, Verdict]]


class Manner(Value, frozen=True):
    """How an offer is dressed."""

    named: bool = True
    extras: bool = True
    extensions: bool = True
    short: bool = False
    shares: bool = False
    """TLS 1.3 with key shares, for servers that dislike an empty list of them."""
    wide: bool = False
    """TLS 1.2 beside TLS 1.3, for servers that dislike a newer version alone."""


_PLAIN = Manner()
_AFTER_ALERT = (
    Manner(named=False),
    Manner(extras=False),
    Manner(named=False, extras=False, short=True),
    Manner(named=False, extras=False, short=True, extensions=False),
)
_AFTER_DROP = (Manner(extras=False, short=True), _AFTER_ALERT[-1])
_AFTER_SILENCE = (Manner(extras=False, short=True),)
_AFTER_ALERT_13 = (
    Manner(shares=True),
    Manner(shares=True, wide=True),
    Manner(named=False, shares=True, wide=True),
    Manner(named=False, extras=False, shares=True),
)
_AFTER_LESS_13 = (Manner(extras=False, shares=True, wide=True),)


_STUMBLES = {
    "extras": "extensions that ask for more",
    "extensions": "extensions of any kind",
    "short": f"lists of more than {SHORT} suites",
    "shares": "TLS 1.3 without a key share",
    "wide": "TLS 1.3 without TLS 1.2 beside it",
}
"""What a server stumbled over, by how the offer was dressed otherwise; names are another matter."""


class Talk(Value):
    """All that was said with one endpoint so far."""

    server_name: str = ""
    heard: list[tuple[Hello, Answer]] = field(default_factory=list)
    """Each accepted offer with its answer."""
    first: Answer | None = None
    """The answer that tells best what stands there, while nothing spoke TLS."""
    spoke: bool = False
    """It has said a word of TLS."""
    stumbles: list[str] = field(default_factory=list)
    """What had to be left out or added before a hello was taken, in words."""
    sound: bool = False
    """A hello was accepted since a connection was last cut."""
    _manners: dict[bool, Manner] = field(default_factory=dict)
    _good: Hello | None = None
    _silences: int = 0
    _drops: int = 0
    _over: bool = False

    @property
    def short(self) -> bool:
        """Whether the server stumbles over long lists of suites."""
        return self._manners.get(False, _PLAIN).short

    @property
    def given_up(self) -> bool:
        """Whether more questions would be a waste of the server's and our time."""
        silences = _MOST_STUMBLES if self.spoke else _MOST_SILENCES
        return self._over or self._silences >= silences or self._drops >= _MOST_DROPS

    def ask(self, offer: Hello, *, fresh: bool = False, at_once: bool = True) -> Judged:
        """Make an offer until it is answered; `fresh` says that nothing of its version is known yet.

        Whether a cut refuses is found out `at_once`, or left to whoever sees what is said next.
        """
        if self.given_up:
            return Answer(ending=Ending.OVERDUE, detail="was not asked any more"), Verdict.OPEN
        manner = self._manners.get(offer.version == TLS13, _PLAIN)
        answer, verdict = yield from self._once(offer, manner)
        if verdict is Verdict.ACCEPTED or (verdict is Verdict.REFUSED and not fresh):
            return answer, verdict
        others = _others(offer, manner, answer, verdict) if fresh else (manner,) * (verdict is Verdict.OPEN)
        tried = [self._dressed(offer, manner)] * fresh
        for other in others:
            if self.given_up or self._dressed(offer, other) in tried:
                continue
            tried.append(self._dressed(offer, other))
            again, judged = yield from self._once(offer, other)
            if judged is Verdict.ACCEPTED:
                self._manners[offer.version == TLS13] = other
                self.stumbles += [words for name, words in _STUMBLES.items() if _differ(name, manner, other)]
                return again, judged
            if judged is Verdict.REFUSED and (again.refuses_version or again.hello or other == manner):
                return again, judged
        if verdict is Verdict.DROPPED and at_once and (yield from self.is_well()):
            return answer, Verdict.REFUSED
        return answer, verdict

    def is_well(self) -> Generator[Hello, Answer, bool]:
        """Whether the server still takes a hello that it took before."""
        if self._good is None or self.given_up:
            return False
        answer = yield self._good
        self._note(answer)
        return verdict_of(answer, self._good) is Verdict.ACCEPTED

    def _once(self, offer: Hello, manner: Manner) -> Judged:
        """Make the offer once in this dress."""
        dressed = self._dressed(offer, manner)
        answer = yield dressed
        self._note(answer)
        verdict = verdict_of(answer, dressed)
        if verdict is Verdict.ACCEPTED:
            self.sound = True
            self.heard.append((dressed, answer))
            self._good = self._good or (dressed if answer.hello is not None else None)
        return answer, verdict

    def _dressed(self, offer: Hello, manner: Manner) -> Hello:
        """The offer in this dress."""
        return replace(
            offer,
            server_name=self.server_name if manner.named else "",
            suites=(offer.suites[:SHORT] if manner.short else offer.suites) + POPULAR * manner.wide,
            extras=manner.extras,
            extensions=manner.extensions,
            wide=manner.wide,
            shares=tuple((group, SHARES[group]) for group in offer.groups if group in SHARES)
            if manner.shares
            else (),
        )

    def _note(self, answer: Answer) -> None:
        """Keep count of what goes wrong, and stop where it makes no sense to go on."""
        if self.first is None:
            self.first = answer
        if answer.speaks_tls:
            self.spoke, self._silences, self._drops = True, 0, 0
            return
        match answer.ending:
            case Ending.CLOSED | Ending.RESET:
                self._drops += 1
                self.sound = False
            case Ending.SILENT | Ending.SLOW | Ending.GARBLED:
                self._silences += 1
            case Ending.FOREIGN | Ending.DECLINED:
                self._over = not self.spoke
                self._silences += 1
                self.first = self.first if self.spoke else answer
            case Ending.OVERDUE:
                self._over = True
            case _:
                self._over = not self.spoke
                self._silences += 1


def _differ(name: str, one: Manner, other: Manner) -> bool:
    """Whether two manners differ in this."""
    return bool(getattr(one, name) != getattr(other, name))


def _others(offer: Hello, manner: Manner, answer: Answer, verdict: Verdict) -> tuple[Manner, ...]:
    """How else to make an offer that was not accepted."""
    if verdict is Verdict.REFUSED:
        too_long = len(offer.suites) > SHORT and not answer.refuses_version and answer.hello is None
        return (replace(manner, short=True),) if too_long else ()
    if offer.version <= SSL3:
        return ()
    if answer.alert >= 0:
        return _AFTER_ALERT_13 if offer.version == TLS13 else _AFTER_ALERT
    if offer.version == TLS13:
        return _AFTER_LESS_13
    return _AFTER_DROP if verdict is Verdict.DROPPED else _AFTER_SILENCE
