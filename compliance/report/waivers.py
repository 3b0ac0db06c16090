"""The waivers of a report: what each covers, and what there is to say against it."""

from dataclasses import dataclass

from compliance.model.scan import Scan
from compliance.model.text import clean, clean_line
from compliance.model.waiver import WaiverKind

_KINDS = {
    WaiverKind.ACCEPTED: "risk accepted",
    WaiverKind.COMPENSATING_CONTROL: "compensating control",
    WaiverKind.CUSTOMISED_APPROACH: "customised approach",
    WaiverKind.NOT_APPLICABLE: "does not apply",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverRow:
    """One waiver as it stands."""

    id: str
    rule: str
    kind: str
    controls: str
    reason: str
    instead: str
    """What makes up for it; empty if nothing is said of that."""
    worksheet: tuple[tuple[str, str], ...]
    """The worksheet of a compensating control: its fields, each with its text."""
    proof: str
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
            kind=_KINDS[standing.waiver.kind],
            controls=clean_line(", ".join(standing.waiver.controls), 200),
            reason=clean(standing.waiver.reason, 600),
            instead=clean(standing.waiver.compensating_control, 600),
            worksheet=tuple((name, clean(text, 600)) for name, text in standing.waiver.worksheet),
            proof=clean(standing.waiver.proof, 300),
            approved_by=clean_line(standing.waiver.approved_by, 120),
            until=standing.waiver.until.isoformat(),
            covered=len(standing.covered),
            remarks=tuple(clean(f"{each.remark}: {each.text}", 400) for each in standing.remarks),
        )
        for standing in scan.waivers
    ]
    return tuple(sorted(rows, key=lambda row: (not row.remarks, row.id)))
