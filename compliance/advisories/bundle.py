"""Documents of a bundle: files, folders, zip and gzip within each other, bounded, never unpacked to disk.

A zip's member is only ever a name and bytes, so a name cannot lead anywhere; those that try are refused.
"""

import gzip
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from io import SEEK_CUR, BytesIO
from pathlib import Path
from struct import Struct
from typing import IO, Protocol
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

_ZIP = b"PK\x03\x04"
_GZIP = b"\x1f\x8b"
_LOCAL = Struct("<4s22xHH")
"""What stands before a zip's member: a mark, and how long the name and the extra words behind it are."""
_AT_ONCE = 1024 * 1024
"""Packed bytes that are read in one go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is read at most; what is more was not made for us."""

    document: int = 512 * 1024 * 1024
    """Bytes of one document, unpacked."""
    total: int = 8 * 1024 * 1024 * 1024
    """Bytes of all documents, unpacked."""
    members: int = 1_000_000
    depth: int = 3
    """Packings within each other."""
    ratio: int = 200
    """How many times its packed size a document above `free` may have."""
    free: int = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of a bundle."""

    name: str
    """Its path, with the zip files that it lies in: `bundle.zip/osv.zip/ALSA-1.json`."""
    data: bytes
    file: str
    """The file of the file system that it came from."""
    dated: datetime | None = None
    """When it was put into its zip file, or mirrored by a manifest; a copied file's time says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that could not be read, and why."""

    name: str
    text: str


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Refused(Exception):
    """A document that is too large, or packed in a way that is not taken."""


@dataclass(slots=True)
class Bundle:
    """Paths that somebody named, and the documents below them."""

    paths: tuple[Path, ...]
    limits: Limits = field(default_factory=Limits)
    hash_members: bool = False
    """Members of zip files are hashed too, for the sake of a manifest."""
    digests: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each file of the file system by name, and of members where asked for."""
    _read: int = 0
    _members: int = 0

    def documents(self) -> Iterator[Document | Trouble]:
        """Every document in order of name; trouble with one ends nothing but that one."""
        for path in self.paths:
            for file in _files(path):
                if isinstance(file, Trouble):
                    yield file
                else:
                    yield from self._opened(file)

    def _opened(self, file: Path) -> Iterator[Document | Trouble]:
        name = str(file)
        try:
            with file.open("rb") as stream:
                if stream.read(4) == _ZIP:
                    stream.seek(0)
                    self.digests[name] = _digest_of(stream)
                    yield from self._zip(stream, name, name, 1)
                    return
                stream.seek(0)
                data = self._bounded(stream, self.limits.document)
                self.digests[name] = sha256(data).hexdigest()
                yield from self._unpacked(Document(name=name, file=name, data=data), 1)
        except (_Refused, OSError) as error:
            yield Trouble(name=name, text=str(error))

    def _unpacked(self, document: Document, depth: int) -> Iterator[Document | Trouble]:
        """The document, or what is packed in it."""
        start = document.data[:4]
        if start != _ZIP and start[:2] != _GZIP:
            yield document
            return
        if depth > self.limits.depth:
            raise _Refused(f"packed more than {self.limits.depth} times")
        if start == _ZIP:
            yield from self._zip(BytesIO(document.data), document.name, document.file, depth)
            return
        try:
            with gzip.open(BytesIO(document.data)) as stream:
                data = self._bounded(stream, self._most(len(document.data)))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise _Refused(f"damaged gzip: {error}") from error
        yield from self._unpacked(
            replace(document, name=document.name.removesuffix(".gz"), data=data), depth + 1
        )

    def _zip(self, stream: IO[bytes], name: str, file: str, depth: int) -> Iterator[Document | Trouble]:
        try:
            archive = ZipFile(stream)
        except (BadZipFile, OSError, ValueError) as error:
            raise _Refused(f"damaged zip: {error}") from error
        with archive:
            for member in archive.infolist():
                if member.is_dir():
                    continue
                self._members += 1
                if self._members > self.limits.members:
                    raise _Refused(f"more than {self.limits.members} documents")
                whole = f"{name}/{member.filename}"
                try:
                    yield from self._unpacked(self._member(archive, member, whole, file), depth + 1)
                except (_Refused, BadZipFile, OSError, zlib.error, RuntimeError, EOFError) as error:
                    yield Trouble(name=whole, text=str(error) or type(error).__name__)

    def _member(self, archive: ZipFile, member: ZipInfo, name: str, file: str) -> Document:
        _refuse_odd(member)
        data = _inflated(archive, member, self._most(member.compress_size))
        if data is None:
            with archive.open(member) as stream:
                data = stream.read(self._most(member.compress_size) + 1)
        self._count(len(data), self._most(member.compress_size))
        if self.hash_members:
            self.digests[name] = sha256(data).hexdigest()
        return Document(name=name, file=file, data=data, dated=_zip_time(member))

    def _most(self, packed: int) -> int:
        """Bytes that something packed may unpack to."""
        return min(self.limits.document, max(self.limits.free, packed * self.limits.ratio))

    def _bounded(self, stream: _Readable, most: int) -> bytes:
        data = stream.read(most + 1)
        self._count(len(data), most)
        return data

    def _count(self, size: int, most: int) -> None:
        """Add what was read to the total, and refuse what is too much."""
        self._read += size
        if size > most:
            raise _Refused(f"larger than {most:,} bytes, or packed too densely: refused")
        if self._read > self.limits.total:
            raise _Refused(f"all documents together are larger than {self.limits.total:,} bytes")


def _files(path: Path) -> Iterator[Path | Trouble]:
    """The regular files at or below a path; links are not followed below it, devices and pipes not opened."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        yield Trouble(name=str(path), text=f"cannot be read: {error.strerror}")
        return
    if stat.S_ISDIR(mode):
        for file in sorted(path.rglob("*")):
            if not file.is_symlink() and file.is_file():
                yield file
    elif stat.S_ISREG(mode):
        yield path
    else:
        yield Trouble(name=str(path), text="is no regular file: refused")


def _digest_of(stream: IO[bytes]) -> str:
    found = sha256()
    while part := stream.read(1 << 20):
        found.update(part)
    stream.seek(0)
    return found.hexdigest()


def _inflated(archive: ZipFile, member: ZipInfo, most: int) -> bytes | None:
    """A deflated member of ordinary size in one go, up to one byte more than `most`; None for all others.

    `ZipFile.open` reads the same at twice the cost, by layers that thousands of small documents do not need.
    """
    stream = archive.fp
    if member.compress_type != ZIP_DEFLATED or member.compress_size > _AT_ONCE or stream is None:
        return None
    stream.seek(member.header_offset)
    head = stream.read(_LOCAL.size)
    if len(head) < _LOCAL.size or head[:4] != _ZIP:
        raise BadZipFile("a member is not where its archive says")
    stream.seek(sum(_LOCAL.unpack(head)[1:]), SEEK_CUR)
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    data = engine.decompress(stream.read(member.compress_size), most + 1)
    if len(data) <= most and (not engine.eof or zlib.crc32(data) != member.CRC):
        raise BadZipFile(f"Bad CRC-32 for file {member.filename!r}")
    return data


def _refuse_odd(member: ZipInfo) -> None:
    """Refuse names that would leave a folder, links, and what is encrypted."""
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or "\0" in name:
        raise _Refused("its name leads out of the bundle: refused")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise _Refused("is a link: refused")
    if member.flag_bits & 1:
        raise _Refused("is encrypted")


def _zip_time(member: ZipInfo) -> datetime | None:
    try:
        return datetime(*member.date_time, tzinfo=UTC)
    except ValueError:
        return None
