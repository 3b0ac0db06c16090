"""The scanner: which ports speak HTTP, plain or inside TLS, and what their first page shows; by GET alone."""

from functools import partial

from msgspec import Struct

from scanners import Gap, Means, Need, Pace, Reason, Target
from scanners.http import payment
from scanners.http.client import Answer, NotHttp, fetch
from scanners.http.facts import HttpEndpoint, HttpFacts
from scanners.http.shown import endpoint_of
from scanners.http.visit import Visit, follow
from scanners.kit.authorised import NOTHING, Baseline
from scanners.kit.line import Ending, LineEnded, Place, connected
from scanners.kit.rounds import FRAGILE, chosen_ports, make_round

USUAL_PORTS = (80, 443, 8000, 8008, 8080, 8081, 8088, 8443, 8888, 9443)
"""Where the web is usually met, and where silence is therefore no answer."""

_LISTENING = 0.5
"""Seconds in which a port may greet: whoever speaks first is no web server."""
_BAD_REQUEST = 400
_MOST = 64
_ABSENT = frozenset({Ending.REFUSED, Ending.UNANSWERED, Ending.UNREACHABLE, Ending.OVERDUE})
_NO_TLS = frozenset({Ending.NO_TLS, Ending.CLOSED, Ending.RESET, Ending.SILENT})
Gaps = tuple[Gap, ...]


class HttpScanner(Struct, frozen=True, kw_only=True):
    """The web as it shows to whoever asks for the first page, and for the payment pages that are declared."""

    name: str = "http"
    facts: type[HttpFacts] = HttpFacts
    need: Need = Need.NETWORK
    payment_pages: tuple[str, ...] = ()
    """Addresses of pages that take payments: those on the host that is looked at are visited."""
    authorised: Baseline = NOTHING
    """The scripts and headers that may stand on them."""

    def scan(self, target: Target, means: Means) -> HttpFacts:
        """All web servers among the ports; raises `Unreachable` if no port could even be connected to."""
        look = partial(_look, is_gentle=means.pace is Pace.GENTLE)
        ports = chosen_ports(target, USUAL_PORTS)
        seen = make_round(target, means, ports, look, _undecided, most=_MOST)
        pages, gaps = payment.pages_of(self.payment_pages, target, means, self.authorised)
        return HttpFacts(endpoints=seen.found, payment_pages=pages, gaps=(*seen.gaps, *gaps))


SCANNER = HttpScanner()


def _undecided(place: Place) -> HttpEndpoint:
    return HttpEndpoint(locus=place.locus, port=place.port, reached="undecided")


def _look(place: Place, *, is_gentle: bool) -> tuple[HttpEndpoint | None, Gaps]:
    """What one port shows; None if it is no web server."""
    is_usual = place.port in USUAL_PORTS
    if not is_usual and _greets(place):
        return None, ()
    why = FRAGILE.get(place.port) or ("" if is_usual or not is_gentle else "the host is met gently")
    if why:
        detail = f"{place.locus} was not asked for a page: {why}"
        gap = Gap(path=f"endpoints[{place.locus}]", reason=Reason.NOT_COLLECTED, detail=detail)
        return _undecided(place), (gap,)
    visit = _first_answer(place, is_usual=is_usual)
    if visit is None:
        return None, ()
    follow(visit)
    return endpoint_of(visit), tuple(visit.gaps)


def _greets(place: Place) -> bool:
    """Whether the port speaks before it is spoken to, as no web server does."""
    with connected(place) as line:
        try:
            line.hear(bool, seconds=_LISTENING)
        except LineEnded as error:
            return bool(error.heard)
    return True


def _first_answer(place: Place, *, is_usual: bool) -> Visit | None:
    """The answer to GET /, plain or else inside TLS; None for another protocol.

    Many servers answer plain words on a TLS port by 400, so only what TLS does not better is taken for plain.
    """
    plain: Answer | None = None
    try:
        plain = fetch(place, "/", tls=False)
    except NotHttp as error:
        if not error.heard.startswith(b"\x15\x03"):
            return None
    except LineEnded as error:
        if error.ending in _ABSENT:
            raise
    if plain is not None and plain.status != _BAD_REQUEST:
        return Visit(place=place, tls=False, answers=[plain])
    try:
        return Visit(place=place, tls=True, answers=[fetch(place, "/", tls=True)])
    except NotHttp:
        return None
    except LineEnded as error:
        if plain is not None:
            return Visit(place=place, tls=False, answers=[plain])
        if not is_usual and error.ending in _NO_TLS:
            return None
        raise
