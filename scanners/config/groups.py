"""Local groups: group(5) with its members, and gshadow(5) without its hashes."""

from collections import Counter
from typing import cast

from scanners.config.facts import Account
from scanners.config.identityfacts import Group, GroupPassword
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Gaps, Missing, Sections

_FIELDS = 4


def groups(sections: Sections, accounts: tuple[Account, ...], gaps: Gaps) -> tuple[Group, ...]:
    """Local groups; whose own group it is counts as a member, so unknown accounts leave members unknown."""
    rows = parse_group(sections.text("group"))
    own: dict[int, list[str]] | None = None
    if accounts is not UNKNOWN:
        own = {}
        for account in accounts:
            if account.gid is not UNKNOWN:
                own.setdefault(account.gid, []).append(account.name)
    shadowed = gaps.fact("groups[].password", lambda: _shadowed(sections))
    once = Counter(key for name, _, gid, _ in rows for key in (name, gid))
    return tuple(_group(row, own, shadowed, is_single=once[row[0]] == once[row[2]] == 1) for row in rows)


def parse_group(text: str) -> tuple[tuple[str, str, int, tuple[str, ...]], ...]:
    """Rows of name, kind of password, number and named members."""
    rows = (line.split(":") for line in text.splitlines() if line.count(":") == _FIELDS - 1)
    return tuple(
        (name, kind, int(gid), tuple(member for member in members.split(",") if member))
        for name, kind, gid, members in rows
    )


def members_of(groups: tuple[Group, ...], name: str) -> tuple[str, ...]:
    """Members of a group by name or `#number`; nobody if there is none, `Missing` if groups are not known."""
    if groups is UNKNOWN:
        raise Missing(Reason.NOT_COLLECTED, "the groups are not known")
    found = (g for g in groups if name in (g.name, f"#{g.gid}"))
    return next((group.members for group in found), ())


def _shadowed(sections: Sections) -> dict[str, str]:
    """Kinds of password of gshadow(5) by group; empty where there is no such file."""
    pairs = (line.partition(":") for line in sections.optional("gshadow").splitlines())
    return {name: kind for name, colon, kind in pairs if colon}


def _group(
    row: tuple[str, str, int, tuple[str, ...]],
    own: dict[int, list[str]] | None,
    shadowed: dict[str, str],
    *,
    is_single: bool,
) -> Group:
    name, kind, gid, named = row
    if kind != "shadow":
        password: str = kind
    elif shadowed is UNKNOWN:
        password = cast("str", UNKNOWN)
    else:  # without gshadow nobody can join by the x that stands there
        password = shadowed.get(name, "locked")
    return Group(
        locus=f"group/{name}",
        name=name,
        gid=gid,
        is_single=is_single,
        members=UNKNOWN if own is None else tuple(sorted({*named, *own.get(gid, ())})),
        password=cast("GroupPassword", password),
    )
