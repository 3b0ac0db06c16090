"""The facts that rules may read, as people look them up."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

import msgspec

from compliance.actions.service import Policies
from compliance.model.errors import UnknownName
from compliance.policy.fields import FactField, fact_fields


def fields_below(policies: Policies, path: str) -> Sequence[FactField]:
    """The facts at a path and below it, all of a host's for an empty one; raises `UnknownName`.

    A path that begins with `fleet` or `estate` is one of what rules of the fleet or the estate may read.
    """
    apart = {book.schema.name: book for book in (policies.fleet, policies.estate) if book is not None}
    root = path.split(".", 1)[0]
    schema = apart[root].schema if root in apart else policies.book.schema
    known = tuple(fact_fields(schema))
    wanted = _plain(path, schema.name)
    start = f"{wanted}." if wanted else ""
    found = [field for field in known if f"{_plain(field.path, schema.name)}.".startswith(start)]
    if not found:
        near = get_close_matches(f"{schema.name}.{wanted}", [f.path for f in known], n=3, cutoff=0.5)
        hint = f"there is: {', '.join(near)}" if near else "compliance rules fields lists all of them"
        raise UnknownName(f"there is no fact {ascii(path)[:120]}", hint=hint)
    return found


def _plain(path: str, root: str) -> str:
    """A path without its root and its brackets, so that it may be typed in any of its spellings."""
    bare = path.removeprefix(f"{root}.").removeprefix(root)
    return bare.replace("[]", "").replace("['...']", "").strip(".")


def told_fields(fields: Sequence[FactField]) -> Iterator[str]:
    """Each fact in two lines: its path and type, then who sees it and what it means."""
    for field in fields:
        yield f"{field.path}  {field.type}"
        absent = f" A key that is not there means: {field.absent}." if field.absent else ""
        yield f"    {field.scanner or 'inventory'}: {field.about}{absent}"


def fields_document(fields: Sequence[FactField]) -> bytes:
    """The JSON document `fields/v1` of docs/json.md, indented."""
    listed = [
        {
            "path": field.path,
            "type": field.type,
            "about": field.about,
            "scanner": field.scanner or None,
            "absent": field.absent or None,
        }
        for field in fields
    ]
    return msgspec.json.format(msgspec.json.encode({"format": "fields/v1", "fields": listed}))
