"""Text that a scanned host said, made safe and short enough to be shown."""

import unicodedata

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that steer a terminal or reorder a line: controls, bidi formats, separators."""


def clean(text: str, limit: int = 200) -> str:
    """The text on one line, steering characters shown as their escapes, cut to `limit` characters."""
    head = text[: limit + 1]
    shown = head if head.isascii() and head.isprintable() else "".join(map(_visible, head))
    return shown if len(shown) <= limit else shown[: max(0, limit - 1)] + "…"


def _visible(letter: str) -> str:
    if unicodedata.category(letter) not in _UNSAFE:
        return letter
    return letter.encode("unicode_escape").decode("ascii")
