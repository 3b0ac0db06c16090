"""Versions of packages, ordered as each package manager orders them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, total_ordering
from typing import Any

from scanners.kit.versions import LONGEST, apk_key, deb_key, rpm_key


class Scheme(StrEnum):
    """Whose rules order a version."""

    DEB = "deb"
    RPM = "rpm"
    APK = "apk"
    SEMVER = "semver"


_NAMES = {**{scheme.value: scheme for scheme in Scheme}, "dpkg": Scheme.DEB}


class BadVersion(ValueError):
    """A text that is no version, or two versions that have no order."""


@total_ordering
@dataclass(frozen=True, eq=False)
class Version:
    """A version under a scheme; only versions of one scheme have an order."""

    text: str
    scheme: Scheme

    CEL = "version"

    @cached_property
    def key(self) -> Any:
        """What the version sorts by; raises `BadVersion`."""
        return _KEYS[self.scheme](self.text)

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.scheme is other.scheme and bool(self.key == other.key)

    def __lt__(self, other: "Version") -> bool:
        if self.scheme is not other.scheme:
            raise BadVersion(f"a {self.scheme} and a {other.scheme} version have no order")
        return bool(self.key < other.key)

    def __hash__(self) -> int:
        return hash((self.scheme, self.key))


def version(text: str, scheme: str) -> Version:
    """The version under a scheme (`deb` or `dpkg`, `rpm`, `apk`, `semver`); raises `BadVersion`."""
    if scheme not in _NAMES:
        raise BadVersion(f"{scheme[:40]!r} is no scheme of versions; there are {', '.join(_NAMES)}")
    if not text or len(text) > LONGEST or not text.isascii() or not text.isprintable():
        raise BadVersion(f"{text[:40]!r} is no version")
    found = Version(text, _NAMES[scheme])
    _ = found.key
    return found


# How semantic versions are ordered, by semver.org 2.0.0, section 11.

_SEMVER = re.compile(
    r"v?(0|[1-9]\d{0,15})\.(0|[1-9]\d{0,15})\.(0|[1-9]\d{0,15})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?\Z"
)


def _semver_key(text: str) -> tuple[object, ...]:
    match = _SEMVER.match(text)
    if match is None:
        raise BadVersion(f"{text[:40]!r} is no semantic version")
    numbers = tuple(int(match[i]) for i in (1, 2, 3))
    return numbers, tuple(map(_semantic_part, (match[4] or "").split(".")))


def _semantic_part(part: str) -> tuple[int, int, str]:
    """Numbers before words; no pre-release at all comes after every one."""
    if not part:
        return 2, 0, ""
    return (0, int(part), "") if part.isdigit() else (1, 0, part)


_KEYS: Mapping[Scheme, Callable[[str], Any]] = {
    Scheme.DEB: deb_key,
    Scheme.RPM: rpm_key,
    Scheme.APK: apk_key,
    Scheme.SEMVER: _semver_key,
}
