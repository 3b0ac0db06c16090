"""A bundle's manifest, `advisory-bundle/v1`: the SHA-256 of each file, and the day it was mirrored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Literal
from zipfile import BadZipFile, ZipFile, is_zipfile

import msgspec

from compliance.advisories.said import BadDocument, moment

NAME = "manifest.json"
_LONGEST = 16 * 1024 * 1024


class _File(msgspec.Struct, forbid_unknown_fields=True):
    path: str
    sha256: str
    date: str = ""


class _Manifest(msgspec.Struct, forbid_unknown_fields=True):
    format: Literal["advisory-bundle/v1"]
    files: list[_File]
    date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a manifest vouches for: the files at and below its own folder."""

    folder: str
    files: Mapping[str, tuple[str, datetime | None]]
    """By path below the folder, the digest and the date."""

    def speaks_of(self, name: str) -> bool:
        """Whether the document lies in the manifest's folder."""
        return name.startswith(f"{self.folder}/")

    def date_of(self, name: str) -> datetime | None:
        """The date of the document, or of the file that it is packed in."""
        return self._entry(name)[1]

    def fault(self, name: str, digests: Mapping[str, str]) -> str:
        """What is wrong with a document by the manifest; empty if nothing is."""
        path, _ = self._entry(name)
        if not path:
            return "is not named by the manifest: refused"
        found = digests.get(f"{self.folder}/{path}", "")
        return "" if found == self.files[path][0] else "is not what the manifest says (SHA-256): refused"

    def _entry(self, name: str) -> tuple[str, datetime | None]:
        inner = PurePosixPath(name.removeprefix(f"{self.folder}/"))
        for path in (inner, *inner.parents):
            for written in (str(path), f"{path}.gz"):
                if written in self.files:
                    return written, self.files[written][1]
        return "", None


def manifests(paths: Iterable[Path]) -> tuple[Manifest, ...]:
    """The manifests of folders and zip files: a `manifest.json` at their top; raises `BadDocument`."""
    found = ((path, _text(path)) for path in paths)
    return tuple(_manifest(str(path), text) for path, text in found if text)


def _text(path: Path) -> bytes:
    try:
        if path.is_dir():
            file = path / NAME
            with file.open("rb") if file.is_file() else BytesIO() as stream:
                return stream.read(_LONGEST)
        if path.is_file() and is_zipfile(path):
            with ZipFile(path) as archive, archive.open(NAME) as stream:
                return stream.read(_LONGEST)
    except (OSError, KeyError, BadZipFile):
        return b""
    return b""


def _manifest(folder: str, text: bytes) -> Manifest:
    try:
        found = msgspec.json.decode(text, type=_Manifest)
    except msgspec.MsgspecError as error:
        raise BadDocument(f"{folder}/{NAME}: no manifest: {error}") from error
    files = {one.path: (one.sha256.lower(), moment(one.date or found.date)) for one in found.files}
    return Manifest(folder=folder, files=files)
