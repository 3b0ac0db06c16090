"""Which system it is (os-release(5)), and how long its maker keeps it."""

import csv
import shlex
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from scanners.facts import Reason
from scanners.kit.collector import Missing
from scanners.packages.facts import OperatingSystem, Support

_BY_MAJOR = ("debian", "rhel", "almalinux", "rocky", "centos", "centos-stream")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """The last days of a release: of full support, of security fixes for all, of those that are paid for."""

    full: date
    security: date
    paid: date | None


def parse_os_release(text: str) -> OperatingSystem:
    """What the system calls itself, without its support."""
    words: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and not key.startswith("#"):
            words[key] = "".join(shlex.split(value)) if value[:1] in "'\"" else value
    if "ID" not in words:
        raise Missing(Reason.GARBLED, "os-release has no ID")
    return OperatingSystem(
        id=words["ID"], version=words.get("VERSION_ID", ""), name=words.get("PRETTY_NAME", "")
    )


def lifetime(system: OperatingSystem) -> Lifetime:
    """The release's last days; raises `Missing` for one that is not in our table."""
    name = "centos-stream" if system.id == "centos" and "Stream" in system.name else system.id
    parts = system.version.split(".")
    release = ".".join(parts[:1] if name in _BY_MAJOR else parts[:2])
    found = _lifetimes().get((name, release))
    if found is None:
        shown = f"{system.id} {system.version}".strip()[:60]
        raise Missing(Reason.UNSUPPORTED, f"how long {shown} is supported is not in our table")
    return found


def support_on(day: date, life: Lifetime) -> Support:
    """What the maker still does for a release on a day."""
    if day <= life.full:
        return "full"
    if day <= life.security:
        return "security-only"
    return "paid" if life.paid and day <= life.paid else "ended"


@cache
def _lifetimes() -> dict[tuple[str, str], Lifetime]:
    """The table, by os-release's ID and the release."""
    text = files("scanners.packages").joinpath("os_support.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {
        (row["os"], row["version"]): Lifetime(
            full=date.fromisoformat(row["full_until"]),
            security=date.fromisoformat(row["security_until"]),
            paid=date.fromisoformat(row["paid_until"]) if row["paid_until"] else None,
        )
        for row in rows
    }
