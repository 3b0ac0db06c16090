"""Payment pages that somebody declared: their scripts and headers, beside what is authorised.

What scripts load later is not seen without a browser; scripts of other hosts are named, never fetched.
"""

import base64
import hashlib
import ipaddress
import re
import time
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import msgspec

from scanners import Means, ScanError, Target
from scanners.facts import UNKNOWN, Gap, PartialList, Reason
from scanners.http.client import MOST_BYTES, Answer, NotHttp, fetch
from scanners.http.facts import PageScript, PaymentPage
from scanners.http.page import ScriptSeen, read_page
from scanners.http.visit import Visit, follow, joined, path_of, split
from scanners.kit.authorised import INLINE, Authorised, Baseline
from scanners.kit.line import LineEnded, Place
from scanners.kit.rounds import clean
from scanners.ports.place import address_of

_MOST_PAGES = 16
_MOST_SCRIPTS = 64
_LONGEST = 500
_OK = 200
_PORTS = {"http": 80, "https": 443}
_PROTECTING = (
    "content-security-policy",
    "content-security-policy-report-only",
    "cross-origin-embedder-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
)
"""Headers that bear on what a page may run and who may frame it."""
_NONCE = re.compile(r"'nonce-[^']{0,200}'")
"""Made anew for each answer."""
Gaps = tuple[Gap, ...]


def pages_of(
    urls: Iterable[str], target: Target, means: Means, authorised: Baseline
) -> tuple[tuple[PaymentPage, ...], Gaps]:
    """Those of the declared pages that stand on the target, visited one after the other."""
    ends = time.monotonic() + means.deadline
    places = {url: place for url in urls if (place := _place(url, target, means.timeout, ends))}
    pages: list[PaymentPage] = []
    gaps: list[Gap] = []
    for url, place in list(places.items())[:_MOST_PAGES]:
        asked = target.ports is None or place.port in target.ports
        if asked and place.port not in means.spared_ports:
            page, unknown = _seen(url, place, authorised)
        else:
            page, unknown = _unseen(url, Reason.NOT_PERMITTED, f"{place.locus} was not to be looked at")
        pages.append(page)
        gaps.extend(unknown)
    if len(places) <= _MOST_PAGES:
        return tuple(pages), tuple(gaps)
    detail = f"{len(places)} are declared; the first {_MOST_PAGES} were visited"
    gaps.append(Gap(path="payment_pages", reason=Reason.PARTIAL, detail=detail))
    return PartialList(pages), tuple(gaps)


def _place(url: str, target: Target, timeout: float, ends: float) -> Place | None:
    """Where a declared page stands, if that is on the target: by address, by name, or by what it means."""
    parts = split(url)
    if parts is None or parts.scheme not in _PORTS or not parts.hostname:
        return None
    host = parts.hostname
    address = "127.0.0.1" if target.is_here else target.address
    if host not in {address.lower(), target.name.lower(), target.address.lower()}:
        try:
            if _is_address(host) or address_of(Target(address=host), timeout) != address:
                return None
        except ScanError:
            return None
    name = "" if _is_address(host) else host
    port = parts.port or _PORTS[parts.scheme]
    return Place(address=address, port=port, name=name, timeout=timeout, ends=ends)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _unseen(url: str, reason: Reason, detail: str) -> tuple[PaymentPage, Gaps]:
    """A page that was not seen, and why."""
    return PaymentPage(locus=url), (Gap(path=f"payment_pages[{url}]", reason=reason, detail=detail),)


def _seen(url: str, place: Place, baseline: Baseline) -> tuple[PaymentPage, Gaps]:
    """What one payment page shows; raises nothing."""
    parts = urlsplit(url)
    visit = Visit(place=place, tls=parts.scheme == "https", url=path_of(url))
    try:
        visit.answers.append(fetch(place, visit.url, tls=visit.tls))
    except (LineEnded, NotHttp) as error:
        return _unseen(url, Reason.INCONCLUSIVE, clean(f"the page was not fetched: {error}"))
    follow(visit)
    last = visit.answers[-1]
    if visit.gaps or last.status != _OK:
        why = visit.gaps[0].detail if visit.gaps else f"status {last.status}"
        return _unseen(url, Reason.INCONCLUSIVE, f"the page was not shown: {why}")
    return _shown(url, visit, baseline)


