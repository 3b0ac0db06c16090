"""Facts and results as texts that name themselves: canonical JSON, compressed, under the SHA-256 of the JSON.

Facts are encoded by their scanner's own type. What is unknown is left out and comes back unknown; a list that
was cut short is written down as such, since JSON cannot tell it from a whole one.
"""

import hashlib
import zlib
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from compliance.model.errors import StoreFailed
from compliance.model.inventory import Inventory
from compliance.model.judgement import Judgement
from compliance.model.observation import NotSeen, Observation, Seen
from compliance.model.result import Result
from scanners import UNKNOWN, Facts, PartialList

LONGEST = 256 * 1024 * 1024
"""Bytes of one text, uncompressed; what unpacks to more was not written by us."""

Step = str | int
Path = tuple[Step, ...]
Kind = TypeVar("Kind", bound=Facts)


class _Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Facts as JSON, and the paths of the lists in them that were cut short."""

    facts: msgspec.Raw
    cut: tuple[Path, ...] = ()


def encode_facts(facts: Facts) -> bytes:
    """The facts as canonical JSON: equal facts give equal bytes."""
    raw = msgspec.Raw(msgspec.json.encode(facts, order="deterministic"))
    return msgspec.json.encode(_Kept(facts=raw, cut=tuple(_cuts(facts, ()))))


def decode_facts(text: bytes, kind: type[Kind]) -> Kind:
    """The facts that were encoded; raises `StoreFailed` if the type does not know them any more."""
    try:
        kept = msgspec.json.decode(text, type=_Kept)
        facts = msgspec.json.decode(kept.facts, type=kind)
    except msgspec.MsgspecError as error:
        raise StoreFailed(
            f"kept facts cannot be read as {kind.__name__}: {error}",
            hint="they were kept by another version of this program",
        ) from error
    for path in kept.cut:
        facts = _shortened(facts, path)
    return facts


def encode_results(results: tuple[Result, ...]) -> bytes:
    """The results of a scan as JSON, in their order."""
    return msgspec.json.encode(results)


def decode_results(text: bytes) -> tuple[Result, ...]:
    """The results as they were judged."""
    try:
        return msgspec.json.decode(text, type=tuple[Result, ...])
    except msgspec.MsgspecError as error:
        raise StoreFailed(f"kept results cannot be read: {error}") from error


def observation_digest(observation: Observation) -> str:
    """The name under which an observation's facts are kept, or of the reason why there are none."""
    match observation:
        case Seen(facts=facts):
            return digest(encode_facts(facts))
        case NotSeen(reason=reason, detail=detail):
            return digest(msgspec.json.encode([reason.value, detail]))


def encode_inventory(document: Inventory) -> bytes:
    """The document as canonical JSON: equal documents give equal bytes; what is not declared is left out."""
    return msgspec.json.encode(document, order="deterministic")


def encode_judgement(judgement: Judgement) -> bytes:
    """The judgement as canonical JSON."""
    return msgspec.json.encode(judgement, order="deterministic")


def decode_judgement(text: bytes) -> Judgement:
    """The judgement that was encoded; raises `StoreFailed`."""
    try:
        return msgspec.json.decode(text, type=Judgement)
    except msgspec.MsgspecError as error:
        raise StoreFailed(f"a kept judgement cannot be read: {error}") from error


def digest(text: bytes) -> str:
    """The name of a text: its SHA-256, hexadecimal."""
    return hashlib.sha256(text).hexdigest()


def pack(text: bytes) -> bytes:
    """The text, compressed."""
    return zlib.compress(text, 6)


def unpack(content: bytes, name: str) -> bytes:
    """The text that was packed; raises `StoreFailed` if it is not the one of that name."""
    try:
        text = zlib.decompressobj().decompress(content, LONGEST)
    except zlib.error:
        text = b""
    if digest(text) != name:
        raise StoreFailed(
            f"evidence {name[:12]} is damaged: it is not what was kept",
            hint="restore the database from a backup",
        )
    return text


def _cuts(value: Any, path: Path) -> Iterator[Path]:
    """The paths of all lists below the value that were cut short."""
    if isinstance(value, PartialList):
        yield path
    for step, part in _parts(value):
        yield from _cuts(part, (*path, step))


def _parts(value: Any) -> Iterator[tuple[Step, Any]]:
    match value:
        case _ if value is UNKNOWN:
            return
        case msgspec.Struct():
            yield from ((name, getattr(value, name)) for name in value.__struct_fields__)
        case tuple():
            yield from enumerate(tuple.__iter__(value))
        case dict():
            yield from value.items()
        case _:
            return


def _shortened(value: Any, path: Path) -> Any:
    """The value with the list at the path as one that was cut short."""
    if not path:
        return PartialList(tuple.__iter__(value))
    step, below = path[0], path[1:]
    match value:
        case msgspec.Struct():
            return msgspec.structs.replace(value, **{str(step): _shortened(getattr(value, str(step)), below)})
        case tuple():
            parts = list(tuple.__iter__(value))
            parts[int(step)] = _shortened(parts[int(step)], below)
            return type(value)(parts)
        case dict():
            return value | {step: _shortened(value[step], below)}
        case _:
            raise StoreFailed("kept facts name a list that is not there")
