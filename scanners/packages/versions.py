"""Sort keys for package versions: compare the keys and the versions are compared."""

import re

_DEB_PARTS = re.compile(r"(\D*)(\d*)")
_RPM_PARTS = re.compile(r"~|\^|[A-Za-z]+|\d+")

DebKey = tuple[object, ...]
RpmKey = tuple[object, ...]


def deb_key(version: str) -> DebKey:
    """The key of a Debian version (deb-version(7)): epoch, upstream version, revision."""
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return int(epoch) if epoch.isdecimal() else 0, _deb_part(upstream), _deb_part(revision or "0")


def rpm_key(version: str) -> RpmKey:
    """The key of an RPM version `[epoch:]version-release` (rpm-version(7))."""
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, _, release = rest.partition("-")
    return int(epoch) if epoch.isdecimal() else 0, _rpm_part(upstream), _rpm_part(release)


def _deb_part(text: str) -> tuple[object, ...]:
    """Text and numbers in turn: `~` sorts before the end of a text, letters before all other signs."""
    key: list[object] = []
    for signs, digits in _DEB_PARTS.findall(text):
        if signs or digits:
            order = (-1 if sign == "~" else ord(sign) + (0 if sign.isalpha() else 256) for sign in signs)
            key += [(*order, 0), int(digits or "0")]
    return (*key, (0,), 0)


def _rpm_part(text: str) -> tuple[object, ...]:
    """Pieces: `~` before the end, the end before `^`, that before letters, those before numbers."""
    key: list[object] = []
    for piece in _RPM_PARTS.findall(text):
        if piece.isdecimal():
            key.append((4, int(piece)))
        else:
            key.append({"~": (0,), "^": (2,)}.get(piece, (3, piece)))
    return (*key, (1,))
