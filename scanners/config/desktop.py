"""Whether desktop sessions lock by themselves: GNOME's settings as dconf(7) fixes them for everybody."""

import re

from scanners.config.identityfacts import Desktop
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Dump, Gaps, Missing, Sections, dumps

_IDLE, _LOCKS, _DELAY = (
    "org/gnome/desktop/session/idle-delay",
    "org/gnome/desktop/screensaver/lock-enabled",
    "org/gnome/desktop/screensaver/lock-delay",
)
_DEFAULTS = {_IDLE: "uint32 300", _LOCKS: "true", _DELAY: "uint32 0"}  # gsettings-desktop-schemas
_UNDERSTOOD = ("gnome", "ubuntu")
_NUMBER = re.compile(r"^(?:uint32\s+)?(\d+)$")


def desktop(sections: Sections, gaps: Gaps) -> Desktop:
    """The desktop sessions that there are, and when they lock; UNKNOWN with a gap where it cannot be told."""
    found = tuple(sorted(set(sections.text("desktop-sessions").split())))
    if not found:
        return Desktop(sessions=())
    told = gaps.fact("desktop.idle_seconds", lambda: _locking(found, dumps(sections.optional("dconf"))))
    if told is UNKNOWN:
        return Desktop(sessions=found)
    values, fixed = told
    return Desktop(
        sessions=found,
        idle_seconds=_seconds(values[_IDLE]),
        locks=values[_LOCKS] == "true",
        lock_seconds=_seconds(values[_DELAY]),
        fixed=fixed,
    )


def _locking(found: tuple[str, ...], files: tuple[Dump, ...]) -> tuple[dict[str, str], bool]:
    """The three settings as the databases in the profile give them, and whether users cannot change any."""
    others = [name for name in found if not name.startswith(_UNDERSTOOD)]
    if others:
        raise Missing(Reason.UNSUPPORTED, f"how {others[0][:60]} locks is not understood")
    for dump in files:
        if not dump.readable:
            raise Missing(Reason.NOT_PERMITTED, f"{dump.path} is not readable")
    values, fixed = dict(_DEFAULTS), set[str]()
    for name in reversed(_databases(files)):
        own = [dump for dump in files if dump.path.startswith(f"/etc/dconf/db/{name}.d/")]
        fixed |= {line.strip()[1:] for dump in own if "/locks/" in dump.path for line in dump.lines}
        for dump in sorted((d for d in own if "/locks/" not in d.path), key=lambda dump: dump.path):
            values |= _keyfile(dump)
    return values, {_IDLE, _LOCKS, _DELAY} <= fixed


def _databases(files: tuple[Dump, ...]) -> tuple[str, ...]:
    """The system's databases in the profile `user`, the strongest first; none without that file."""
    lines = [line.strip() for dump in files if dump.path == "/etc/dconf/profile/user" for line in dump.lines]
    return tuple(line.partition(":")[2] for line in lines if line.startswith("system-db:"))


def _keyfile(dump: Dump) -> dict[str, str]:
    """What a keyfile sets, of the three settings."""
    group, found = "", dict[str, str]()
    for line in (line.strip() for line in dump.lines):
        if line.startswith("["):
            group = line.strip("[]")
        key, _, value = line.partition("=")
        if f"{group}/{key.strip()}" in _DEFAULTS:
            found[f"{group}/{key.strip()}"] = value.strip()
    return found


def _seconds(value: str) -> int:
    match = _NUMBER.match(value)
    return int(match[1]) if match else UNKNOWN
