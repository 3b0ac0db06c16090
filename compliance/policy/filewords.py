"""What the fields of rule, profile, framework and waiver files mean: their schemas and editors tell it."""

from msgspec import Meta


def says(text: str) -> Meta:
    """What a field means."""
    return Meta(description=text)


def cel(text: str) -> Meta:
    """What a field of one CEL expression means."""
    return Meta(description=text, extra_json_schema={"format": "cel"})
