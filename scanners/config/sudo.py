"""What sudoers(5) grants, with its includes, aliases and defaults resolved."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from scanners.config.facts import Account
from scanners.config.groups import members_of
from scanners.config.identityfacts import Group, Sudo, SudoGrant
from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.collector import Dump, Gaps, Missing, Sections, dumps

_ALIAS = re.compile(r"(User|Runas|Host|Cmnd|Cmd)_Alias\s+(.*)$")
_DEFAULTS = re.compile(r"Defaults\s+(.*)$")
_INCLUDE = re.compile(r"[@#]include(dir)?\s+(\S+)")
_COMMENT = re.compile(r"(?<!\\)#(?!\d|include).*$")
_RUN_AS = re.compile(r"^\(([^)]*)\)\s*")
_TAG = re.compile(r"^([A-Z_]+):\s*")
_OPTION = re.compile(
    r"^(?:ROLE|TYPE|CWD|CHROOT|TIMEOUT|NOTBEFORE|NOTAFTER|APPARMOR_PROFILE|PRIVS|LIMITPRIVS)=\S+\s+"
)
_WILD = re.compile(r"(?<!\\)[*?\[]|(?:^|\s)\^")
_NEXT_HOSTS = re.compile(r"\s+:\s+(?=[^=()]+=)")
_DEEPEST = 8
_DEFAULT_TIMEOUT = 5.0
_FIRST_PERSON = 1000


@dataclass(slots=True)
class _Read:
    """What the files say, line by line."""

    aliases: dict[str, dict[str, str]] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    scoped_off: bool = False
    specs: list[tuple[str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def sudo(sections: Sections, accounts: tuple[Account, ...], groups: tuple[Group, ...], gaps: Gaps) -> Sudo:
    """What sudo grants; a host without sudoers is a known thing."""
    if not sections.has("sudo-files"):
        return Sudo(installed=False, grants=())
    read = read_files(dumps(sections.text("sudo-files")))
    grants = tuple(_grants(read, accounts, groups))
    if any(grant.accounts is UNKNOWN for grant in grants):
        gaps.add(
            "sudo.grants[].accounts",
            Reason.NOT_COLLECTED,
            "groups or accounts kept elsewhere are not resolved",
        )
    if read.missing:
        gaps.add("sudo.grants", Reason.PARTIAL, f"not read: {', '.join(read.missing)}"[:200])
        return Sudo(installed=True, grants=PartialList(grants))
    return Sudo(
        installed=True,
        grants=grants,
        logs_events=read.defaults.get("syslog", "yes") != "no" or read.defaults.get("logfile", "no") != "no",
        logs_sessions=read.defaults.get("log_output", "no") != "no",
        uses_pty=read.defaults.get("use_pty", "no") != "no",
        timeout_minutes=float(read.defaults.get("timestamp_timeout", _DEFAULT_TIMEOUT)),
    )


def read_files(files: tuple[Dump, ...]) -> _Read:
    """Aliases, defaults and user lines of the files, in the order in which sudo reads them."""
    read = _Read()
    by_path = {dump.path: dump for dump in files}
    if files:
        _read(files[0], by_path, read, 0)
    return read


def _read(dump: Dump, by_path: dict[str, Dump], read: _Read, depth: int) -> None:
    if not dump.readable:
        read.missing.append(dump.path)
        return
    for line in _joined(dump.lines):
        if match := _INCLUDE.match(line):
            _include(match[2].strip('"'), by_path, read, depth, is_folder=match[1] is not None)
        elif match := _ALIAS.match(line):
            for part in re.split(r":(?=\s*[A-Z][A-Z0-9_]*\s*=)", match[2]):
                name, _, value = part.partition("=")
                kind = match[1].replace("Cmd", "Cmnd") if match[1] == "Cmd" else match[1]
                read.aliases.setdefault(kind, {})[name.strip()] = value.strip()
        elif match := _DEFAULTS.match(line):
            read.defaults |= defaults_of(match[1])
        elif line.startswith("Defaults"):
            read.scoped_off |= "!authenticate" in line
        elif "=" in line:
            read.specs.append((dump.path, line))


def _include(path: str, by_path: dict[str, Dump], read: _Read, depth: int, *, is_folder: bool) -> None:
    path = path if path.startswith("/") else f"/etc/{path}"
    if depth >= _DEEPEST or "%" in path:
        read.missing.append(path)
    elif is_folder:
        for other in sorted(by_path):
            if other.rpartition("/")[0] == path.rstrip("/"):
                _read(by_path[other], by_path, read, depth + 1)
    elif path in by_path:
        _read(by_path[path], by_path, read, depth + 1)
    else:
        read.missing.append(path)


def _joined(lines: tuple[str, ...]) -> Iterator[str]:
    """Lines with those that end in a backslash joined to the next, and comments gone."""
    held = ""
    for line in lines:
        if line.endswith("\\"):
            held += line[:-1] + " "
            continue
        whole = held + line
        held = ""
        whole = whole if _INCLUDE.match(whole) else _COMMENT.sub("", whole)
        if whole.strip():
            yield " ".join(whole.split())


def defaults_of(text: str) -> dict[str, str]:
    """Settings of a Defaults line: `yes` for a flag, `no` for one behind `!`."""
    found: dict[str, str] = {}
    for part in re.findall(r"(?:[^,\"]|\"[^\"]*\")+", text):
        name, equals, value = part.strip().partition("=")
        name = name.rstrip("+- ")
        if name.startswith("!"):
            found[name.lstrip("! ")] = "no"
        elif name:
            found[name] = value.strip().strip('"') if equals else "yes"
    return found


def _grants(read: _Read, accounts: tuple[Account, ...], groups: tuple[Group, ...]) -> Iterator[SudoGrant]:
    always = read.defaults.get("authenticate", "yes") != "no" and not read.scoped_off
    seen: dict[str, int] = {}
    for path, line in read.specs:
        who_text, rest = _split_who(line)
        for who in _expand(who_text, read.aliases.get("User", {})):
            for run_as, commands, asks in _all_parts(rest, read, asks=always):
                place = f"{path.rpartition('/')[2]}/{who}"
                seen[place] = seen.get(place, 0) + 1
                people = _accounts(who, accounts, groups)
                yield SudoGrant(
                    locus=f"sudo/{place}/{seen[place]}",
                    who=who,
                    accounts=people,
                    services=_services(people, accounts),
                    run_as=run_as,
                    commands=commands,
                    all_commands="ALL" in commands,
                    wildcards=any(_WILD.search(each) for each in commands if not each.startswith("!")),
                    asks_password=asks,
                )


def _split_who(line: str) -> tuple[str, str]:
    """Users, and from the equals sign on what they may do; the hosts between are taken as this one.

    Raises `Missing` for a line that is no user specification.
    """
    left, equals, right = line.partition("=")
    words = re.split(r"(?<![,\\])\s+(?!,)", left.strip())
    if not equals or len(words) < 2:  # noqa: PLR2004 (users and hosts)
        raise Missing(Reason.GARBLED, f"a line of sudoers is not understood: {line[:80]}")
    return words[0], right.strip()


def _all_parts(rest: str, read: _Read, *, asks: bool) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """What stands behind each `HOSTS =` of a line; ` : ` begins another, its hosts are taken as this one."""
    first, *others = _NEXT_HOSTS.split(rest)
    for part in (first, *(other.partition("=")[2].strip() for other in others)):
        yield from _parts(part, read, asks=asks)


def _parts(rest: str, read: _Read, *, asks: bool) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Whom they may become, with which commands, and whether they are asked; tags hold until changed."""
    run_as, bundle = "root", list[str]()
    state = (run_as, asks)
    for part in re.split(r"(?<!\\),\s*", rest):
        text = part.strip()
        if match := _RUN_AS.match(text):
            run_as, text = match[1].strip() or "the user", text[match.end() :]
        while match := _OPTION.match(text):
            text = text[match.end() :]
        while match := _TAG.match(text):
            asks = {"NOPASSWD": False, "PASSWD": True}.get(match[1], asks)
            text = text[match.end() :]
        if (run_as, asks) != state and bundle:
            yield state[0], tuple(bundle), state[1]
            bundle = []
        state = (run_as, asks)
        bundle += _expand(text, read.aliases.get("Cmnd", {}))
    if bundle:
        yield state[0], tuple(bundle), state[1]


