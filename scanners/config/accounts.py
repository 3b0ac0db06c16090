"""Local accounts: passwd(5), shadow(5) without its hashes, and how many keys open each."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from scanners.config.facts import Account, PasswordKind
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Gaps, Sections

_CLOSED = frozenset(("nologin", "false", "true", "sync", "shutdown", "halt"))
_DEFAULT_KEY_FILES = frozenset((".ssh/authorized_keys", ".ssh/authorized_keys2", "%h/.ssh/authorized_keys"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_DAY = 365_000


def accounts(sections: Sections, key_files: str, gaps: Gaps) -> tuple[Account, ...]:
    """Local accounts; `key_files` is sshd's AuthorizedKeysFile, empty if not known."""
    passwd = parse_passwd(sections.text("passwd"))
    aging = gaps.fact("accounts[].password", lambda: parse_shadow(sections.text("shadow")))
    keys = gaps.fact("accounts[].authorized_keys", lambda: parse_key_counts(sections.text("authorized-keys")))
    if not _DEFAULT_KEY_FILES.issuperset(key_files.split()):
        gaps.add("accounts[].authorized_keys", Reason.UNSUPPORTED, f"keys are kept in {key_files[:100]}")
        keys = UNKNOWN
    found = tuple(
        _account(row, {} if aging is UNKNOWN else aging, {} if keys is UNKNOWN else keys) for row in passwd
    )
    closed = [a.name for a in found if a.authorized_keys is UNKNOWN]
    if closed and keys is not UNKNOWN:
        detail = f"not readable, or on a network mount: {', '.join(closed)}"[:200]
        gaps.add("accounts[].authorized_keys", Reason.NOT_PERMITTED, detail)
    return found


def parse_passwd(text: str) -> tuple[tuple[str, str, int, str, str], ...]:
    """Rows of name, kind of password, number, home and shell; `shadow` is the kind where shadow(5) has it."""
    rows = (line.split(":") for line in text.splitlines() if line.count(":") == 5)  # noqa: PLR2004 (six fields)
    return tuple((name, kind, int(uid), home, shell) for name, kind, uid, _gid, home, shell in rows)


def parse_shadow(text: str) -> dict[str, dict[str, Any]]:
    """Kind of password, longest age and last change, as fields of `Account`, by name."""
    found: dict[str, dict[str, Any]] = {}
    for line in text.splitlines():
        name, kind, changed, longest = (line.split(":") + [""] * 4)[:4]
        fields: dict[str, Any] = {"password": kind, "max_age_days": int(longest) if longest else -1}
        if changed.isdigit() and 0 < int(changed) < _LAST_DAY:
            fields["last_change"] = _EPOCH + timedelta(days=int(changed))
        found[name] = fields
    return found


def parse_key_counts(text: str) -> dict[str, int]:
    """Numbers of keys by account; accounts whose files could not be looked at are left out."""
    pairs = (line.rpartition(" ") for line in text.splitlines())
    return {name: int(count) for name, _, count in pairs if count.isdigit()}


def _account(
    row: tuple[str, str, int, str, str], aging: dict[str, dict[str, Any]], keys: dict[str, int]
) -> Account:
    name, kind, uid, home, shell = row
    fields = dict(aging.get(name, {}))
    if kind != "shadow":
        fields["password"] = cast("PasswordKind", kind)
    return Account(
        locus=f"account/{name}",
        name=name,
        uid=uid,
        shell=shell or "/bin/sh",
        home=home,
        can_log_in=(shell or "/bin/sh").rpartition("/")[2] not in _CLOSED,
        authorized_keys=keys.get(name, UNKNOWN),
        **fields,
    )
