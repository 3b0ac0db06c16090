"""A visit to one web server: the answers on the way to its page, which never leaves this very port."""

from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from scanners.facts import Gap, Reason
from scanners.http.client import Answer, NotHttp, fetch
from scanners.kit.line import LineEnded, Place

_MOST_HOPS = 4
_LONGEST_PATH = 2048
_PORTS = {"http": 80, "https": 443}


@dataclass(slots=True, kw_only=True)
class Visit:
    """The way to the page: each answer, and where the last one stands."""

    place: Place
    tls: bool
    answers: list[Answer] = field(default_factory=list)
    url: str = "/"
    gaps: list[Gap] = field(default_factory=list)

    @property
    def base(self) -> str:
        """The page's own address."""
        host = self.place.name or self.place.address
        shown = f"[{host}]" if ":" in host else host
        return urljoin(f"{'https' if self.tls else 'http'}://{shown}:{self.place.port}", self.url)

    def is_here(self, url: str) -> bool:
        """Whether an address stands on this very host, port and protocol; nothing else is ever asked."""
        parts = split(url)
        return parts is not None and _origin(parts) == _origin(urlsplit(self.base))

    def note(self, below: str, reason: Reason, detail: str) -> None:
        """Say what is not known, and why."""
        self.gaps.append(Gap(path=f"endpoints[{self.place.locus}].{below}", reason=reason, detail=detail))


def follow(visit: Visit) -> None:
    """Go where the answers send the browser, as long as it stays on this very port."""
    for _ in range(_MOST_HOPS):
        last = visit.answers[-1]
        location = last.header("location").strip()
        onward = joined(visit.base, location)
        moves = 300 <= last.status < 400 and location  # noqa: PLR2004 - RFC 9110 s15.4
        if not moves or not visit.is_here(onward):
            return
        try:
            visit.answers.append(fetch(visit.place, path_of(onward), tls=visit.tls))
        except (LineEnded, NotHttp) as error:
            for below in ("scripts", "forms"):
                visit.note(below, Reason.PARTIAL, f"the page behind a redirect was not seen: {error}")
            return
        visit.url = path_of(onward)


def path_of(url: str) -> str:
    """Path and query of an address, as they may be sent; a slash for what is no address."""
    parts = split(url)
    if parts is None:
        return "/"
    whole = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return quote(whole, safe="/?&=%:;,+~!$'()*@-._")[:_LONGEST_PATH]


def joined(base: str, url: str) -> str:
    """An address as written on a page, made whole; empty for what is none."""
    try:
        return urljoin(base, url)
    except ValueError:
        return ""


def split(url: str) -> SplitResult | None:
    """The parts of an address; None for what is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    """Protocol, host and port (RFC 6454)."""
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
