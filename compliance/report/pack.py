"""The evidence pack: a report, what it rests on, and a fingerprint of each file, in one ZIP file."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from urllib.parse import quote
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from compliance.model.errors import ReportFailed
from compliance.model.observation import Seen
from compliance.model.scan import Scan
from compliance.report.content import Content
from compliance.report.formats import formats
from compliance.report.templates import environment
from compliance.report.words import listed

RESULTS = "results.json"
SUMS = "SHA256SUMS"
_README = "README.txt"
_OURS = ("report.html", "report.pdf", _README, SUMS)
_PLAIN = re.compile(r"[A-Za-z0-9_%=+@~,-][A-Za-z0-9_.%=+@~,-]*(/[A-Za-z0-9_%=+@~,-][A-Za-z0-9_.%=+@~,-]*)*\Z")
_ZIP_BEGINS = 1980
_FILE_MODE = 0o100644 << 16
_UNIX = 3


def facts_name(host: str, scanner: str) -> str:
    """The name in the pack of what one scanner saw of one host; odd signs are %-escaped (RFC 3986 2.1)."""
    return f"facts/{_escaped(host)}/{_escaped(scanner)}.json"


def pack(content: Content, scan: Scan, files: Mapping[str, bytes]) -> bytes:
    """A ZIP file with the report, a README, `files` and SHA256SUMS; the same bytes for the same input.

    `files` holds `results.json` and, under `facts_name`, the raw facts of each observation that saw anything.
    Raises `ReportFailed` if one of them is missing, or if a name would leave the pack or hide another file.
    """
    _refuse_gaps(scan, files)
    _refuse_names(files)
    members = {
        **files,
        "report.html": formats()[".html"].render(content),
        "report.pdf": formats()[".pdf"].render(content),
        _README: _readme(content),
    }
    members[SUMS] = _sums(members)
    return _zipped(members, scan.finished)


def _escaped(name: str) -> str:
    text = quote(name, safe="", errors="backslashreplace")
    return "%2E" + text[1:] if text.startswith(".") else text


def _readme(content: Content) -> bytes:
    whole = [blank for blank in content.coverage.blanks if not blank.part]
    rows = [f"{listed(b.hosts)}: {listed(b.scanners) or 'everything'} ({b.reason})" for b in whole]
    # Plain text has no markup to escape: a name is shown as it is written.
    plain = environment().overlay(autoescape=False)
    text = plain.get_template("pack-readme.txt.j2").render(
        scan=content.provenance.scan,
        started=content.provenance.started,
        finished=content.provenance.finished,
        version=content.provenance.version,
        profile=content.provenance.profile,
        headline=content.headline.sentence,
        not_seen=rows,
    )
    return text.encode()


def _refuse_gaps(scan: Scan, files: Mapping[str, bytes]) -> None:
    wanted = [facts_name(o.task.host, o.task.scanner) for o in scan.observations if isinstance(o, Seen)]
    missing = tuple(name for name in (RESULTS, *wanted) if name not in files)
    if missing:
        raise ReportFailed(
            f"the evidence pack would lack {listed(missing)}",
            hint="the facts of this scan may have been deleted by the retention rules; scan again",
        )


def _refuse_names(files: Mapping[str, bytes]) -> None:
    folded = {name.casefold() for name in _OURS}
    for name in sorted(files):
        if not _PLAIN.match(name) or name.casefold() in folded:
            raise ReportFailed(f"{ascii(name)[:200]} cannot be the name of a file in an evidence pack")
        folded.add(name.casefold())


def _sums(members: Mapping[str, bytes]) -> bytes:
    """The fingerprints in the format of sha256sum(1), by name."""
    lines = (f"{sha256(members[name]).hexdigest()}  {name}\n" for name in sorted(members))
    return "".join(lines).encode()


def _zipped(members: Mapping[str, bytes], moment: datetime) -> bytes:
    utc = moment.astimezone(UTC)
    year = max(utc.year, _ZIP_BEGINS)
    stamp = (year, utc.month, utc.day, utc.hour, utc.minute, utc.second)
    written = BytesIO()
    with ZipFile(written, "w") as archive:
        for name in sorted(members):
            entry = ZipInfo(name, date_time=stamp)
            entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, _UNIX, _FILE_MODE
            archive.writestr(entry, members[name])
    return written.getvalue()
