"""Which service an answer is, by the patterns of `services.toml`; never guessed from a number."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MOST_BYTES = 4096
"""How much of an answer is read and kept."""
_LONGEST_WORD = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """What answers, in its own words; empty where it does not say."""

    service: str
    product: str = ""
    version: str = ""
    extra: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    name: str
    product: str
    where: str
    pattern: re.Pattern[str]
    extra: str


def named(said: bytes, question: str, sent: bytes = b"") -> Name | None:
    """What said this after `question` (a name in `probes.PROBES`, empty if it spoke first), if known."""
    if not said:
        return None
    if sent and said == sent[: len(said)]:
        return Name(service="echo")
    text = said[:MOST_BYTES].decode("latin-1")
    places = {"any", question} - {"http"}
    if text.startswith("HTTP/"):
        places.add("http")
    for row in rows():
        found = row.pattern.search(text) if row.where in places else None
        if found is not None:
            return _name(row, {key: value or "" for key, value in found.groupdict().items()})
    return None


def printable(text: str) -> str:
    """A host's own words, printable and short."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(clean.split())[:_LONGEST_WORD]


def escaped(said: bytes) -> str:
    """Bytes as printable ASCII of at most 4 KiB; what is none stands in escapes."""
    text = said[:MOST_BYTES].decode("latin-1").encode("unicode_escape").decode("ascii")
    return text[:MOST_BYTES]


@cache
def rows() -> tuple[_Row, ...]:
    """The table, its patterns ready for use."""
    table = tomllib.loads(Path(__file__).with_name("services.toml").read_text("ascii"))
    return tuple(
        _Row(
            name=row["name"],
            product=row.get("product", ""),
            where=row["where"],
            pattern=re.compile(row["pattern"]),
            extra=row.get("extra", ""),
        )
        for row in table["service"]
    )


def _name(row: _Row, groups: dict[str, str]) -> Name:
    extra = row.extra
    for key, value in groups.items():
        extra = extra.replace("{" + key + "}", value)
    return Name(
        service=row.name,
        product=row.product or printable(groups.get("product", "")),
        version=printable(groups.get("version", "")),
        extra=printable(extra),
    )
