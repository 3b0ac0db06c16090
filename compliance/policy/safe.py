"""Values of facts as text that is safe to show: what compiled messages and rows call."""

from typing import Any

from compliance.model.text import clean_line
from compliance.policy.cel.values import shown
from compliance.policy.results import LONGEST_SEEN
from compliance.policy.template import LONGEST_PART
from scanners import UNKNOWN, UnknownFact

LONGEST_SAID = LONGEST_SEEN
"""Characters of a value that a row takes as they are."""
LONGEST_PLACE = 100
"""Characters of an element's own name that a path takes as they are."""


def shown_value(value: Any) -> str:
    """A value as a message shows it; raises `UnknownFact`."""
    if type(value) is str and len(value) <= LONGEST_PART and value.isascii() and value.isprintable():
        return value
    if value is UNKNOWN:
        raise UnknownFact
    return str(value) if type(value) is int else clean_line(shown(value), LONGEST_PART)


def said_value(value: Any) -> str:
    """A value as a row shows it, if that needs no care; raises `UnknownFact` for any other."""
    if value is UNKNOWN:
        raise UnknownFact
    text = value if type(value) is str else shown(value)
    if len(text) <= LONGEST_SAID and text.isascii() and (text.isprintable() or not text):
        return text
    raise UnknownFact


def plain_text(value: Any) -> str:
    """A short text without anything that must be made safe; raises `UnknownFact` for any other value."""
    if type(value) is str and len(value) <= LONGEST_PLACE and value.isascii() and value.isprintable():
        return value
    raise UnknownFact
