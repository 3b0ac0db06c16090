"""YAML of strangers: plain values alone; aliases, which let a small file grow without end, are refused."""

from typing import Any

import yaml

from compliance.advisories.said import BadDocument

_DEEPEST = 30


def plain_yaml(text: bytes | str) -> Any:
    """The value of a YAML document; raises `BadDocument` for aliases and depths, `YAMLError` for mistakes."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise BadDocument("YAML aliases are not taken from advisories")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise BadDocument(f"YAML deeper than {_DEEPEST} levels")
    return yaml.load(text, Loader=yaml.CSafeLoader)
