"""What stands on a page: its title, forms and scripts, read in one linear pass; no script is run.

A page is hostile: every pattern here is bounded, and nothing is looked for twice.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

_TOKEN = re.compile(r"<!--|<(/?(?:script|form|input|title|base))\b([^>]{0,4096}+)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]{1,40})(?:\s{0,9}=\s{0,9}("[^"]*"|'[^']*'|[^\s"'>]{1,2048}))?""")
_RUN = frozenset({"", "module", "text/javascript", "application/javascript", "text/ecmascript"})
_DEFAULTS = (
    ("nginx", "<title>welcome to nginx"),
    ("apache", "apache2 debian default page"),
    ("apache", "<title>test page for the apache"),
    ("apache", "<html><body><h1>it works!</h1></body></html>"),
    ("rhel", "<title>test page for the http server"),
    ("iis", "<title>iis windows"),
    ("tomcat", "<title>apache tomcat/"),
    ("lighttpd", "<title>welcome page</title>"),
    ("phpinfo", "<title>phpinfo()"),
)
_LISTINGS = ("<title>index of /", "<h1>index of /", "<title>directory listing for ", "[to parent directory]")


@dataclass(slots=True)
class FormSeen:
    """A form as it is written."""

    action: str
    password: bool = False


@dataclass(frozen=True, slots=True)
class ScriptSeen:
    """A script as it is written: an address, or a text."""

    src: str
    text: str
    integrity: str
    """The attribute as written; empty if there is none."""


@dataclass(slots=True)
class Page:
    """What was read off a page."""

    title: str = ""
    base: str = ""
    default_page: str = ""
    listing: bool = False
    forms: list[FormSeen] = field(default_factory=list)
    scripts: list[ScriptSeen] = field(default_factory=list)


def read_page(text: str) -> Page:
    """All that stands on the page."""
    lowered = text.lower()
    page = Page(
        default_page=next((name for name, mark in _DEFAULTS if mark in lowered), ""),
        listing=any(mark in lowered for mark in _LISTINGS),
    )
    in_form = False
    for tag, attributes, inner in _tokens(text, lowered):
        match tag:
            case "title":
                page.title = page.title or unescape(inner[:400])
            case "base":
                page.base = page.base or attributes.get("href", "")
            case "script" if attributes.get("type", "").lower() in _RUN:
                page.scripts.append(_script(attributes, inner))
            case "form":
                page.forms.append(FormSeen(action=attributes.get("action", "")))
                in_form = True
            case "/form":
                in_form = False
            case "input" if attributes.get("type", "").lower() == "password":
                if (
                    not in_form
                ):  # a script sends it, or the page is broken; it asks for a password all the same
                    page.forms.append(FormSeen(action=""))
                    in_form = True
                page.forms[-1].password = True
    return page


def _tokens(text: str, lowered: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Each tag of interest, its attributes, and the text inside for titles and scripts."""
    at = 0
    while found := _TOKEN.search(text, at):
        at = found.end()
        if found[1] is None:
            at = _after(lowered, "-->", at)
            continue
        tag, inner = found[1].lower(), ""
        if tag in {"script", "title"}:
            ends = lowered.find(f"</{tag}", at)
            inner, at = (text[at:], len(text)) if ends < 0 else (text[at:ends], ends)
        yield tag, _attributes(found[2]), inner


def _after(text: str, mark: str, start: int) -> int:
    """Where a mark ends; the end of the text if it is not there."""
    at = text.find(mark, start)
    return len(text) if at < 0 else at + len(mark)


def _attributes(text: str) -> dict[str, str]:
    """The attributes of a tag, the first of each name."""
    found: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(text):
        found.setdefault(name.lower(), unescape(value.strip("\"'")))
    return found


def _script(attributes: dict[str, str], inner: str) -> ScriptSeen:
    src = attributes.get("src", "").strip()
    return ScriptSeen(src=src, text="" if src else inner, integrity=attributes.get("integrity", ""))
