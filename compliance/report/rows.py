"""The scan as CSV rows (RFC 4180): what spreadsheets read, with nothing that one would run."""

import csv
import io
from collections.abc import Iterator

from compliance.model.result import Result
from compliance.model.scan import Blank, Scan
from compliance.model.text import clean
from compliance.report.document import claims_of

COLUMNS = (
    "host", "rule", "key", "result", "severity", "message", "fix", "evidence", "controls", "observed_at",
    "waived_by",
)  # fmt: skip
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def scan_rows(scan: Scan) -> bytes:
    """One row for each result, then one for each thing not seen; UTF-8 with a byte order mark."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in _rows(scan):
        writer.writerow([_inert(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig", "backslashreplace")


def _rows(scan: Scan) -> Iterator[tuple[str, ...]]:
    claims = {
        rule: "; ".join(f"{control['framework']} {control['id']}" for control in controls)
        for rule, controls in claims_of(scan).items()
    }
    for result in scan.results:
        yield _result(result, claims.get(result.rule, ""))
    for blank in scan.blanks:
        yield _blank(blank)


def _result(result: Result, controls: str) -> tuple[str, ...]:
    evidence = "; ".join(f"{each.path} = {each.seen}" for each in result.evidence)
    at = result.observed_at.isoformat() if result.observed_at else ""
    return (
        result.host, result.rule, result.key, result.verdict, result.severity, result.message, result.fix,
        evidence, controls, at, result.waived_by,
    )  # fmt: skip


def _blank(blank: Blank) -> tuple[str, ...]:
    what = ".".join(part for part in (blank.scanner, blank.path) if part)
    return (blank.host, "", what, "not-seen", "", f"{blank.reason}: {blank.detail}", "", "", "", "", "")


def _inert(cell: str) -> str:
    """The cell as text: one that a spreadsheet would take for a formula begins with an apostrophe (OWASP)."""
    shown = clean(cell)
    return f"'{shown}" if shown.startswith(_STARTS_A_FORMULA) else shown
