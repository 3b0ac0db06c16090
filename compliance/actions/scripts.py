"""The file of authorised scripts, written from what a scan saw; people add reasons and names."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from compliance.model.errors import UnknownName
from compliance.model.observation import Seen
from compliance.model.scan import Scan

_HEAD = 'format = "payment-pages/v1"\n'
_WEB = "http"


def authorised_text(scan: Scan) -> str:
    """A TOML text with each script and the headers that the scan saw; raises `UnknownName` if it saw none.

    What was authorised before keeps its reason and its name, if its bytes are the same; for all else they are
    empty, and a script without them is not authorised.
    """
    pages = [
        page
        for observation in scan.observations
        if isinstance(observation, Seen) and observation.task.scanner == _WEB
        for page in msgspec.to_builtins(observation.facts).get("payment_pages", ())
    ]
    if not any("scripts" in page for page in pages):
        raise UnknownName(
            f"scan {scan.id} saw no payment page",
            hint="name them in the settings (http.payment_pages) and scan their host",
        )
    return "\n".join([_HEAD, *(entry for page in pages for entry in _entries(page))])


def _entries(page: dict[str, Any]) -> Iterator[str]:
    for script in page.get("scripts", ()):
        is_inline = script["origin"] == "inline"
        is_same = script.get("listed") and _pinned(script) == _pinned(script, "listed_")
        words = {
            "page": page["locus"],
            "script": "inline" if is_inline else script["locus"],
            "sha256": script.get("sha256", ""),
            "integrity": script.get("integrity", ""),
            **{name: script.get(name, "") if is_same else "" for name in ("reason", "by", "at")},
        }
        yield _entry("scripts", words)
    if "headers_sha256" in page:
        yield _entry("headers", {"page": page["locus"], "sha256": page["headers_sha256"]})


def _pinned(script: dict[str, Any], prefix: str = "") -> str:
    """What a script is known by: its bytes, or the attribute that pins those of a script from elsewhere."""
    return str(script.get(f"{prefix}sha256") or script.get(f"{prefix}integrity") or "")


def _entry(table: str, words: dict[str, str]) -> str:
    lines = (f"{name} = {json.dumps(word, ensure_ascii=False)}" for name, word in words.items())
    return "\n".join([f"[[{table}]]", *lines, ""])
