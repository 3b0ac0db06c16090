"""Write reports of a scan: never half a file, and never over what was there before the new one is whole."""

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from compliance.actions.service import Service
from compliance.model.errors import ReportFailed
from compliance.model.scan import Scan
from compliance.report.content import content
from compliance.report.formats import formats


def writable(files: Iterable[Path]) -> None:
    """Raise `ReportFailed` now, before hours of scanning, if one of the files could not be written."""
    known = formats()
    for file in files:
        if file.suffix not in known:
            raise ReportFailed(
                f"{file}: no report format has the suffix {file.suffix or '(none)'}",
                hint=f"there is: {', '.join(sorted(known))}",
            )
        if not file.parent.is_dir():
            raise ReportFailed(f"{file}: there is no folder {file.parent}", hint="make the folder first")
        if file.is_dir() or not os.access(file.parent, os.W_OK):
            raise ReportFailed(
                f"{file}: cannot be written", hint="choose a file in a folder that you may write to"
            )


def write_reports(service: Service, scan: Scan, files: Sequence[Path]) -> None:
    """Write the scan's report into each of the files, in the format of its suffix."""
    if not files:
        return
    known, told = formats(), content(scan, service.policies.rules, service.organisation)
    for file in files:
        write_whole(file, known[file.suffix].render(told))


def write_whole(file: Path, text: bytes) -> None:
    """Write a file so that it holds either all of the text or what it held before."""
    new: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as part:
            new = Path(part.name)
            part.write(text)
            part.flush()
            os.fsync(part.fileno())
        new.chmod(0o644)
        new.replace(file)
        new = None
    except OSError as error:
        raise ReportFailed(
            f"{file}: {error.strerror or error}", hint="nothing was written; the scan itself is kept"
        ) from error
    finally:
        if new is not None:
            new.unlink(missing_ok=True)
