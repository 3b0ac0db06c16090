"""What PAM and login.defs ask of passwords and do about guessing, resolved with their defaults."""

import re
from dataclasses import dataclass
from typing import Any

from scanners.config.facts import PasswordRules
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Dump, Gaps, Missing, Sections, dumps

_DEEPEST = 8
_UNIX_MINLEN = 6  # pam_unix(8)
_QUALITY_MINLEN = {"pam_pwquality.so": 8, "pam_cracklib.so": 9}
_QUALITY_FLOOR = 6  # both refuse anything shorter, whatever the credits
_CREDITS = ("dcredit", "ucredit", "lcredit", "ocredit")
_PWHISTORY_REMEMBER = 10  # pam_pwhistory(8)
_FAILLOCK = {"deny": "3", "unlock_time": "600"}  # faillock.conf(5)
_ENTRANCES = ("sshd", "login", "system-auth", "common-auth")
_BRACKETS = re.compile(r"\[[^\]]*\]")
_CHANGERS = ("passwd", "common-password", "system-auth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a PAM stack: its control, `[]` for a list of values, module and arguments (pam.conf(5))."""

    module: str
    words: tuple[str, ...]
    control: str = "required"

    @property
    def options(self) -> dict[str, str]:
        """The arguments as a map; a bare word is mapped to the empty text."""
        return {key: value for key, _, value in (word.partition("=") for word in self.words)}

    @property
    def binds(self) -> bool:
        """Nobody gets in without it."""
        return self.control in ("required", "requisite")


def password_rules(sections: Sections, gaps: Gaps) -> PasswordRules:
    """The rules that hold; what cannot be resolved is UNKNOWN with a gap."""
    max_days = gaps.fact("passwords.max_days", lambda: parse_max_days(sections.optional("login-defs")))
    nothing: dict[str, Any] = {}
    asked = gaps.fact("passwords", lambda: quality(stacks(sections), _own_files(sections)))
    locks = gaps.fact("passwords", lambda: lockout(stacks(sections), _own_files(sections)))
    asked, locks = (nothing if part is UNKNOWN else part for part in (asked, locks))
    return PasswordRules(max_days=max_days, **asked, **locks)


def parse_max_days(login_defs: str) -> int:
    """PASS_MAX_DAYS of login.defs(5); -1, its default, where it is not set."""
    lines = (line.split() for dump in dumps(login_defs) for line in dump.lines)
    return next((int(words[1]) for words in lines if words[0] == "PASS_MAX_DAYS"), -1)


def quality(stacks: dict[str, Dump], files: tuple[Dump, ...]) -> dict[str, Any]:
    """What a new password must be: fields of `PasswordRules`; raises `Missing` if untold."""
    changer = next((name for name in _CHANGERS if name in stacks), None)
    if changer is None:
        raise Missing(Reason.UNSUPPORTED, "PAM has no service that changes passwords")
    steps = resolve(stacks, changer, "password")
    if any(step.module == "pam_passwdqc.so" for step in steps):
        raise Missing(Reason.UNSUPPORTED, "pam_passwdqc is not understood")
    shortest, settings = _shortest(steps, settings_of(files, "pwquality.conf"))
    classes = int(settings.get("minclass", "0"))
    return {
        "min_length": shortest,
        "needs_digit": int(settings.get("dcredit", "0")) < 0 or classes >= 4,  # noqa: PLR2004 (of four)
        "needs_letter": min(int(settings.get(key, "0")) for key in ("lcredit", "ucredit")) < 0
        or classes >= 3,  # noqa: PLR2004 (only two of the four are no letters)
        "history": max((_remembered(step, files) for step in steps), default=0),
    }


def lockout(stacks: dict[str, Dump], files: tuple[Dump, ...]) -> dict[str, Any]:
    """After how many failures the weakest entrance locks and for how long: fields of `PasswordRules`."""
    doors = [name for name in _ENTRANCES[:2] if name in stacks] or [n for n in _ENTRANCES if n in stacks]
    if not doors:
        raise Missing(Reason.UNSUPPORTED, "PAM has no service that lets anybody in")
    locks = [_lock(resolve(stacks, door, "auth"), files) for door in doors]
    if any(tries == 0 for tries, _ in locks):
        return {"lockout_tries": 0}
    timed = [seconds for _, seconds in locks if seconds]
    return {"lockout_tries": max(tries for tries, _ in locks), "lockout_seconds": min(timed, default=0)}


def resolve(stacks: dict[str, Dump], service: str, kind: str, depth: int = 0) -> tuple[Step, ...]:
    """The steps of a service for one kind (auth, account, password, session), with what it includes."""
    dump = stacks.get(service)
    if dump is None or depth > _DEEPEST:
        raise Missing(Reason.GARBLED, f"/etc/pam.d/{service} is included, but not there")
    if not dump.readable:
        raise Missing(Reason.NOT_PERMITTED, f"{dump.path} is not readable")
    steps: list[Step] = []
    for line in dump.lines:
        words = _BRACKETS.sub("[]", line).split()
        if words[0] == "@include":
            steps.extend(resolve(stacks, words[1], kind, depth + 1))
        elif len(words) < 3 or words[0].lstrip("-") != kind:  # noqa: PLR2004 (type, control, module)
            continue
        elif words[1] in ("include", "substack"):
            steps.extend(resolve(stacks, words[2], kind, depth + 1))
        else:
            module = words[2].rpartition("/")[2]
            steps.append(Step(module=module, words=tuple(words[3:]), control=words[1]))
    return tuple(steps)


def stacks(sections: Sections) -> dict[str, Dump]:
    """The files of /etc/pam.d by service."""
    if not sections.has("pam"):
        raise Missing(Reason.UNSUPPORTED, "the host has no PAM: what it asks of passwords is not known")
    return {dump.path.rpartition("/")[2]: dump for dump in dumps(sections.text("pam"))}


def _own_files(sections: Sections) -> tuple[Dump, ...]:
    return dumps(sections.optional("password-files"))


def _shortest(steps: tuple[Step, ...], conf: dict[str, str]) -> tuple[int, dict[str, str]]:
    """The shortest password accepted, and the settings of the module that decides on it."""
    for step in steps:
        if step.module in _QUALITY_MINLEN:
            own = conf if step.module == "pam_pwquality.so" else dict.fromkeys(_CREDITS, "1")
            settings = {**own, **step.options}
            if settings.get("enforcing") == "0":
                continue
            credit = sum(max(0, int(settings.get(key, "0"))) for key in _CREDITS)
            length = int(settings.get("minlen", _QUALITY_MINLEN[step.module]))
            return max(_QUALITY_FLOOR, length - credit), settings
    for step in steps:
        if step.module == "pam_unix.so":
            return int(step.options.get("minlen", _UNIX_MINLEN)), {}
    raise Missing(Reason.UNSUPPORTED, "no PAM module that is understood sets passwords")


def _remembered(step: Step, files: tuple[Dump, ...]) -> int:
    if step.module == "pam_pwhistory.so":
        return int(
            {**settings_of(files, "pwhistory.conf"), **step.options}.get("remember", _PWHISTORY_REMEMBER)
        )
    return int(step.options.get("remember", "0")) if step.module == "pam_unix.so" else 0


def _lock(steps: tuple[Step, ...], files: tuple[Dump, ...]) -> tuple[int, int]:
    """Failures and seconds of a stack's lock; no failures for no lock, no seconds for until it is opened."""
    settings: dict[str, str] = {}
    for step in steps:
        if step.module == "pam_faillock.so":
            settings = {**_FAILLOCK, **settings_of(files, "faillock.conf"), **settings, **step.options}
        elif step.module in ("pam_tally2.so", "pam_tally.so"):
            settings = {"deny": "0", "unlock_time": "0", **settings, **step.options}
    seconds = settings.get("unlock_time", "0")
    return int(settings.get("deny", "0")), 0 if seconds == "never" else int(seconds)


def settings_of(files: tuple[Dump, ...], name: str) -> dict[str, str]:
    """Settings `key = value` of a file in /etc/security; it is read after its drop-ins."""
    dropins = sorted((dump for dump in files if f"/{name}.d/" in dump.path), key=lambda dump: dump.path)
    own = [dump for dump in files if dump.path.endswith(f"/{name}")]
    found: dict[str, str] = {}
    for dump in (*dropins, *own):
        if not dump.readable:
            raise Missing(Reason.NOT_PERMITTED, f"{dump.path} is not readable")
        pairs = (line.partition("#")[0].partition("=") for line in dump.lines)
        found |= {key.strip(): value.strip() for key, _, value in pairs}
    return found
