"""What shells are told at login, su(1) as PAM restricts it, and who is logged in unasked."""

import re

from scanners.config.groups import members_of
from scanners.config.identityfacts import Group, Sessions, Su
from scanners.config.passwords import resolve, stacks
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Dump, Gaps, Missing, Sections, dumps

_TMOUT = re.compile(r"(?:^|[\s;])(?:export\s+|readonly\s+|declare\s+-\w+\s+|typeset\s+-\w+\s+)*TMOUT=(\d+)")
_FIXED = re.compile(r"(?:readonly|(?:declare|typeset)\s+-\w*r\w*)\s[^;]*\bTMOUT\b")
_UMASK = re.compile(r"^\s*umask\s+(0?[0-7]{3})\s*(?:[;#].*)?$")
_PATH = re.compile(r"^\s*(?:ENV_(?:SU)?PATH\s+|(?:export\s+)?)PATH=[\"']?([^\"'\s;]*)")
_UNASKED = re.compile(
    r"(?:\b(?:autologin-user|automaticlogin|timedlogin|user)\s*=|--autologin[\s=]|\blogin\s+-f)\s*([\w.@-]+)",
    re.IGNORECASE,
)
_UNNAMED = re.compile(
    r"\[autologin\]|autologin-(?:user-timeout|session|in-background)|(?:automatic|timed)login(?:enable|delay)|=\s*$",
    re.IGNORECASE,
)
_LOGIN_FILES = ("/etc/profile", "/etc/profile.d/", "/etc/environment")
_DEFAULT_UMASK = "022"
_STRICT = 0o027


def sessions(sections: Sections, gaps: Gaps) -> Sessions:
    """What shells are told; a shell that sets a value of its own in somebody's home is not seen."""
    told = gaps.fact("sessions.idle_seconds", lambda: idle(_login_files(sections)))
    nothing: tuple[int, bool] = (UNKNOWN, UNKNOWN)
    seconds, fixed = nothing if told is UNKNOWN else told
    mask = gaps.fact("sessions.umask", lambda: umask(sections))
    return Sessions(
        idle_seconds=seconds,
        idle_fixed=fixed,
        umask=mask,
        umask_excludes_others=mask if mask is UNKNOWN else mask & _STRICT == _STRICT,
        search_path=gaps.fact("sessions.search_path", lambda: search_path(sections)),
        autologin=gaps.fact("sessions.autologin", lambda: _lines(sections.text("autologin"))),
        autologin_users=gaps.fact(
            "sessions.autologin_users", lambda: unasked(_lines(sections.text("autologin")))
        ),
    )


def unasked(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Who is logged in unasked, by display manager, getty or inittab; raises `Missing` on a strange line."""
    found: list[str] = []
    for line in lines:
        if match := _UNASKED.search(line):
            found.append(match[1])
        elif re.search(r"autologin-guest\s*=\s*true", line, re.IGNORECASE):
            found.append("guest")
        elif not _UNNAMED.search(line) and not re.search(r"=\s*false\s*$", line, re.IGNORECASE):
            raise Missing(Reason.GARBLED, f"who is logged in by {line[:120]} is not understood")
    return tuple(dict.fromkeys(found))


def idle(files: tuple[Dump, ...]) -> tuple[int, bool]:
    """TMOUT as the last file sets it, 0 for none, and whether it is readonly."""
    seconds, fixed = 0, False
    for dump in files:
        if not dump.readable:
            raise Missing(Reason.NOT_PERMITTED, f"{dump.path} is not readable")
        for line in dump.lines:
            if match := _TMOUT.search(line):
                seconds = int(match[1])
            fixed = fixed or _FIXED.search(line) is not None
    return seconds, fixed and seconds > 0


def umask(sections: Sections) -> int:
    """The mask of login sessions: what /etc/profile and its folder set, else login.defs UMASK, else 022."""
    found = _DEFAULT_UMASK
    for dump in dumps(sections.optional("login-defs")):
        found = next((line.split()[1] for line in dump.lines if line.split()[0] == "UMASK"), found)
    for dump in _login_files(sections):
        if not dump.readable:
            raise Missing(Reason.NOT_PERMITTED, f"{dump.path} is not readable")
        found = next((m[1] for line in reversed(dump.lines) if (m := _UMASK.match(line))), found)
    return int(found, 8)


def search_path(sections: Sections) -> tuple[str, ...]:
    """Each folder of PATH as login.defs and login files set it; an empty one as `.`."""
    found: list[str] = []
    for dump in (*dumps(sections.optional("login-defs")), *_login_files(sections)):
        if not dump.readable:
            raise Missing(Reason.NOT_PERMITTED, f"{dump.path} is not readable")
        for match in filter(None, map(_PATH.match, dump.lines)):
            found += [part or "." for part in match[1].split(":")]
    return tuple(dict.fromkeys(part for part in found if not part.startswith("$")))


def su(sections: Sections, groups: tuple[Group, ...], gaps: Gaps) -> Su:
    """Whether su asks for membership of a group (pam_wheel(8)); a host without PAM cannot tell."""
    known = stacks(sections)
    if "su" not in known:
        return Su(installed=False)
    for step in resolve(known, "su", "auth"):
        if step.module == "pam_wheel.so" and step.binds and "deny" not in step.options:
            group = step.options.get("group", "wheel")
            group = group if "group" in step.options or _there(groups, "wheel") else "#0"
            return Su(installed=True, restricted=True, group=group, members=_members(groups, group, gaps))
    return Su(installed=True, restricted=False)


def _members(groups: tuple[Group, ...], name: str, gaps: Gaps) -> tuple[str, ...]:
    return gaps.fact("su.members", lambda: members_of(groups, name))


def _there(groups: tuple[Group, ...], name: str) -> bool:
    return groups is UNKNOWN or any(group.name == name for group in groups)


def _login_files(sections: Sections) -> tuple[Dump, ...]:
    """Files that a login shell reads, in its order."""
    return tuple(d for d in dumps(sections.optional("shell-files")) if d.path.startswith(_LOGIN_FILES))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(" ".join(line.split()) for line in text.splitlines() if line.strip())
