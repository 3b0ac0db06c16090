"""What is seen of web servers: endpoints, their headers, and what stands on their first page."""

from typing import Annotated, Literal

from msgspec import Struct

from scanners.facts import UNKNOWN, Facts, about

Reached = Literal["answered", "undecided"]


class Cookie(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One cookie that was set (RFC 6265); its value is not kept."""

    locus: Annotated[str, about("Its name.")]
    secure: Annotated[bool, about("It travels inside TLS alone.")] = UNKNOWN
    http_only: Annotated[bool, about("Scripts cannot read it.")] = UNKNOWN
    same_site: Annotated[str, about("strict, lax or none; empty if it does not say.")] = UNKNOWN


class Script(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One script that the page itself names or holds; what scripts load later is not seen without a browser."""

    locus: Annotated[str, about("Its address as written, or inline:1 for the first inside the page.")]
    inline: Annotated[bool, about("It stands inside the page.")] = UNKNOWN
    elsewhere: Annotated[bool, about("It comes from another host or port.")] = UNKNOWN
    integrity: Annotated[bool, about("The page says what it must hash to (Subresource Integrity).")] = UNKNOWN
    sha256: Annotated[str, about("SHA-256 of its bytes, hexadecimal; unknown where it was not fetched.")] = (
        UNKNOWN
    )


class Form(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One form on the page."""

    locus: Annotated[str, about("form:1 for the first on the page.")]
    action: Annotated[str, about("Where it is sent, as written; empty for the page's own address.")] = UNKNOWN
    password: Annotated[bool, about("It asks for a password.")] = UNKNOWN
    encrypted: Annotated[bool, about("It is sent inside TLS.")] = UNKNOWN


class HttpEndpoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One TCP port that speaks HTTP, plain or inside TLS, or that did not say what it is."""

    locus: Annotated[str, about("Where it stands: tcp/443.")]
    port: Annotated[int, about("TCP port.")]
    reached: Annotated[
        Reached, about("answered: it speaks HTTP; undecided: it would not say, or was not asked.")
    ]
    tls: Annotated[bool, about("It speaks HTTP inside TLS.")] = UNKNOWN
    status: Annotated[int, about("Status of the first answer to GET / (RFC 9110).")] = UNKNOWN
    location: Annotated[str, about("Where the first answer sends the browser; empty if nowhere.")] = UNKNOWN
    redirects_to_tls: Annotated[bool, about("The first answer sends the browser to an https address.")] = (
        UNKNOWN
    )
    server: Annotated[str, about("Program it names itself (Server); empty if none.")] = UNKNOWN
    powered_by: Annotated[
        str, about("What it says runs behind it (X-Powered-By and the like); empty if none.")
    ] = UNKNOWN
    hsts_seconds: Annotated[int, about("max-age of Strict-Transport-Security (RFC 6797); 0 if none.")] = (
        UNKNOWN
    )
    csp: Annotated[str, about("Content-Security-Policy, shortened; empty if none.")] = UNKNOWN
    frame_ancestors: Annotated[bool, about("The policy has frame-ancestors (CSP level 2).")] = UNKNOWN
    frame_options: Annotated[str, about("X-Frame-Options in lower case; empty if none.")] = UNKNOWN
    content_type_options: Annotated[str, about("X-Content-Type-Options in lower case; empty if none.")] = (
        UNKNOWN
    )
    referrer_policy: Annotated[str, about("Referrer-Policy in lower case; empty if none.")] = UNKNOWN
    authenticate: Annotated[
        tuple[str, ...],
        about("Ways to log in that it asks for (WWW-Authenticate): basic, digest ...", max_items=8),
    ] = UNKNOWN
    cookies: Annotated[tuple[Cookie, ...], about("Cookies set on the way to the page.", max_items=32)] = (
        UNKNOWN
    )
    title: Annotated[str, about("The page's title, shortened; empty if none.")] = UNKNOWN
    default_page: Annotated[
        str, about("Whose untouched first page it is: nginx, apache ...; empty if nobody's.")
    ] = UNKNOWN
    listing: Annotated[bool, about("The page lists the files of a folder.")] = UNKNOWN
    internal_addresses: Annotated[
        tuple[str, ...],
        about("Private IPv4 addresses in its headers (RFC 1918), other than its own.", max_items=16),
    ] = UNKNOWN
    forms: Annotated[tuple[Form, ...], about("Forms on the page.", max_items=16)] = UNKNOWN
    scripts: Annotated[tuple[Script, ...], about("Scripts on the page, in its order.", max_items=64)] = (
        UNKNOWN
    )


class PageScript(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One script of a payment page, beside what is authorised of it."""

    locus: Annotated[str, about("Its whole address, or inline:1 for the first inside the page.")]
    origin: Annotated[
        Literal["inline", "own", "third-party"],
        about("inside the page, from its very host, port and protocol, or from elsewhere."),
    ]
    sha256: Annotated[str, about("sha256-... of its bytes; unknown where they were not fetched.")] = UNKNOWN
    integrity: Annotated[str, about("The integrity attribute as written; empty if none.")] = UNKNOWN
    listed: Annotated[bool, about("The file of authorised scripts names it.")] = UNKNOWN
    listed_sha256: Annotated[str, about("What it hashes to there; empty if that says nothing.")] = UNKNOWN
    listed_integrity: Annotated[str, about("Its integrity attribute there; empty if that says nothing.")] = (
        UNKNOWN
    )
    reason: Annotated[str, about("Why it is there, as that file says; empty if it does not.")] = UNKNOWN
    by: Annotated[str, about("Who authorised it; empty if nobody.")] = UNKNOWN
    at: Annotated[str, about("When that was, as written there.")] = UNKNOWN


class PaymentPage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One page that takes payments, as the settings declare it, and how a consumer receives it."""

    locus: Annotated[str, about("Its address as declared.")]
    status: Annotated[int, about("Status of the answer that shows it.")] = UNKNOWN
    scripts: Annotated[tuple[PageScript, ...], about("Its scripts, in its order.", max_items=64)] = UNKNOWN
    missing: Annotated[tuple[str, ...], about("Authorised scripts that it does not have.", max_items=64)] = (
        UNKNOWN
    )
    headers: Annotated[
        tuple[str, ...],
        about("Headers that bear on what it may run and who may frame it, by name.", max_items=64),
    ] = UNKNOWN
    headers_sha256: Annotated[str, about("sha256-... of those headers.")] = UNKNOWN
    listed_headers_sha256: Annotated[
        str, about("What they hash to in the file of authorised scripts; empty if it does not say.")
    ] = UNKNOWN


class HttpFacts(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """What a host's web servers show to whoever asks."""

    endpoints: Annotated[
        tuple[HttpEndpoint, ...], about("Ports that speak HTTP, and those that would not say.", max_items=64)
    ] = UNKNOWN
    payment_pages: Annotated[
        tuple[PaymentPage, ...],
        about("Payment pages that are declared of this host; none if none is.", max_items=16),
    ] = UNKNOWN
