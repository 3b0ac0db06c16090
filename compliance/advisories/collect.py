"""Everything that a bundle says, gathered by source; what cannot be read is told and loses nothing else."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from compliance.advisories.bundle import Bundle, Document, Limits, Trouble
from compliance.advisories.manifest import NAME, Manifest, manifests
from compliance.advisories.recognise import reader_of
from compliance.advisories.said import BadDocument, Said
from compliance.model.advisory import Source

MOST_ENTRIES = 5_000_000
"""Entries of all sources together."""
_SKEW = timedelta(days=1)


@dataclass(slots=True, kw_only=True)
class Collected:
    """What a bundle brought."""

    sources: dict[str, Source] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """Documents of no format that we know; they are passed over."""
    documents: int = 0


@contextmanager
def unhindered() -> Iterator[None]:
    """Spare the garbage collector millions of values that hold no cycles, while they are made and kept."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def collect(
    paths: Sequence[Path], now: datetime, *, mirrored: datetime | None = None, limits: Limits | None = None
) -> Collected:
    """What the documents at these paths say, by source; raises `BadDocument` for a manifest that is none.

    `mirrored` is the date of documents that bear none and that no manifest and no zip file dates.
    """
    known = manifests(paths)
    bundle = Bundle(tuple(paths), limits or Limits(), hash_members=bool(known))
    found, files, count = Collected(), dict[str, dict[str, None]](), 0
    for document in _vouched(bundle, known, found):
        reader = reader_of(document.data)
        if reader is None:
            found.unknown.append(document.name)
            continue
        try:
            for said in reader(document.data):
                count += _add(found, said, said.dated or document.dated or mirrored, now)
                files.setdefault(said.source, {})[document.file] = None
        except BadDocument as error:
            found.troubles.append(Trouble(name=document.name, text=str(error)))
        if count > MOST_ENTRIES:
            raise BadDocument(f"{document.name}: the bundle has more than {MOST_ENTRIES:,} entries")
    for name, source in found.sources.items():
        source.files = len(files[name])
        source.digest = _digest([bundle.digests[file] for file in files[name]])
    return found


def _vouched(bundle: Bundle, known: Sequence[Manifest], found: Collected) -> Iterator[Document]:
    """The documents that are what their manifest says, with its date; those of no manifest as they are."""
    for document in bundle.documents():
        if isinstance(document, Trouble):
            found.troubles.append(document)
            continue
        found.documents += 1
        manifest = next((one for one in known if one.speaks_of(document.name)), None)
        if manifest is None:
            yield document
        elif document.name != f"{manifest.folder}/{NAME}":
            fault = manifest.fault(document.name, bundle.digests)
            if fault:
                found.troubles.append(Trouble(name=document.name, text=fault))
            else:
                yield replace(document, dated=manifest.date_of(document.name) or document.dated)


def _add(found: Collected, said: Said, dated: datetime | None, now: datetime) -> int:
    """Add to the source what a document says of it, and how many entries that were."""
    entries = tuple(said.entries)
    source = found.sources.get(said.source)
    if source is None:
        source = found.sources[said.source] = Source(name=said.source)
    source.entries += entries
    if dated is not None and dated <= now + _SKEW:
        source.dated = max(dated, source.dated or dated)
    return len(entries)


def _digest(digests: Sequence[str]) -> str:
    """The digest of the only file, or that of all their digests in order."""
    if len(digests) == 1:
        return digests[0]
    return sha256("".join(sorted(digests)).encode()).hexdigest()
