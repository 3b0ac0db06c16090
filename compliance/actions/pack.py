"""Scans that were kept: listed, read again, and packed as evidence that can be checked without us."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from compliance.actions.judge import looked_at
from compliance.actions.report import write_whole
from compliance.actions.service import Service
from compliance.model.errors import ReportFailed, UnknownName
from compliance.model.observation import Seen
from compliance.model.scan import Scan, ScanEntry
from compliance.report.content import content
from compliance.report.document import scan_document
from compliance.report.pack import RESULTS, facts_name, pack


def kept_scans(service: Service) -> Sequence[ScanEntry]:
    """The scans that were kept, newest first."""
    with service.store.begin() as unit:
        return tuple(unit.scans.all())


def kept_scan(service: Service, scan_id: str) -> Scan:
    """The scan of that id, or the newest that was finished; controls are seen through its results anew."""
    with service.store.begin() as unit:
        finished = {entry.id for entry in unit.scans.all() if entry.finished}
        chosen = scan_id or unit.scans.newest()
        if chosen not in finished:
            wanted = f"no finished scan {ascii(scan_id)[:40]} is kept" if scan_id else "no scan was kept yet"
            raise UnknownName(
                wanted, hint="compliance report list shows what is; compliance scan HOST makes one"
            )
        found = unit.scans.read(chosen)
    return looked_at(service, found)


def write_pack(service: Service, scan: Scan, file: Path) -> None:
    """Write the evidence pack of a scan: report, results, raw facts, and sums over all of them."""
    if file.suffix != ".zip":
        raise ReportFailed(f"{file}: an evidence pack is a .zip file", hint="write -o evidence.zip")
    told = content(scan, service.policies.rules, service.organisation)
    write_whole(file, pack(told, scan, {RESULTS: scan_document(scan), **_raw_facts(scan)}))


def _raw_facts(scan: Scan) -> Mapping[str, bytes]:
    return {
        facts_name(o.task.host, o.task.scanner): msgspec.json.format(msgspec.json.encode(o.facts))
        for o in scan.observations
        if isinstance(o, Seen)
    }
