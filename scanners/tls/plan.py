"""Which hellos to send, and what their answers add up to.

Pure generators: they yield an offer and are sent its answer. A server names one suite of those that are
offered, or says that none will do. So each accepted suite is seen chosen once, taken out of the offer, and
the rest is seen refused once: S + 1 probes for S suites, no fewer. The offer of curves is never shortened
along with the suites (in TLS 1.2 a missing curve hides suites); in TLS 1.3 both are named apart by
HelloRetryRequest and shrink together.
"""

from collections.abc import Generator, Iterator, Sequence

from scanners.tls.answer import Answer, Verdict
from scanners.tls.groups import CURVES, NAMES
from scanners.tls.heard import curve
from scanners.tls.hello import Hello
from scanners.tls.suites import (
    FALLBACK_SCSV,
    PROTOCOLS,
    SSL2,
    SSL3,
    TLS10,
    TLS11,
    TLS12,
    TLS13,
    exchange_of,
    names,
    offered,
)
from scanners.tls.talk import SHORT, Judged, Talk
from scanners.tls.value import Value, field, replace

ALPN = ("h2", "http/1.1")
_INAPPROPRIATE_FALLBACK = 86
_INTERNAL_ERROR = 80
_NO_APPLICATION_PROTOCOL = 120
_SHORTEST, _LONGER = 256, 512

Steps = Generator[Hello, Answer, None]


class Version(Value):
    """What is known of one protocol version."""

    number: int
    suites: list[int] = field(default_factory=list)
    """Accepted suites, in the order in which the server picked them."""
    verdict: Verdict = Verdict.OPEN
    complete: bool = False
    """All other suites were seen refused."""
    why: str = "was not asked"
    """What kept it from being complete."""
    last: Answer | None = None
    """The last answer to an offer of it: how it was refused, where nothing of it is accepted."""


class Sweep(Value):
    """What all hellos to one endpoint added up to; it grows while the plan runs."""

    versions: dict[int, Version] = field(
        default_factory=lambda: {number: Version(number=number) for number in PROTOCOLS}
    )
    groups: list[int] = field(default_factory=list)
    groups_complete: bool = False
    server_order: bool | None = None
    group_order: bool | None = None
    """The server decides which group is used, in the same version."""
    stumbles: list[str] | None = None
    """What the last hello to ask had to leave out; None if it was not taken."""
    fallback_scsv: bool | None = None
    reversed: Answer | None = None
    """The answer to the list that was turned round; it names the application protocol up to TLS 1.2."""

    @property
    def accepted(self) -> list[int]:
        """The accepted versions, oldest first."""
        return [number for number, version in self.versions.items() if version.suites]


def stages(talk: Talk, found: Sweep) -> Iterator[tuple[Steps, ...]]:
    """Everything that can be learned by hellos alone, in stages of plans that do not depend on each other.

    `found` holds it, also if a plan is broken off.
    """
    yield (
        _suites(talk, found.versions[TLS12]),
        _tls13(talk, found),
        *(_suites(talk, found.versions[number]) for number in (TLS11, TLS10, SSL3)),
        _ssl2(talk, found.versions[SSL2]),
    )
    if talk.spoke:
        # In this order: the hello that asks for the order also shows that a server which cut one is well.
        yield (_order(talk, found),)
        yield (_judge_dropped(talk, found),)
        yield (_fallback(talk, found),)


def _suites(talk: Talk, version: Version) -> Steps:
    """The suites of one version from SSL 3.0 to TLS 1.2, by shrinking the offer.

    Where a server breaks inside (OpenSSL 3 does on a version that its own policy leaves no signature for), it
    is one kind of key exchange that breaks it: each kind is then offered by itself, and one that breaks a
    server which is well before and after cannot be used.
    """
    pending = [list(offered(version.number))]
    whole, split = pending[0], False
    while pending:
        pending = _pieces(pending) if talk.short else pending
        answer, verdict = yield from talk.ask(_hello(version.number, pending[0]), fresh=pending[0] == whole)
        version.last = answer
        if verdict is Verdict.ACCEPTED and answer.hello:
            version.suites.append(answer.hello.suite)
            pending = [[code for code in piece if code != answer.hello.suite] for piece in pending]
        elif verdict is Verdict.REFUSED and not version.suites and (answer.refuses_version or answer.hello):
            pending = []
        elif verdict is Verdict.REFUSED:
            pending = pending[1:]
        elif answer.alert == _INTERNAL_ERROR and len(families := _families(pending[0])) > 1:
            pending, split = families + pending[1:], True
        elif answer.alert == _INTERNAL_ERROR and (yield from talk.is_well()):
            pending = pending[1:]
        else:
            _conclude(version, verdict, answer)
            return
        pending = [piece for piece in pending if piece]
    if (talk.short or split) and len(version.suites) > 1:
        yield from _reorder(talk, version)
    _conclude(version, Verdict.REFUSED, None)


