"""Who is let in by PAM without what: empty passwords, root past the lock, a second factor left out."""

from typing import Any

from scanners.config.identityfacts import Pam
from scanners.config.passwords import Step, resolve, settings_of, stacks
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Dump, Gaps, Missing, Sections, dumps

_DOORS = ("sshd", "login")
_WHOLE_STACKS = ("system-auth", "common-auth", "base-auth")
_SECOND = frozenset(
    f"pam_{name}.so"
    for name in (
        "google_authenticator",
        "oath",
        "duo",
        "u2f",
        "yubico",
        "radius_auth",
        "radius",
        "privacyidea",
    )
)


def pam(sections: Sections, gaps: Gaps) -> Pam:
    """What the doors ask, resolved through their includes; UNKNOWN with a gap where it cannot be told."""
    nothing: dict[str, Any] = {}
    asked = gaps.fact("pam", lambda: doors(stacks(sections), dumps(sections.optional("password-files"))))
    return Pam(
        inactive_days=gaps.fact("pam.inactive_days", lambda: _inactive(sections.optional("useradd"))),
        encrypt_method=gaps.fact("pam.encrypt_method", lambda: _method(sections.optional("login-defs"))),
        **(nothing if asked is UNKNOWN else asked),
    )


def doors(known: dict[str, Dump], files: tuple[Dump, ...]) -> dict[str, Any]:
    """Fields of `Pam` from the stacks of /etc/pam.d; raises `Missing` where no door is there."""
    names = [name for name in _DOORS if name in known] or [name for name in _WHOLE_STACKS if name in known]
    if not names:
        raise Missing(Reason.UNSUPPORTED, "PAM has no service that lets anybody in")
    auth = {name: resolve(known, name, "auth") for name in names}
    steps = [step for each in auth.values() for step in each]
    second = [step for step in auth[names[0]] if step.module in _SECOND]
    return {
        "accepts_empty": any(step.module == "pam_unix.so" and "nullok" in step.options for step in steps),
        "locks_root": all(_locks_root(each, files) for each in auth.values()),
        "second_factors": tuple(dict.fromkeys(step.module for step in second)),
        "second_factor_skippable": any(not step.binds or "nullok" in step.options for step in second),
    }


def _locks_root(steps: tuple[Step, ...], files: tuple[Dump, ...]) -> bool:
    settings: dict[str, str] = {}
    for step in steps:
        if step.module == "pam_faillock.so":
            settings |= {**settings_of(files, "faillock.conf"), **step.options}
        elif step.module == "pam_tally2.so":
            settings |= step.options
    return "even_deny_root" in settings


def _inactive(text: str) -> int:
    """INACTIVE of useradd(8); -1, its default, where it is not set."""
    pairs = (line.partition("=") for dump in dumps(text) for line in dump.lines)
    return next((int(value) for key, _, value in pairs if key.strip() == "INACTIVE"), -1)


def _method(text: str) -> str:
    """ENCRYPT_METHOD of login.defs(5); pam_unix may say another for passwords set through it."""
    files = dumps(text)
    if not files:
        raise Missing(Reason.UNSUPPORTED, "there is no login.defs: how new passwords are kept is not known")
    lines = (line.split() for dump in files for line in dump.lines)
    return next((words[1].upper() for words in lines if words[0] == "ENCRYPT_METHOD"), "DES")
