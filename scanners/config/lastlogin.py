"""When each account last logged in, from lastlog(8) or lslogins(1)."""

from datetime import UTC, datetime
from typing import Any

from scanners.facts import Reason
from scanners.kit.collector import Missing

_LASTLOG_TIME = "%a %b %d %H:%M:%S %z %Y"
_LASTLOG_WORDS = 6


def last_logins(text: str) -> dict[str, dict[str, Any]]:
    """`ever_logged_in` and `last_login` as fields of `Account`, by name.

    Raises `Missing` where not one login is recorded: a record that nobody keeps says "never" of everybody.
    """
    tool, _, rest = text.partition("\n")
    parse = {"lastlog": _lastlog, "lslogins": _lslogins}.get(tool)
    if parse is None:
        raise Missing(Reason.GARBLED, "the list of last logins does not say where it comes from")
    found = parse(rest)
    if not any(when for when in found.values()):
        raise Missing(Reason.INCONCLUSIVE, "no login of anybody is recorded on this host")
    return {
        name: {"ever_logged_in": True, "last_login": when} if when else {"ever_logged_in": False}
        for name, when in found.items()
    }


def _lastlog(text: str) -> dict[str, datetime | None]:
    """Rows of lastlog: name, port, host, and the time as its last six words, or `**Never logged in**`."""
    found: dict[str, datetime | None] = {}
    for line in text.splitlines()[1:]:
        words = line.split()
        if "**Never" in words:
            found[words[0]] = None
        elif len(words) > _LASTLOG_WORDS:
            found[words[0]] = datetime.strptime(" ".join(words[-_LASTLOG_WORDS:]), _LASTLOG_TIME).astimezone(
                UTC
            )
    return found


def _lslogins(text: str) -> dict[str, datetime | None]:
    """Rows of `lslogins --raw --time-format=iso`: name and time, or the name alone."""
    rows = (line.split() for line in text.splitlines()[1:] if line.strip())
    return {row[0]: datetime.fromisoformat(row[1]).astimezone(UTC) if len(row) > 1 else None for row in rows}
