"""JSON Schemas of the files that people write, made from the very types that read them."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from compliance.policy.flowfile import FlowFileSpec
from compliance.policy.frameworks import FrameworkSpec
from compliance.policy.profilefile import ProfileSpec
from compliance.policy.rulefile import WholeFileSpec
from compliance.policy.waiverfile import WaiverFileSpec

FORMATS: Mapping[str, type[Struct]] = {
    "rules-v1": WholeFileSpec,
    "profile-v1": ProfileSpec,
    "framework-v1": FrameworkSpec,
    "waivers-v1": WaiverFileSpec,
    "flows-v1": FlowFileSpec,
}
"""The formats by the names of their schemas."""


def file_schema(name: str) -> bytes:
    """The schema of one format, draft 2020-12, indented; equal types give equal bytes."""
    (schema,), parts = msgspec.json.schema_components([FORMATS[name]], ref_template="#/$defs/{name}")
    whole: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{name.replace('-', '/')}: made from the types that read it",
        **schema,
        "$defs": parts,
    }
    return msgspec.json.format(msgspec.json.encode(whole, order="deterministic")) + b"\n"
