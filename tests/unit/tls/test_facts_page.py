"""The page on TLS names what is collected, and the facts are what it names."""

import re
from pathlib import Path
from typing import get_args, get_origin, get_type_hints

from msgspec import Struct

from scanners.tls.facts import TlsFacts

PAGE = (Path(__file__).parents[3] / "docs" / "tls.md").read_text("utf-8")
ROWS = re.findall(r"^\| `([\w.]+)` \| (?:`([\w.]+)`|not collected) \| ?(.*?) ?\|$", PAGE, re.MULTILINE)
WITHOUT_A_ROW = {"endpoints.port", "endpoints.certificate.self_signed", "endpoints.suites.version"} | {
    f"endpoints.{name}"
    for name in (
        *("suites.code", "suites.export", "staples.this_update", "staples.next_update"),
        *("protocols_refused.version", "protocols_refused.how"),
        *("extensions.version", "extensions.code", "extensions.name"),
    )
}
"""Fields that only help to read the others."""


def paths(kind, prefix=""):
    """Every field of a fact type, by its path; of certificates those of the leaf alone."""
    for name, hint in get_type_hints(kind).items():
        inner = get_args(hint)[0] if get_origin(hint) is tuple else hint
        yield prefix + name
        if (
            isinstance(inner, type)
            and issubclass(inner, Struct)
            and name in ("endpoints", "suites", "certificate", "staples", "protocols_refused", "extensions")
        ):
            yield from paths(inner, f"{prefix}{name}.")


def test_each_fact_stands_once_with_its_place_or_its_reason():
    assert len({name for name, _, _ in ROWS}) == len(ROWS) == 92
    assert all(place or why for _, place, why in ROWS)


def test_what_is_said_to_be_collected_is_a_fact():
    assert {place for _, place, _ in ROWS if place} <= set(paths(TlsFacts))


def test_every_fact_is_named_on_the_page():
    named = {place for _, place, _ in ROWS} | WITHOUT_A_ROW
    beside = re.findall(r"`(\w+)`", " ".join(why for _, _, why in ROWS))
    missing = {path for path in paths(TlsFacts) if path not in named and path.split(".")[-1] not in beside}
    assert missing == {"endpoints", "endpoints.certificate"}  # what holds the others


def test_the_count_on_the_page_is_right():
    collected = sum(bool(place) for _, place, _ in ROWS)
    assert f"Of {len(ROWS)} facts that can be known of an endpoint {collected} are collected" in PAGE
