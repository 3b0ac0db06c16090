"""What is asked once suites and versions are known: curves, signature schemes, no name, an unknown protocol.

Pure generators, as in `plan`: they yield an offer and are sent its answer. Each shortens one list while all
else stays on offer, so what is refused at the end is that list and nothing else.
"""

from collections.abc import Callable

from scanners.tls import heard
from scanners.tls.answer import Answer, Verdict
from scanners.tls.groups import CURVES, ECDSA_SCHEMES, RSA_SCHEMES
from scanners.tls.hello import Hello
from scanners.tls.plan import Steps, Sweep, Version
from scanners.tls.suites import SSL3, TLS12, TLS13, exchange_of, names
from scanners.tls.talk import Talk
from scanners.tls.value import Value, field, replace

UNKNOWN_PROTOCOL = "x-no-such-protocol"
NO_APPLICATION_PROTOCOL = 120
_NIST = frozenset({23, 24, 25})


class Seen(Value):
    """Numbers that were seen used, in the order in which the server picked them."""

    codes: list[int] = field(default_factory=list)
    complete: bool = False
    """All others were seen refused."""


class Details(Value):
    """What these probes brought; it grows while they run."""

    curves: Seen = field(default_factory=Seen)
    schemes: Seen = field(default_factory=Seen)
    nameless: Answer | None = None
    """The answer to a hello without a name; None if it was not asked for up to TLS 1.2."""
    alpn_strict: bool | None = None


def details(talk: Talk, found: Sweep, told: Details) -> tuple[Steps, ...]:
    """Plans for all of it, in the highest version up to TLS 1.2; none where TLS 1.3 stands alone."""
    numbers = [number for number in found.accepted if SSL3 < number < TLS13]
    if not numbers:
        alone = all(version.complete for version in found.versions.values())
        told.curves.complete = told.schemes.complete = alone
        return ()
    version = found.versions[numbers[-1]]
    ephemeral = tuple(code for code in version.suites if exchange_of(code) in ("ECDHE", "DHE"))
    return (
        _all_curves(talk, version, ephemeral, told.curves, found),
        _all_schemes(talk, version, ephemeral, told.schemes),
        _without_a_name(talk, version.number, told),
        _unknown_protocol(talk, version.number, told),
    )


def _all_curves(talk: Talk, version: Version, suites: tuple[int, ...], told: Seen, found: Sweep) -> Steps:
    """The curves of a version, all of them only if all its suites are known; and who decides on them."""
    yield from _curves(talk, version.number, suites, told)
    told.complete &= version.complete
    elliptic = tuple(code for code in suites if exchange_of(code) == "ECDHE")
    if found.group_order is not None or not elliptic or not told.codes:
        return
    if len(told.codes) == 1:
        found.group_order = told.complete or None
        return
    offer = Hello(
        version=version.number, suites=elliptic, groups=tuple(sorted(told.codes, key=_turned_round))
    )
    answer, _ = yield from talk.ask(offer)
    curve = heard.curve(answer)
    found.group_order = curve == told.codes[0] if curve else None


def _turned_round(curve: int) -> int:
    """What sorts curves against the order in which they are always offered."""
    return -CURVES.index(curve)


def _all_schemes(talk: Talk, version: Version, suites: tuple[int, ...], told: Seen) -> Steps:
    """The schemes of a version, by kind of key; all of them only if all its suites are known."""
    told.complete = version.complete
    for signing, schemes in _by_key(suites):
        if version.number == TLS12 and signing:
            yield from _schemes(talk, signing, schemes, told)


def _curves(talk: Talk, number: int, suites: tuple[int, ...], told: Seen) -> Steps:
    """The curves of ECDHE; for an ECDSA certificate its own curve has to stay on offer."""
    elliptic = tuple(code for code in suites if exchange_of(code) == "ECDHE")
    free = tuple(code for code in elliptic if "ECDSA" not in names()[code])
    told.codes = _used(talk, Hello(version=number, suites=free or elliptic, groups=CURVES), heard.curve)
    pending, kept = [code for code in CURVES if code not in told.codes], list[int]()
    while pending and elliptic:
        offer = Hello(version=number, suites=free or elliptic, groups=(*pending, *kept))
        answer, verdict = yield from talk.ask(offer)
        curve = heard.curve(answer)
        if verdict is Verdict.ACCEPTED and curve in pending:
            told.codes.append(curve)
            pending.remove(curve)
        elif verdict is Verdict.ACCEPTED and curve in kept:
            # The rest is refused only if it is the client's order that counts.
            turned = replace(offer, groups=tuple(told.codes[::-1]))
            answer, verdict = yield from talk.ask(turned)
            told.complete = len(told.codes) > 1 and heard.curve(answer) == told.codes[-1]
            return
        elif verdict is Verdict.REFUSED and not free and not kept and _NIST & set(told.codes):
            kept = [code for code in told.codes if code in _NIST]
        else:
            told.complete = verdict is Verdict.REFUSED
            return
    told.complete = True  # there was nothing to ask for, or nothing is left


def _schemes(talk: Talk, suites: tuple[int, ...], schemes: tuple[int, ...], told: Seen) -> Steps:
    """The schemes that sign a ServerKeyExchange with one kind of key."""
    told.codes += _used(talk, Hello(version=TLS12, suites=suites, groups=CURVES), heard.scheme)
    pending = [code for code in schemes if code not in told.codes]
    while pending:
        offer = Hello(version=TLS12, suites=suites, groups=CURVES, schemes=tuple(pending))
        answer, verdict = yield from talk.ask(offer)
        scheme = heard.scheme(answer)
        if verdict is Verdict.REFUSED:
            return
        told.codes += [scheme] * (scheme > 0 and scheme not in told.codes)
        if verdict is not Verdict.ACCEPTED or scheme not in pending:
            told.complete = False
            return
        pending.remove(scheme)


def _used(talk: Talk, offer: Hello, read: Callable[[Answer], int]) -> list[int]:
    """What one of these suites was seen with when all else was on offer, as the sweep does; often it was."""
    return [
        code
        for hello, answer in talk.heard
        if hello.version == offer.version and hello.groups == offer.groups
        if answer.hello and answer.hello.suite in offer.suites and (code := read(answer))
    ][:1]


def _by_key(suites: tuple[int, ...]) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
    """The suites that sign, by kind of key, with the schemes of that kind."""
    return (
        (tuple(code for code in suites if "E_RSA_" in names()[code]), RSA_SCHEMES),
        (tuple(code for code in suites if "E_ECDSA_" in names()[code]), ECDSA_SCHEMES),
    )


def _without_a_name(talk: Talk, number: int, told: Details) -> Steps:
    """What is shown to a client that names nobody."""
    known = _known(talk, number)
    if known and known.server_name:
        told.nameless = yield replace(known, server_name="")


def _unknown_protocol(talk: Talk, number: int, told: Details) -> Steps:
    """Whether an application protocol that there is not is refused (RFC 7301 s3.2)."""
    known = _known(talk, number)
    if known and known.extras and known.extensions:
        answer = yield replace(known, alpn=(UNKNOWN_PROTOCOL,))
        strict = answer.alert == NO_APPLICATION_PROTOCOL
        told.alpn_strict = strict if strict or answer.hello else None


def _known(talk: Talk, number: int) -> Hello | None:
    """A hello of the version that was taken."""
    return next((hello for hello, _ in talk.heard if hello.version == number), None)
