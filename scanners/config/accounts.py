"""Local accounts: passwd(5), shadow(5) without its hashes, last logins, homes, how many keys open each."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from msgspec.structs import replace

from scanners.config.facts import Account, PasswordKind
from scanners.config.lastlogin import last_logins
from scanners.config.sshdfacts import Sshd
from scanners.config.sshkeys import parse_key_lines, unseen_sources
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Gaps, Missing, Sections

_CLOSED = frozenset(("nologin", "false", "true", "sync", "shutdown", "halt"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_DAY = 365_000
_HOME_FIELDS = 3

Fields = dict[str, dict[str, Any]]


def accounts(sections: Sections, server: Sshd, gaps: Gaps) -> tuple[Account, ...]:
    """Local accounts; what could not be seen of one is UNKNOWN, with a gap."""
    passwd = parse_passwd(sections.text("passwd"))
    nothing: Fields = {}
    aging = gaps.fact("accounts[].password", lambda: parse_shadow(sections.text("shadow")))
    keys = gaps.fact("accounts[].authorized_keys", lambda: _key_counts(sections, server, gaps))
    logins = gaps.fact("accounts[].last_login", lambda: last_logins(sections.text("last-login")))
    homes = gaps.fact("accounts[].home_mode", lambda: parse_homes(sections.text("homes")))
    aging, logins, homes = (nothing if part is UNKNOWN else part for part in (aging, logins, homes))
    no_keys: dict[str, int] = {}
    once = Counter(key for row in passwd for key in (row[0], row[2]))
    keys = no_keys if keys is UNKNOWN else keys
    found = tuple(
        _account(row, aging.get(row[0], {}) | logins.get(row[0], {}) | homes.get(row[4], {}), keys)
        for row in passwd
    )
    if any(a.home_exists is UNKNOWN for a in found) and homes:
        gaps.add("accounts[].home_mode", Reason.NOT_PERMITTED, "some homes are on a network mount, or hidden")
    return tuple(replace(a, is_single=once[a.name] == once[a.uid] == 1) for a in found)


def parse_passwd(text: str) -> tuple[tuple[str, str, int, int, str, str], ...]:
    """Rows of name, kind of password (`shadow` where shadow(5) has it), number, group, home and shell."""
    rows = (line.split(":") for line in text.splitlines() if line.count(":") == 5)  # noqa: PLR2004 (six fields)
    return tuple((name, kind, int(uid), int(gid), home, shell) for name, kind, uid, gid, home, shell in rows)


def parse_shadow(text: str) -> Fields:
    """Kind of password, its ages and ends, as fields of `Account`, by name."""
    found: Fields = {}
    for line in text.splitlines():
        name, kind, changed, longest, shortest, _warn, inactive, end, single = (line.split(":") + [""] * 9)[
            :9
        ]
        fields: dict[str, Any] = {
            "password": kind,
            "max_age_days": int(longest) if longest else -1,
            "min_age_days": int(shortest) if shortest else -1,
            "inactive_days": int(inactive) if inactive else -1,
            "never_expires": not end,
            "must_change": changed == "0",
            "password_single": single == "1" if single else UNKNOWN,
        }
        for key, day in (("last_change", changed), ("expires", end)):
            if day.isdigit() and 0 < int(day) < _LAST_DAY:
                fields[key] = _EPOCH + timedelta(days=int(day))
        found[name] = fields
    return found


def parse_homes(text: str) -> Fields:
    """The section `homes`, as fields of `Account`, by path.

    `-` is not there, `?` was not looked at, `!` is a file of trust.
    """
    found: Fields = {}
    for line in text.splitlines():
        mark, _, rest = line.partition(" ")
        if mark == "-":
            found[rest] = {"home_exists": False}
        elif mark == "!":
            home, _, name = rest.rpartition("/")
            fields = found.setdefault(home, {})
            fields["trust_files"] = (*fields.get("trust_files", ()), name)
        elif mark.isdigit() and rest.count(" ") >= _HOME_FIELDS - 1:
            owner, _group, home = rest.split(" ", 2)
            found[home] = {
                "home_exists": True,
                "home_owner": owner,
                "home_mode": int(mark, 8),
                "home_shared": bool(int(mark, 8) & 0o022),
                "trust_files": (),
            }
    return found


def _key_counts(sections: Sections, server: Sshd, gaps: Gaps) -> dict[str, int]:
    """Numbers of keys by account; accounts whose files could not be looked at are left out."""
    seen = parse_key_lines(sections.text("authorized-keys"))
    if why := unseen_sources(server):
        raise Missing(Reason.UNSUPPORTED, why)
    if seen.hidden:
        detail = f"not readable, or on a network mount: {', '.join(sorted(seen.hidden))}"[:200]
        gaps.add("accounts[].authorized_keys", Reason.NOT_PERMITTED, detail)
    return {name: len(lines) for name, lines in seen.lines.items()}


def _account(
    row: tuple[str, str, int, int, str, str], fields: dict[str, Any], keys: dict[str, int]
) -> Account:
    name, kind, uid, gid, home, shell = row
    if kind != "shadow":
        fields["password"] = cast("PasswordKind", kind)
    return Account(
        locus=f"account/{name}",
        name=name,
        uid=uid,
        gid=gid,
        shell=shell or "/bin/sh",
        home=home,
        can_log_in=(shell or "/bin/sh").rpartition("/")[2] not in _CLOSED,
        authorized_keys=keys.get(name, UNKNOWN),
        **fields,
    )
