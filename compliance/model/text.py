"""Text that a scanned host wrote, made safe to show: bounded, and with everything invisible made visible."""

import unicodedata

LONGEST = 2000
"""Characters of one text that are shown unless the caller says otherwise."""

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that draw nothing, steer the terminal or reorder what is read (UAX 44, UAX 9)."""
_KEPT = frozenset("\n\t")


def clean(text: str, limit: int = LONGEST) -> str:
    r"""The text with its control, format, surrogate and unassigned characters as escapes, cut after `limit`.

    Line breaks and tabs stay. A cut is said in words at the end, with how many characters are left out.
    The result never holds more than ten characters for one of the first `limit`, and the escapes are
    those of a Python string: `\x1b`, `\u202e`, `\U000e0001`.
    """
    head = text[:limit]
    shown = head if head.isascii() and head.isprintable() else "".join(map(_visible, head))
    left_out = len(text) - limit
    return f"{shown}… ({left_out} more characters)" if left_out > 0 else shown


def clean_line(text: str, limit: int = LONGEST) -> str:
    """The text as `clean` gives it, on one line: breaks and tabs become escapes too."""
    return clean(text, limit).replace("\n", "\\n").replace("\t", "\\t")


def _visible(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in _INVISIBLE:
        return character
    code = ord(character)
    if code <= 0xFF:  # noqa: PLR2004 (the last that two digits can write)
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 (the same, four digits)
