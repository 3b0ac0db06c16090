"""What a reader gives of one document, the same for every format."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from compliance.model.advisory import Entry

_SEVERITIES = {
    "critical": "critical",
    "important": "high",
    "high": "high",
    "moderate": "medium",
    "medium": "medium",
    "low": "low",
    "negligible": "low",
    "unimportant": "low",
    "none": "none",
}


class BadDocument(Exception):
    """A document that is not what it looks like; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one document says for one source."""

    source: str
    dated: datetime | None
    """The date that the document itself bears; None if none."""
    entries: Iterable[Entry]


def severity_word(text: str) -> str:
    """Our word for a maker's rating (Important is high, Moderate is medium); empty if it is none."""
    return _SEVERITIES.get(text.strip().lower().rstrip("*"), "")


def moment(text: str | None) -> datetime | None:
    """The moment that an RFC 3339 text names, in UTC; None for any other text."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def newest(moments: Iterable[datetime | None]) -> datetime | None:
    """The newest of some moments, None if there is none."""
    return max((one for one in moments if one is not None), default=None)
