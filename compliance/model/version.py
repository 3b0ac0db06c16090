"""Versions of packages, ordered as each package manager orders them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, total_ordering
from itertools import zip_longest

_LONGEST = 256


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

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.scheme is other.scheme and _compare(self, other) == 0

    def __lt__(self, other: "Version") -> bool:
        if self.scheme is not other.scheme:
            raise BadVersion(f"a {self.scheme} and a {other.scheme} version have no order")
        return _compare(self, other) < 0

    def __hash__(self) -> int:
        return hash(self.scheme)

    @cached_property
    def semantic(self) -> tuple[tuple[int, ...], tuple[tuple[int, int, str], ...]]:
        """Numbers and pre-release parts of a semantic version; raises `BadVersion`."""
        match = _SEMVER.match(self.text)
        if match is None:
            raise BadVersion(f"{self.text[:40]!r} is no semantic version")
        return tuple(int(match[i]) for i in (1, 2, 3)), tuple(
            map(_semantic_part, (match[4] or "").split("."))
        )


def version(text: str, scheme: str) -> Version:
    """The version under a scheme (`deb` or `dpkg`, `rpm`, `apk`, `semver`); raises `BadVersion`."""
    if scheme not in _NAMES:
        raise BadVersion(f"{scheme[:40]!r} is no scheme of versions; there are {', '.join(_NAMES)}")
    if not text or len(text) > _LONGEST or not text.isascii() or not text.isprintable():
        raise BadVersion(f"{text[:40]!r} is no version")
    found = Version(text, _NAMES[scheme])
    if found.scheme is Scheme.SEMVER:
        _ = found.semantic
    return found


def _compare(one: Version, two: Version) -> int:
    """Negative, zero or positive."""
    return _COMPARERS[one.scheme](one, two)


def _sign(one: int | str, two: int | str) -> int:
    return (one > two) - (one < two)  # type: ignore[operator]  # both are of one type


# How Debian orders, by its manual page deb-version(7).


def _deb(one: Version, two: Version) -> int:
    epoch1, upstream1, revision1 = _deb_parts(one.text)
    epoch2, upstream2, revision2 = _deb_parts(two.text)
    return _sign(epoch1, epoch2) or _deb_text(upstream1, upstream2) or _deb_text(revision1, revision2)


def _deb_parts(text: str) -> tuple[int, str, str]:
    epoch, colon, rest = text.partition(":")
    if not colon or not epoch.isdigit():
        epoch, rest = "0", text
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return int(epoch), upstream, revision


_DEB_RUN = re.compile(r"(\D*)(\d*)")


def _deb_text(one: str, two: str) -> int:
    for (words1, number1), (words2, number2) in zip_longest(
        _DEB_RUN.findall(one), _DEB_RUN.findall(two), fillvalue=("", "")
    ):
        found = _deb_words(words1, words2) or _sign(int(number1 or 0), int(number2 or 0))
        if found:
            return found
    return 0


def _deb_words(one: str, two: str) -> int:
    """Letters before other signs, a tilde before everything, even before the end."""
    for letter1, letter2 in zip_longest(one, two, fillvalue=""):
        found = _sign(_deb_weight(letter1), _deb_weight(letter2))
        if found:
            return found
    return 0


def _deb_weight(letter: str) -> int:
    if letter == "~":
        return -1
    if not letter:
        return 0
    return ord(letter) if letter.isalpha() else ord(letter) + 256


# How RPM orders, by rpmvercmp and rpm-version(7).


def _rpm(one: Version, two: Version) -> int:
    epoch1, version1, release1 = _rpm_parts(one.text)
    epoch2, version2, release2 = _rpm_parts(two.text)
    found = _sign(epoch1, epoch2) or _rpm_text(version1, version2)
    return found or (_rpm_text(release1, release2) if release1 and release2 else 0)


def _rpm_parts(text: str) -> tuple[int, str, str]:
    epoch, colon, rest = text.partition(":")
    if not colon or not epoch.isdigit():
        epoch, rest = "0", text
    upstream, dash, release = rest.rpartition("-")
    return (int(epoch), upstream, release) if dash else (int(epoch), rest, "")


_RPM_PART = re.compile(r"[0-9]+|[A-Za-z]+|~|\^")


def _rpm_text(one: str, two: str) -> int:
    for part1, part2 in zip_longest(_RPM_PART.findall(one), _RPM_PART.findall(two), fillvalue=""):
        found = _rpm_part(part1, part2)
        if found is not None:
            return found
    return 0


def _rpm_part(one: str, two: str) -> int | None:
    """The order of two parts; None where they are alike and the next decide."""
    if one == two:
        return None
    if "~" in {one, two}:
        return -1 if one == "~" else 1
    if one.isdigit() and two.isdigit():
        return _sign(int(one), int(two)) or None
    return _sign(_rpm_rank(one), _rpm_rank(two)) or _sign(one, two)


def _rpm_rank(part: str) -> int:
    """The end before a caret before letters before numbers."""
    if part.isalnum():
        return 3 if part.isdigit() else 2
    return 1 if part else 0


# How Alpine orders, by version.c of apk-tools.

_APK_TOKEN = re.compile(
    r"(?P<digit>\.?\d+)|(?P<letter>[a-z])(?![a-z])|_(?P<suffix>alpha|beta|pre|rc|cvs|svn|git|hg|p)(?P<count>\d*)"
    r"|-r(?P<revision>\d+)|(?P<rest>.+)"
)
_APK_SUFFIX = {"alpha": -4, "beta": -3, "pre": -2, "rc": -1, "cvs": 0, "svn": 1, "git": 2, "hg": 3, "p": 4}
_DIGIT, _LETTER, _SUFFIX, _COUNT, _REVISION, _END = range(1, 7)


def _apk(one: Version, two: Version) -> int:
    for (kind1, value1), (kind2, value2) in zip_longest(
        _apk_tokens(one.text), _apk_tokens(two.text), fillvalue=(_END, 0)
    ):
        if kind1 != kind2:
            return _apk_kinds((kind1, value1), (kind2, value2))
        found = _sign(value1, value2)
        if found:
            return found
    return 0


def _apk_kinds(one: tuple[int, int], two: tuple[int, int]) -> int:
    """The order where two versions go on differently: a pre-release is less, a longer version more."""
    if one[0] == _SUFFIX and one[1] < 0:
        return -1
    if two[0] == _SUFFIX and two[1] < 0:
        return 1
    return _sign(two[0], one[0])


def _apk_tokens(text: str) -> Iterator[tuple[int, int]]:
    for match in _APK_TOKEN.finditer(text):
        if match["digit"] is not None:
            yield from _apk_digits(match["digit"])
        elif match["letter"]:
            yield _LETTER, ord(match["letter"])
        elif match["suffix"]:
            yield _SUFFIX, _APK_SUFFIX[match["suffix"]]
            if match["count"]:
                yield _COUNT, int(match["count"])
        elif match["revision"]:
            yield _REVISION, int(match["revision"])
        else:
            return


def _apk_digits(digits: str) -> Iterator[tuple[int, int]]:
    """A number; after a dot, leading zeros count by how many there are, as in a decimal fraction."""
    number = digits.removeprefix(".")
    if digits != number and number.startswith("0"):
        rest = number.lstrip("0")
        yield _DIGIT, -(len(number) - len(rest))
        if rest:
            yield _DIGIT, int(rest)
        return
    yield _DIGIT, int(number)


# How semantic versions are ordered, by semver.org 2.0.0, section 11.

_SEMVER = re.compile(
    r"v?(0|[1-9]\d{0,15})\.(0|[1-9]\d{0,15})\.(0|[1-9]\d{0,15})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?\Z"
)


def _semver(one: Version, two: Version) -> int:
    numbers1, before1 = one.semantic
    numbers2, before2 = two.semantic
    return (numbers1 > numbers2) - (numbers1 < numbers2) or (before1 > before2) - (before1 < before2)


def _semantic_part(part: str) -> tuple[int, int, str]:
    """Numbers before words; no pre-release at all comes after every one."""
    if not part:
        return 2, 0, ""
    return (0, int(part), "") if part.isdigit() else (1, 0, part)


_COMPARERS: dict[Scheme, Callable[[Version, Version], int]] = {
    Scheme.DEB: _deb,
    Scheme.RPM: _rpm,
    Scheme.APK: _apk,
    Scheme.SEMVER: _semver,
}