def _tls13(talk: Talk, found: Sweep) -> Steps:
    """Suites and groups of TLS 1.3: together as long as both shrink, then each beside all of the other."""
    version = found.versions[TLS13]
    suites, groups = list(offered(TLS13)), list(NAMES)
    answer, verdict = yield from _shrink(talk, found, suites, groups)
    if version.suites and verdict in (Verdict.ACCEPTED, Verdict.REFUSED):
        answer, verdict = yield from _shrink(talk, found, suites, list(found.groups), keep=True)
    doubt = None if verdict in (Verdict.ACCEPTED, Verdict.REFUSED) else answer
    _conclude(version, verdict, doubt)
    if version.suites and not doubt:
        _, verdict = yield from _shrink(talk, found, version.suites[:1], groups, keep=True)
        found.groups_complete = verdict in (Verdict.ACCEPTED, Verdict.REFUSED)


def _ssl2(talk: Talk, version: Version) -> Steps:
    """The cipher kinds of SSL 2.0: the server lists all that it shares with us."""
    offer = Hello(version=SSL2, suites=offered(SSL2))
    answer, verdict = yield from talk.ask(offer, fresh=True, at_once=False)
    version.last = answer
    version.suites = [kind for kind in dict.fromkeys(answer.kinds) if kind in offer.suites]
    _conclude(version, verdict, None if verdict in (Verdict.ACCEPTED, Verdict.REFUSED) else answer)


def _shrink(
    talk: Talk, found: Sweep, suites: list[int], groups: list[int], *, keep: bool = False
) -> Generator[Hello, Answer, tuple[Answer | None, Verdict]]:
    """Take out what TLS 1.3 picks until it refuses; with `keep`, only what was not known before."""
    version = found.versions[TLS13]
    answer, verdict = None, Verdict.REFUSED
    while suites and groups:
        offer = Hello(version=TLS13, suites=tuple(suites), groups=tuple(groups))
        answer, verdict = yield from talk.ask(offer, fresh=not version.suites)
        version.last = answer
        if verdict is not Verdict.ACCEPTED or answer.hello is None:
            return answer, verdict
        suite, group = answer.hello.suite, answer.hello.group
        if not keep or suite not in version.suites:
            suites.remove(suite)
        if not keep or group not in found.groups:
            groups.remove(group)
        version.suites += [suite] * (suite not in version.suites)
        found.groups += [group] * (group not in found.groups)
    return answer, verdict


def _reorder(talk: Talk, version: Version) -> Steps:
    """The server's order over lists that had to be offered in pieces: shrink what was accepted once more."""
    left, order = sorted(version.suites), list[int]()
    while left:
        answer, verdict = yield from talk.ask(_hello(version.number, left[:SHORT]))
        if verdict is not Verdict.ACCEPTED or answer.hello is None:
            return
        order.append(answer.hello.suite)
        left.remove(answer.hello.suite)
    version.suites = order


def _judge_dropped(talk: Talk, found: Sweep) -> Steps:
    """Versions whose hellos were cut before the server was known to be well, judged now."""
    dropped = [version for version in found.versions.values() if version.verdict is Verdict.DROPPED]
    if dropped and (talk.sound or (yield from talk.is_well())):
        for version in dropped:
            _conclude(version, Verdict.REFUSED, None)


def _order(talk: Talk, found: Sweep) -> Steps:
    """Who decides: offer what was accepted the other way round, beside values that nobody knows."""
    numbers = [number for number in found.accepted if SSL2 < number < TLS13] or found.accepted[-1:]
    if not numbers or numbers[-1] == SSL2:
        return
    version = found.versions[numbers[-1]]
    turned = _turned(version.suites)
    groups = tuple(found.groups) if version.number == TLS13 else CURVES
    offer = replace(_hello(version.number, turned), groups=groups[::-1], alpn=ALPN)
    answer, verdict = yield from _borne(talk, found, offer)
    if verdict is Verdict.ACCEPTED and answer.hello:
        found.reversed = answer
        found.group_order = _group_order(talk, version, answer)
        if version.complete or len(turned) > 1:
            found.server_order = len(turned) == 1 or answer.hello.suite != turned[0]


