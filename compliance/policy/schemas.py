"""JSON Schemas of the files that people write, made from the very types that read them."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from compliance.model.inventory import Inventory
from compliance.policy.checksfile import ChecksFileSpec
from compliance.policy.flowfile import FlowFileSpec
from compliance.policy.frameworks import FrameworkSpec
from compliance.policy.profilefile import ProfileSpec
from compliance.policy.rulefile import WholeFileSpec
from compliance.policy.waiverfile import WaiverFileSpec
from scanners import UNKNOWN

FORMATS: Mapping[str, type[Struct]] = {
    "rules-v1": WholeFileSpec,
    "profile-v1": ProfileSpec,
    "framework-v1": FrameworkSpec,
    "waivers-v1": WaiverFileSpec,
    "inventory-v1": Inventory,
    "checks-v1": ChecksFileSpec,
    "flows-v1": FlowFileSpec,
}
"""The formats by the names of their schemas."""


def file_schema(name: str) -> bytes:
    """The schema of one format, draft 2020-12, indented; equal types give equal bytes."""
    (schema,), parts = msgspec.json.schema_components(
        [_written(FORMATS[name])], ref_template="#/$defs/{name}"
    )
    whole: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{name.replace('-', '/')}: made from the types that read it",
        **schema,
        "$defs": parts,
    }
    return msgspec.json.format(msgspec.json.encode(whole, order="deterministic")) + b"\n"


@cache
def _written(kind: type[Struct]) -> type[Struct]:
    """The type as it is written: what may be left out has no default, since none is ever assumed."""
    hints = get_type_hints(kind, include_extras=True)
    fields: list[Any] = []
    for info in msgspec.structs.fields(kind):
        default = msgspec.NODEFAULT if info.required else _default(info)
        fields.append((info.name, _hint(hints[info.name]), default))
    names = {info.name: info.encode_name for info in msgspec.structs.fields(kind)}
    made = msgspec.defstruct(kind.__name__, fields, kw_only=True, forbid_unknown_fields=True, rename=names)
    made.__doc__ = kind.__doc__
    return made


def _default(info: Any) -> Any:
    """The default as a schema may tell it; UNKNOWN, and structs that hold it, are told as nothing."""
    is_told = info.default is not UNKNOWN and not isinstance(info.default, Struct)
    factory: Any = _nothing if info.default_factory is msgspec.NODEFAULT else info.default_factory
    return (
        info.default
        if is_told and info.default is not msgspec.NODEFAULT
        else msgspec.field(default_factory=factory)
    )


def _nothing() -> None:
    """Stand for a default that is not told."""


def _hint(hint: Any) -> Any:
    """The hint with every type below it as it is written."""
    if isinstance(hint, type) and issubclass(hint, Struct):
        return _written(hint)
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return Annotated[(_hint(args[0]), *args[1:])]
    if origin in (tuple, list):
        return origin[tuple(arg if arg is ... else _hint(arg) for arg in args)]
    return hint
