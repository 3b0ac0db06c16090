"""YAML of strangers: texts, lists and maps alone, so that version 1.10 stays itself; aliases are refused.

With aliases a small file could grow without end.
"""

from typing import Any

import yaml

from compliance.advisories.said import BadDocument

_DEEPEST = 30


def plain_yaml(text: bytes | str) -> Any:
    """The value of a YAML document, each scalar as text; raises `BadDocument` or `YAMLError`."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CBaseLoader):
        if isinstance(event, yaml.AliasEvent):
            raise BadDocument("YAML aliases are not taken from advisories")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise BadDocument(f"YAML deeper than {_DEEPEST} levels")
    return yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506 (it makes no objects: texts alone)
