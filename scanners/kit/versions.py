"""Order-preserving byte keys for package versions: compare the bytes and the versions are compared.

So a key sorts right wherever bytes do: in a list, by `bisect`, in a database's index.
Sources: deb-version(7), rpm-version(7) and rpmvercmp, version.c of apk-tools.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

LONGEST = 240
"""Characters of a version that have an order; what is longer is cut there."""

_DEB_RUN = re.compile(r"(\D*)([0-9]*)")
_RPM_PIECE = re.compile(r"~|\^|[A-Za-z]+|[0-9]+")
_APK_TOKEN = re.compile(
    r"(?P<digit>\.?[0-9]+)|(?P<letter>[a-z])(?![a-z])"
    r"|_(?P<suffix>alpha|beta|pre|rc|cvs|svn|git|hg|p)(?P<count>[0-9]*)|-r(?P<revision>[0-9]+)|(?P<rest>.+)"
)
_APK_BEFORE = {"alpha": 1, "beta": 2, "pre": 3, "rc": 4}
_APK_AFTER = {"cvs": 1, "svn": 2, "git": 3, "hg": 4, "p": 5}
_GREATEST_EPOCH = 2**32 - 1


def deb_key(version: str) -> bytes:
    """The key of a Debian version: epoch, upstream version, revision."""
    epoch, rest = _epoch(version)
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return epoch + _deb_part(upstream) + _deb_part(revision or "0")


def rpm_key(version: str) -> bytes:
    """The key of an RPM version `[epoch:]version[-release]`; without a release it comes before those with."""
    epoch, rest = _epoch(version)
    upstream, dash, release = rest.rpartition("-")
    return epoch + _rpm_part(upstream if dash else rest) + _rpm_part(release if dash else "")


def apk_key(version: str) -> bytes:
    """The key of an Alpine version; what follows an invalid part does not count."""
    return b"".join(_apk_parts(version[:LONGEST])) + b"\x02"


def _epoch(version: str) -> tuple[bytes, str]:
    """The epoch in four bytes, and the rest."""
    epoch, colon, rest = version[:LONGEST].partition(":")
    if not colon or not (epoch.isascii() and epoch.isdecimal()):
        return bytes(4), version[:LONGEST]
    return min(int(epoch), _GREATEST_EPOCH).to_bytes(4, "big"), rest


def _number(digits: str) -> bytes:
    """A number of any length: how many digits it has, and the digits."""
    bare = digits.lstrip("0")
    return bytes([len(bare)]) + bare.encode("ascii")


def _deb_part(text: str) -> bytes:
    """Text and numbers in turn: `~` before the end of a text, that before letters, then other signs."""
    runs = (
        b"".join(map(_deb_sign, signs)) + b"\x02" + _number(digits)
        for signs, digits in _DEB_RUN.findall(text)
        if signs or digits
    )
    return b"".join(runs) + b"\x02\x00"


def _deb_sign(sign: str) -> bytes:
    if sign == "~":
        return b"\x01"
    return (b"\x03" if sign.isascii() and sign.isalpha() else b"\x04") + sign.encode("utf-8", "replace")


def _rpm_part(text: str) -> bytes:
    """Pieces: `~` before the end, the end before `^`, that before letters, those before numbers."""
    return b"".join(map(_rpm_piece, _RPM_PIECE.findall(text))) + b"\x02"


@lru_cache(maxsize=20_000)
def _rpm_piece(piece: str) -> bytes:
    match piece:
        case "~":
            return b"\x01"
        case "^":
            return b"\x03"
        case _ if piece.isdecimal():
            return b"\x05" + _number(piece)
        case _:
            return b"\x04" + piece.encode("ascii") + b"\x00"


def _apk_parts(text: str) -> Iterator[bytes]:
    """Tokens: a pre-release before the end, the end before a revision, that before what goes on otherwise."""
    for token in _APK_TOKEN.finditer(text):
        if token["digit"] is not None:
            yield from _apk_digits(token["digit"])
        elif token["letter"]:
            yield b"\x06" + token["letter"].encode("ascii")
        elif token["suffix"]:
            yield _apk_suffix(token["suffix"])
            if token["count"]:
                yield b"\x04" + _number(token["count"])
        elif token["revision"]:
            yield b"\x03" + _number(token["revision"])
        else:
            return


def _apk_suffix(suffix: str) -> bytes:
    before = _APK_BEFORE.get(suffix)
    return bytes([1, before]) if before else bytes([5, _APK_AFTER[suffix]])


def _apk_digits(digits: str) -> Iterator[bytes]:
    """A number; after a dot, leading zeros count by how many there are, as in a decimal fraction."""
    number = digits.removeprefix(".")
    bare = number.lstrip("0")
    if digits == number or len(bare) == len(number):
        yield b"\x07\xff" + _number(number)
        return
    yield bytes([7, 0xFE - (len(number) - len(bare))])
    if bare:
        yield b"\x07\xff" + _number(bare)
