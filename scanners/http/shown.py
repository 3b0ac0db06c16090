"""What the answers of a visit show: an endpoint, its headers, and what stands on its page."""

import hashlib
import ipaddress
import re
from collections.abc import Iterator

import msgspec

from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.http.client import MOST_BYTES, Answer, NotHttp, fetch
from scanners.http.facts import Cookie, Form, HttpEndpoint, Script
from scanners.http.page import Page, ScriptSeen, read_page
from scanners.http.visit import Visit, joined, path_of
from scanners.kit.line import LineEnded
from scanners.kit.rounds import clean

_MOST_FETCHED = 16
_MOST_SCRIPTS, _MOST_FORMS, _MOST_COOKIES, _MOST_ADDRESSES, _MOST_SCHEMES = 64, 16, 32, 16, 8
_MAX_AGE = re.compile(r"max-age\s{0,4}=\s{0,4}\"?(\d{1,10})", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_PRIVATE = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_OK = 200


def endpoint_of(visit: Visit) -> HttpEndpoint:
    """The endpoint that the answers make up: the first one's way, the last one's headers and page."""
    first, last = visit.answers[0], visit.answers[-1]
    location = first.header("location").strip()
    policy = ", ".join(last.all("content-security-policy"))
    powered = (last.header(name) for name in ("x-powered-by", "x-aspnet-version", "x-generator"))
    max_age = _MAX_AGE.search(last.header("strict-transport-security"))
    endpoint = HttpEndpoint(
        locus=visit.place.locus,
        port=visit.place.port,
        reached="answered",
        tls=visit.tls,
        status=first.status,
        location=clean(location),
        redirects_to_tls=location.lower().startswith("https://"),
        server=clean(last.header("server")),
        powered_by=clean(" ".join(filter(None, powered))),
        hsts_seconds=int(max_age[1]) if max_age else 0,
        csp=clean(policy, 1000),
        frame_ancestors="frame-ancestors" in policy.lower(),
        frame_options=clean(last.header("x-frame-options").lower()),
        content_type_options=clean(last.header("x-content-type-options").lower()),
        referrer_policy=clean(last.header("referrer-policy").lower()),
        authenticate=_schemes(last),
        cookies=_cookies(visit),
        internal_addresses=_internal(visit),
    )
    return _with_page(endpoint, visit)


def _with_page(endpoint: HttpEndpoint, visit: Visit) -> HttpEndpoint:
    """The endpoint with what stands on its page."""
    last = visit.answers[-1]
    if not last.whole:
        visit.note("scripts", Reason.PARTIAL, "the page was cut short")
        visit.note("forms", Reason.PARTIAL, "the page was cut short")
    kind = last.header("content-type").lower()
    page = read_page(last.body.decode("utf-8", "replace")) if not kind or "html" in kind else Page()
    base = joined(visit.base, page.base) if page.base else visit.base
    forms = tuple(
        Form(
            locus=f"form:{number}",
            action=clean(form.action),
            password=form.password,
            encrypted=joined(base, form.action).lower().startswith("https:"),
        )
        for number, form in enumerate(page.forms[:_MOST_FORMS], 1)
    )
    cut_forms, cut_scripts = len(page.forms) > _MOST_FORMS, len(page.scripts) > _MOST_SCRIPTS
    scripts = tuple(_scripts(page.scripts[:_MOST_SCRIPTS], base, visit))
    if cut_forms:
        visit.note("forms", Reason.PARTIAL, f"the first {_MOST_FORMS} are kept")
    if cut_scripts:
        visit.note("scripts", Reason.PARTIAL, f"the first {_MOST_SCRIPTS} are kept")
    return msgspec.structs.replace(
        endpoint,
        title=clean(page.title),
        default_page=page.default_page,
        listing=page.listing,
        forms=forms if last.whole and not cut_forms else PartialList(forms),
        scripts=scripts if last.whole and not cut_scripts else PartialList(scripts),
    )


def _scripts(written: list[ScriptSeen], base: str, visit: Visit) -> Iterator[Script]:
    """Each script with what it hashes to, where it stands in the page or on this very port."""
    inline = fetched = 0
    for each in written:
        if not each.src:
            inline += 1
            digest = hashlib.sha256(each.text.encode()).hexdigest()
            yield Script(
                locus=f"inline:{inline}", inline=True, elsewhere=False, integrity=False, sha256=digest
            )
            continue
        url = joined(base, each.src)
        script = Script(
            locus=clean(each.src),
            inline=False,
            elsewhere=not visit.is_here(url),
            integrity=bool(each.integrity),
        )
        if script.elsewhere or fetched >= _MOST_FETCHED:
            where = "it comes from another host" if script.elsewhere else "there are too many to fetch"
            visit.note(f"scripts[{script.locus}].sha256", Reason.NOT_COLLECTED, where)
            yield script
            continue
        fetched += 1
        yield msgspec.structs.replace(script, sha256=_digest(url, script, visit))


def _digest(url: str, script: Script, visit: Visit) -> str:
    """SHA-256 of a script's bytes, hexadecimal; unknown, and noted, where they did not come whole."""
    try:
        answer = fetch(visit.place, path_of(url), tls=visit.tls)
    except (LineEnded, NotHttp) as error:
        trouble = str(error)
    else:
        if answer.status == _OK and answer.whole:
            return hashlib.sha256(answer.body).hexdigest()
        trouble = (
            f"status {answer.status}" if answer.whole else f"longer than {MOST_BYTES} bytes, or cut short"
        )
    visit.note(f"scripts[{script.locus}].sha256", Reason.INCONCLUSIVE, f"it was not fetched: {trouble}")
    unknown: str = UNKNOWN
    return unknown


def _schemes(answer: Answer) -> tuple[str, ...]:
    """The ways to log in that an answer asks for, in lower case (RFC 9110 s11.6.1)."""
    asked = (value.split(None, 1)[0].lower() for value in answer.all("www-authenticate") if value)
    return tuple(dict.fromkeys(clean(each, 40) for each in asked))[:_MOST_SCHEMES]


def _cookies(visit: Visit) -> tuple[Cookie, ...]:
    """Each cookie that was set on the way, by name; the last one counts."""
    found: dict[str, Cookie] = {}
    for value in (value for answer in visit.answers for value in answer.all("set-cookie")):
        pair, *attributes = value.split(";")
        given = {
            name.strip().lower(): text.strip() for name, _, text in (a.partition("=") for a in attributes)
        }
        name = clean(pair.partition("=")[0], 80)
        found[name] = Cookie(
            locus=name,
            secure="secure" in given,
            http_only="httponly" in given,
            same_site=clean(given.get("samesite", "").lower(), 20),
        )
    kept = tuple(found.values())
    if len(kept) > _MOST_COOKIES:
        visit.note("cookies", Reason.PARTIAL, f"the first {_MOST_COOKIES} are kept")
    return kept if len(kept) <= _MOST_COOKIES else PartialList(kept[:_MOST_COOKIES])


def _internal(visit: Visit) -> tuple[str, ...]:
    """Private addresses that headers give away, other than the one it was reached by."""
    values = " ".join(value for answer in visit.answers for _, value in answer.headers)
    found = dict.fromkeys(_ADDRESS.findall(values))
    return tuple(each for each in found if each != visit.place.address and _is_private(each))[
        :_MOST_ADDRESSES
    ]


def _is_private(text: str) -> bool:
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return any(address in network for network in _PRIVATE)