def _shown(url: str, visit: Visit, baseline: Baseline) -> tuple[PaymentPage, Gaps]:
    last = visit.answers[-1]
    page = read_page(last.body.decode("utf-8", "replace"))
    base = joined(visit.base, page.base) if page.base else visit.base
    listed = baseline.scripts_of(url)
    gaps: list[Gap] = []
    scripts = tuple(_scripts(page.scripts[:_MOST_SCRIPTS], base, (url, visit), gaps))
    is_whole = last.whole and len(page.scripts) <= _MOST_SCRIPTS
    if not is_whole:
        why = f"the first {_MOST_SCRIPTS} are kept" if last.whole else "the page was cut short"
        gaps.append(Gap(path=f"payment_pages[{url}].scripts", reason=Reason.PARTIAL, detail=why))
        gaps.append(Gap(path=f"payment_pages[{url}].missing", reason=Reason.PARTIAL, detail=why))
    beside = tuple(_beside(each, listed) for each in scripts)
    missing = tuple(_missing(beside, listed)) if is_whole else UNKNOWN
    headers = tuple(_headers(last))
    seen = PaymentPage(
        locus=url,
        status=last.status,
        scripts=beside if is_whole else PartialList(beside),
        missing=missing,
        headers=headers,
        headers_sha256=sri("\n".join(headers).encode()),
        listed_headers_sha256=baseline.headers_of(url),
    )
    return seen, tuple(gaps)


def _scripts(
    written: list[ScriptSeen], base: str, where: tuple[str, Visit], gaps: list[Gap]
) -> Iterator[PageScript]:
    """Each script of the page with what it hashes to; where that is not known, a gap is added."""
    page, visit = where
    inline = 0
    for each in written:
        if not each.src:
            inline += 1
            yield PageScript(
                locus=f"inline:{inline}", origin="inline", sha256=sri(each.text.encode()), integrity=""
            )
            continue
        address = joined(base, each.src)
        is_own = visit.is_here(address)
        script = PageScript(
            locus=clean(address or each.src, _LONGEST),
            origin="own" if is_own else "third-party",
            integrity=clean(each.integrity),
        )
        digest, trouble = _digest(address, visit) if is_own else ("", "it comes from another host")
        if digest:
            yield msgspec.structs.replace(script, sha256=digest)
            continue
        path = f"payment_pages[{page}].scripts[{script.locus}].sha256"
        gaps.append(Gap(path=path, reason=Reason.NOT_COLLECTED, detail=f"it was not fetched: {trouble}"))
        yield script


def _digest(address: str, visit: Visit) -> tuple[str, str]:
    """What a script of this very origin hashes to, or nothing and why."""
    try:
        answer = fetch(visit.place, path_of(address), tls=visit.tls)
    except (LineEnded, NotHttp) as error:
        return "", clean(str(error))
    if answer.status != _OK:
        return "", f"status {answer.status}"
    return (sri(answer.body), "") if answer.whole else ("", f"longer than {MOST_BYTES} bytes, or cut short")


def _beside(script: PageScript, listed: tuple[Authorised, ...]) -> PageScript:
    """The script with what is authorised of it; one inside the page is known by its bytes alone."""
    if script.origin == INLINE:
        entries = [each for each in listed if each.script == INLINE and each.sha256 == script.sha256]
    else:
        entries = [each for each in listed if each.script == script.locus]
    if not entries:
        return msgspec.structs.replace(
            script, listed=False, listed_sha256="", listed_integrity="", reason="", by="", at=""
        )
    known, pin = script.sha256 if script.sha256 is not UNKNOWN else "", script.integrity
    fitting = (e for e in entries if (known and e.sha256 == known) or (pin and e.integrity == pin))
    same = next(fitting, entries[0])
    return msgspec.structs.replace(
        script,
        listed=True,
        listed_sha256=same.sha256,
        listed_integrity=same.integrity,
        reason=same.reason,
        by=same.by,
        at=same.at,
    )


def _missing(scripts: tuple[PageScript, ...], listed: tuple[Authorised, ...]) -> Iterator[str]:
    """What is authorised and was not there."""
    addresses = {each.locus for each in scripts}
    hashes = {each.sha256 for each in scripts if each.origin == INLINE}
    for each in listed:
        if each.script == INLINE and each.sha256 not in hashes:
            yield f"{INLINE} {each.sha256}"
        elif each.script not in (INLINE, *addresses):
            yield each.script


def _headers(answer: Answer) -> Iterator[str]:
    """The protecting headers in the order of their names, without what is made anew each time."""
    for name in _PROTECTING:
        for value in answer.all(name):
            yield f"{name}: {_NONCE.sub(chr(39) + 'nonce' + chr(39), clean(value, 4000))}"


def sri(data: bytes) -> str:
    """SHA-256 as Subresource Integrity writes it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(data).digest()).decode("ascii")