def _expand(text: str, aliases: dict[str, str], depth: int = 0) -> list[str]:
    """A list with its aliases resolved; negated members stay as they are, behind `!`."""
    found: list[str] = []
    for part in (each.strip() for each in re.split(r"(?<!\\),", text)):
        if part in aliases and depth < _DEEPEST:
            found += _expand(aliases[part], aliases, depth + 1)
        elif part:
            found.append(part)
    return found


def _services(people: tuple[str, ...], accounts: tuple[Account, ...]) -> tuple[str, ...]:
    if people is UNKNOWN:
        unknown: tuple[str, ...] = UNKNOWN
        return unknown
    return tuple(a.name for a in accounts if a.name in people and 0 < a.uid < _FIRST_PERSON)


def _accounts(who: str, accounts: tuple[Account, ...], groups: tuple[Group, ...]) -> tuple[str, ...]:
    """Local accounts behind a name; UNKNOWN where they may be kept elsewhere."""
    unknown = cast("tuple[str, ...]", UNKNOWN)
    if accounts is UNKNOWN or groups is UNKNOWN or who.startswith(("+", "%:", "!")):
        return unknown
    names = {account.name for account in accounts}
    if who == "ALL":
        return tuple(sorted(names))
    if who.startswith("%"):
        return members_of(groups, who[1:])
    if who.startswith("#"):
        return tuple(sorted(a.name for a in accounts if f"#{a.uid}" == who))
    return (who,) if who in names else ()
