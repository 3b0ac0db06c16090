"""The nearest word that somebody may have meant."""

import difflib
from collections.abc import Iterable

_LONGEST = 60


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` where a known word is near, else nothing."""
    if len(word) > _LONGEST:
        return ""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""
