"""One place that does not pass, as little as a table of very many needs."""

from typing import NamedTuple

from compliance.model.result import Verdict


class Row(NamedTuple):
    """One place that does not pass."""

    rule: str
    key: str
    verdict: Verdict
    message: str
    evidence: tuple[tuple[str, str], ...]
    """The paths of the facts that it rests on, and what was seen of each."""
