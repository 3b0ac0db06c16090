"""Scripts and headers of payment pages that somebody authorised: a TOML file, one entry for each.

format = "payment-pages/v1"

[[scripts]]
page = "https://pay.example/checkout"
script = "https://pay.example/own.js"      # or "inline"
sha256 = "sha256-..."                      # as Subresource Integrity writes it
reason = "adds up the stay"
by = "J. Novak"
at = "2026-11-23"

[[headers]]
page = "https://pay.example/checkout"
sha256 = "sha256-..."
"""

import tomllib
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

INLINE = "inline"
_Text = Annotated[str, Meta(max_length=2048)]


class Authorised(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One script that may run on a page, why, and who said so."""

    page: _Text
    script: _Text
    """Its whole address, or `inline`."""
    sha256: _Text = ""
    integrity: _Text = ""
    """The attribute that the page pins it by; the word of a script whose bytes come from elsewhere."""
    reason: _Text = ""
    by: _Text = ""
    at: _Text = ""


class Headers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a page's protecting headers hash to."""

    page: _Text
    sha256: _Text


class Baseline(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that is authorised."""

    format: Literal["payment-pages/v1"] = "payment-pages/v1"
    scripts: tuple[Authorised, ...] = ()
    headers: tuple[Headers, ...] = ()

    def scripts_of(self, page: str) -> tuple[Authorised, ...]:
        """What may run on that page."""
        return tuple(each for each in self.scripts if each.page == page)

    def headers_of(self, page: str) -> str:
        """What that page's headers hash to; empty if nobody said."""
        return next((each.sha256 for each in self.headers if each.page == page), "")


NOTHING = Baseline()


def read_baseline(text: str) -> Baseline:
    """The baseline in a TOML text; raises `ValueError` that says what is wrong."""
    return msgspec.convert(tomllib.loads(text), Baseline)
