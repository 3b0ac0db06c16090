"""The page that HTML and PDF share: the same templates, with the style sheet of their medium."""

import re
from base64 import b64encode
from enum import StrEnum
from hashlib import sha256
from importlib.resources import files

from markupsafe import Markup

from compliance.report.content import Content
from compliance.report.templates import environment

# What both fonts of the paper draw (Liberation Sans and DejaVu Sans Mono): Latin, Greek, Cyrillic and some
# signs. Anything else would become an empty box, or bring in whatever font the machine happens to
# have: then the same report has other bytes elsewhere.
_DRAWABLE = "\t\n -~\xa0-ƿǍ-ǣ˘-˝Α-ΡΣ-ώЀ-џ‐-•…€№™←-↓−≈≠≤≥■□▲▼○●✓✗"  # noqa: RUF001 (ranges of characters)
_NOT_DRAWABLE = re.compile(f"[^{_DRAWABLE}]")

_HOSTS_IN_A_ROW = 12
"""Hosts that a row on paper names; on the screen it names them all."""
_EXPLAINED_ON_PAPER = 8
"""Places of one rule whose evidence stands on paper; on the screen that of all."""
_HINT_ON_PAPER = 56
"""Characters of a fix that stand on one line of the first page."""
_HINT_ON_SCREEN = 100


class Medium(StrEnum):
    """What the page is read on."""

    SCREEN = "screen"
    PAPER = "paper"


def page(content: Content, medium: Medium) -> str:
    """The whole report as one HTML document that refers to nothing outside itself."""
    style = "\n".join(_sheet(name) for name in ("base.css", f"{medium}.css"))
    digest = b64encode(sha256(style.encode()).digest()).decode()
    env = environment()
    if medium is Medium.PAPER:
        env = env.overlay(finalize=drawable)
    return env.get_template("report.html.j2").render(
        it=content,
        medium=medium,
        few=_HOSTS_IN_A_ROW if medium is Medium.PAPER else len(content.coverage.hosts) + 1,
        explained=_EXPLAINED_ON_PAPER
        if medium is Medium.PAPER
        else max((len(case.places) for case in content.failures), default=0),
        hint=_HINT_ON_PAPER if medium is Medium.PAPER else _HINT_ON_SCREEN,
        style=Markup(style),  # noqa: S704 (our own style sheet; escaped, its quotes would break it)
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
    )


def _sheet(name: str) -> str:
    return files("report_templates").joinpath(name).read_text(encoding="utf-8").strip()


def drawable(value: object) -> object:
    """A text with the characters that the paper's fonts lack as visible escapes; the rest as it is."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return _NOT_DRAWABLE.sub(lambda found: ascii(found[0])[1:-1], value)