def _turned(suites: list[int]) -> list[int]:
    """The suites the other way round, those that use a curve first if that is not the order they came in."""
    turned = suites[::-1]
    curved = [code for code in turned if exchange_of(code) == "ECDHE"]
    others = [code for code in turned if code not in curved]
    return turned if curved[:1] == suites[:1] else curved + others


def _borne(talk: Talk, found: Sweep, offer: Hello) -> Judged:
    """The offer with unknown values and of a length that some stumble over; made again where that fails.

    Some balancers cut hellos of 256 to 511 bytes (RFC 7685 s1): the last one is longer than that.
    """
    odd = replace(offer, odd=True, length=_SHORTEST)
    answer, verdict = yield from talk.ask(odd, at_once=False)
    if verdict is Verdict.ACCEPTED:
        found.stumbles = []
        return answer, verdict
    if answer.alert != _NO_APPLICATION_PROTOCOL:
        answer, verdict = yield from talk.ask(replace(odd, odd=False), at_once=False)
        if verdict is Verdict.ACCEPTED:
            found.stumbles = ["values that nobody knows"]
            return answer, verdict
    refused = answer.alert == _NO_APPLICATION_PROTOCOL
    answer, verdict = yield from talk.ask(replace(offer, length=_LONGER), fresh=True)
    if verdict is Verdict.ACCEPTED:
        found.stumbles = None if refused else ["hellos of 256 to 511 bytes"]
    return answer, verdict


def _group_order(talk: Talk, version: Version, turned: Answer) -> bool | None:
    """Whether the server decides on groups; None where no group was used once the offer was turned."""
    if version.number < TLS13 and not any(exchange_of(code) == "ECDHE" for code in version.suites):
        return True
    others = [answer for hello, answer in talk.heard if hello.version == version.number]
    straight = (_group(answer) for answer in others if answer is not turned)
    first, second = next(filter(None, straight), 0), _group(turned)
    return first == second if first and second else None


def _group(answer: Answer) -> int:
    """The group that was chosen; 0 for none."""
    return curve(answer) or (answer.hello.group if answer.hello else 0)


def _fallback(talk: Talk, found: Sweep) -> Steps:
    """Whether a hello that says it falls back is refused (RFC 7507)."""
    numbers = [number for number in found.accepted if number != SSL2]
    if len(numbers) == 1 and all(version.complete for version in found.versions.values()):
        found.fallback_scsv = True
    if len(numbers) < 2:  # noqa: PLR2004 - one version has nothing to fall back to
        return
    offer = _hello(numbers[-2], found.versions[numbers[-2]].suites)
    answer, verdict = yield from talk.ask(replace(offer, suites=(*offer.suites, FALLBACK_SCSV)))
    if answer.alert == _INAPPROPRIATE_FALLBACK:
        found.fallback_scsv = True
    elif verdict is Verdict.ACCEPTED:
        found.fallback_scsv = False


def _hello(version: int, suites: Sequence[int]) -> Hello:
    """An offer of these suites with every curve."""
    return Hello(version=version, suites=tuple(suites), groups=CURVES)


def _pieces(lists: list[list[int]]) -> list[list[int]]:
    """The lists cut to a length that any server bears."""
    return [piece[at : at + SHORT] for piece in lists for at in range(0, len(piece), SHORT)]


def _families(suites: list[int]) -> list[list[int]]:
    """The suites apart by the way in which they agree on keys and prove who the server is."""
    found: dict[str, list[int]] = {}
    for code in suites:
        found.setdefault(names()[code].split("_WITH_")[0], []).append(code)
    return list(found.values())


def _conclude(version: Version, verdict: Verdict, doubt: Answer | None) -> None:
    """Close a version; `doubt` is the answer that left it open."""
    version.verdict = Verdict.ACCEPTED if version.suites else verdict
    version.complete = doubt is None
    version.why = doubt.in_words() if doubt else ""
