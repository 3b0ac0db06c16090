"""OpenVEX documents (openvex.dev), as Ubuntu publishes them: what is affected, and what is not."""

from collections.abc import Iterator

import msgspec

from compliance.advisories.readers.csaf import purl_parts
from compliance.advisories.said import BadDocument, Said, moment
from compliance.model.advisory import Advisory, Range, State


class _Product(msgspec.Struct, gc=False, rename={"id": "@id"}):
    id: str


class _Flaw(msgspec.Struct, gc=False):
    name: str


class _Statement(msgspec.Struct, gc=False):
    vulnerability: _Flaw
    status: str
    products: list[_Product] = []
    timestamp: str = ""


class _Document(msgspec.Struct):
    author: str
    timestamp: str
    statements: list[_Statement]


_DECODER = msgspec.json.Decoder(_Document)
_STATES = {
    "affected": State.NO_FIX,
    "not_affected": State.NOT_AFFECTED,
    "under_investigation": State.UNDER_INVESTIGATION,
}
"""`fixed` is not among them: it names a version that has the fix, not the first one that had it."""


def read(data: bytes) -> Iterator[Said]:
    """What the document says of source packages of the releases that we know."""
    try:
        document = _DECODER.decode(data)
    except msgspec.MsgspecError as error:
        raise BadDocument(f"no OpenVEX document: {error}") from error
    dated = moment(document.timestamp)
    yield Said(source=f"openvex {document.author[:60]}", dated=dated, entries=_advisories(document))


def _advisories(document: _Document) -> Iterator[Advisory]:
    for statement in document.statements:
        state = _STATES.get(statement.status)
        if state is None:
            continue
        ranges = dict.fromkeys(
            Range(release, name, is_source=True, state=state)
            for name, _, is_source, release in (purl_parts(one.id) for one in statement.products)
            if is_source and release
        )
        if ranges:
            name = statement.vulnerability.name
            yield Advisory(name, (name,), tuple(ranges), published=statement.timestamp[:10])
