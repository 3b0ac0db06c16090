"""What TLS 1.3 shows behind its hello: chains of each kind of key, schemes, what happens without a name."""

import os

from scanners.tls import half
from scanners.tls.answer import Ending
from scanners.tls.details import NO_APPLICATION_PROTOCOL, UNKNOWN_PROTOCOL, Seen
from scanners.tls.half import Half
from scanners.tls.hello import RANDOM_BYTES, Hello
from scanners.tls.link import Link
from scanners.tls.plan import ALPN, Sweep
from scanners.tls.suites import TLS13
from scanners.tls.value import Value, field, replace
from scanners.tls.whole import Whole

_HANDSHAKE_FAILURE = 40
_MOST_SCHEMES = 16


class Newest(Value):
    """Half handshakes of TLS 1.3, and what they add up to."""

    halves: list[Half] = field(default_factory=list)
    """Those that showed a chain, the first with everything on offer."""
    schemes: Seen = field(default_factory=Seen)
    nameless: Half | None = None
    """The one that named nobody, where TLS 1.3 stands alone."""
    early_data: bool | None = None
    """Whether tickets allow early data; None where no handshake came to its end."""
    alpn_strict: bool | None = None
    """Whether a protocol that there is not is refused, where TLS 1.3 stands alone."""


def newest(server_name: str, link: Link, found: Sweep) -> Newest:
    """The first flight of TLS 1.3, opened as often as it shows something new."""
    told = Newest()
    suites = tuple(code for code in found.versions[TLS13].suites if code in half.SUITES)
    groups = tuple(group for group in half.GROUPS if group in found.groups)[:1]
    if not suites or not groups:
        return told
    offer = Hello(version=TLS13, suites=suites, groups=groups, server_name=server_name, alpn=ALPN)
    first = _opened(offer, link)
    if first.alert == NO_APPLICATION_PROTOCOL:
        offer = replace(offer, alpn=())
        first = _opened(offer, link)
    if not first.chain:
        return told
    told.halves.append(first)
    _schemes(offer, link, told)
    told.early_data = _early_data(offer, link)
    if found.accepted == [TLS13]:
        _alone(offer, link, told)
    return told


def _schemes(offer: Hello, link: Link, told: Newest) -> None:
    """Take out each scheme that was used until none is left; every kind of key then shows its chain."""
    pending, used = list(offer.schemes), told.halves[0]
    for _ in range(_MOST_SCHEMES):
        if used.scheme not in pending:
            return
        told.schemes.codes.append(used.scheme)
        pending.remove(used.scheme)
        used = _opened(replace(offer, schemes=tuple(pending)), link)
        if not used.chain:
            told.schemes.complete = used.alert == _HANDSHAKE_FAILURE
            return
        told.halves.append(used)


def _early_data(offer: Hello, link: Link) -> bool | None:
    """Whether the tickets behind a whole handshake allow early data."""
    whole = Whole(offer, os.urandom(RANDOM_BYTES))
    ending, _ = link.ask(whole.data, whole)
    return whole.takes_early_data if ending in (Ending.DONE, Ending.CLOSED, Ending.RESET) else None


def _alone(offer: Hello, link: Link, told: Newest) -> None:
    """What older versions would have told in plain text: the chain without a name, an unknown protocol."""
    if offer.server_name:
        told.nameless = _opened(replace(offer, server_name=""), link)
    odd = _opened(replace(offer, alpn=(UNKNOWN_PROTOCOL,)), link)
    strict = odd.alert == NO_APPLICATION_PROTOCOL
    told.alpn_strict = strict if strict or odd.chain else None


def _opened(offer: Hello, link: Link) -> Half:
    """One half handshake."""
    opened = Half(offer, os.urandom(RANDOM_BYTES))
    link.ask(opened.data, opened)
    return opened
