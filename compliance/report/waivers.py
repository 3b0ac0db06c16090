"""The waivers of a report: what each covers, and what there is to say against it."""

from dataclasses import dataclass

from compliance.model.scan import Scan
from compliance.model.text import clean, clean_line
from compliance.model.waiver import WaiverKind


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverRow:
    """One waiver as it stands."""

    id: str
    rule: str
    kind: str
    controls: str
    reason: str
    approved_by: str
    until: str
    covered: int
    """How many failing places it covers."""
    remarks: tuple[str, ...]


def waiver_rows(scan: Scan) -> tuple[WaiverRow, ...]:
    """Every waiver, those that somebody should look at first."""
    rows = [
        WaiverRow(
            id=clean_line(standing.waiver.id, 60),
            rule=clean_line(standing.waiver.rule, 120),
            kind="" if standing.waiver.kind is WaiverKind.ACCEPTED else standing.waiver.kind.value,
            controls=clean_line(", ".join(standing.waiver.controls), 200),
            reason=clean(standing.waiver.reason, 600),
            approved_by=clean_line(standing.waiver.approved_by, 120),
            until=standing.waiver.until.isoformat(),
            covered=len(standing.covered),
            remarks=tuple(clean(f"{each.remark}: {each.text}", 400) for each in standing.remarks),
        )
        for standing in scan.waivers
    ]
    return tuple(sorted(rows, key=lambda row: (not row.remarks, row.id)))
