"""CVSS vectors become scores, by the `cvss` library; each distinct vector is worked out once."""

from collections.abc import Iterable
from functools import lru_cache

from cvss import CVSS3, CVSS4
from cvss.exceptions import CVSSError

_LONGEST = 200


def worst(vectors: Iterable[str]) -> tuple[float | None, str]:
    """The highest base score among CVSS 3 and 4 vectors, and its vector; None where none is right."""
    scored = [(score, vector) for vector in vectors if (score := score_of(vector)) is not None]
    return max(scored, default=(None, ""))


@lru_cache(maxsize=100_000)
def score_of(vector: str) -> float | None:
    """The base score of a CVSS 3.x or 4.0 vector; None for any other text."""
    kind = CVSS4 if vector.startswith("CVSS:4.0/") else CVSS3
    if len(vector) > _LONGEST or not vector.startswith(("CVSS:3.", "CVSS:4.0/")):
        return None
    try:
        return float(kind(vector).base_score)
    except CVSSError:
        return None
