"""Which files and folders the audit trail watches, out of its rules (auditctl(8))."""

from itertools import pairwise

from scanners.config.recordfacts import Watch
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Missing

_EVERY_USE = "rwxa"
_NARROWING = {"arch", "auid", "dir", "key", "path", "perm"}
"""Fields that leave every use by a person who logged in recorded; any other lets some use pass."""


def watches(rules: tuple[str, ...]) -> tuple[Watch, ...]:
    """Places of `-w PATH -p USE` and of `-a always,exit -F dir=PATH -F perm=USE`; raises `Missing`."""
    if rules is UNKNOWN:
        raise Missing(Reason.NOT_COLLECTED, "the rules of the audit trail are not known")
    found = [each for rule in rules if (each := _watched(rule.split())) is not None]
    return tuple(
        Watch(
            locus=f"watch/{number}",
            path=path.rstrip("/") or "/",
            below=path.rstrip("/") + "/",
            permissions=use,
        )
        for number, (path, use) in enumerate(found, 1)
    )


def _watched(words: list[str]) -> tuple[str, str] | None:
    """Path and kinds of use of one rule; None where it watches no place, or not all use of it."""
    said = dict(pairwise(words))
    if words[0] == "-w":
        return said["-w"], said.get("-p", _EVERY_USE)
    fields = [value for word, value in pairwise(words) if word == "-F"]
    keys = {field.replace("!=", "=").replace(">=", "=").partition("=")[0] for field in fields}
    equal = dict(field.split("=", 1) for field in fields if "=" in field)
    place = equal.get("dir") or equal.get("path")
    if not place or "always" not in said.get("-a", said.get("-A", "")) or not keys <= _NARROWING:
        return None
    every = said.get("-S", "all") == "all"
    use = equal.get("perm", _EVERY_USE if every else "")
    return (place, use) if use else None
