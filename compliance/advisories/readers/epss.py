"""EPSS scores (first.org/epss) as CSV: `cve,epss,percentile` below a comment with the day."""

import csv
import re
from collections.abc import Iterator

from compliance.advisories.said import BadDocument, Said, moment
from compliance.model.advisory import Likelihood

_DAY = re.compile(r"score_date:(\S+?)(?:,|\Z)")
_CVE = re.compile(r"CVE-\d{4}-\d{4,}")


def read(data: bytes) -> Iterator[Said]:
    """The score of each CVE; raises `BadDocument` with the line that is none."""
    lines = data.decode("utf-8", "replace").splitlines()
    comment = lines[0] if lines and lines[0].startswith("#") else ""
    dated = _DAY.search(comment)
    rows = csv.reader(lines[1 if comment else 0 :])
    if next(rows, [])[:2] != ["cve", "epss"]:
        raise BadDocument("no EPSS scores: the columns are not cve,epss,percentile")
    entries = [_score(number, row) for number, row in enumerate(rows, 3 if comment else 2)]
    yield Said(source="epss", dated=moment(dated[1]) if dated else None, entries=entries)


def _score(number: int, row: list[str]) -> Likelihood:
    try:
        score = float(row[1])
    except (IndexError, ValueError):
        score = -1.0
    if not (row and _CVE.fullmatch(row[0]) and 0 <= score <= 1):
        raise BadDocument(f"line {number} is no score: {','.join(row)[:80]!r}")
    return Likelihood(row[0], score)
