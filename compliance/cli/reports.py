"""`compliance report`: reports and evidence packs of scans that were kept."""

from pathlib import Path
from typing import Annotated

import typer

from compliance.cli import shown, words

app = typer.Typer(
    no_args_is_help=True, help="Write reports and evidence packs of kept scans.", rich_markup_mode=None
)
ScanId = Annotated[str, typer.Option("--scan", metavar="ID", help="Which scan.", show_default="the newest")]


@app.command("list")
def list_scans(config: words.Config = None) -> None:
    """List the scans that were kept, newest first."""
    from compliance.actions.pack import kept_scans
    from compliance.wiring import open_service

    entries = kept_scans(open_service(config))
    if not entries:
        shown.line("no scan was kept yet; compliance scan HOST makes one")
    for entry in entries:
        ended = f"{entry.finished:%H:%M:%S}" if entry.finished else "unfinished"
        shown.result(
            f"{entry.id}  {entry.started:%Y-%m-%d %H:%M:%S}-{ended}  {entry.profile}  {','.join(entry.hosts)}"
        )


@app.command("write")
def write_report(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Files to write, as report.html report.pdf.", show_default=False
        ),
    ],
    scan: ScanId = "",
    config: words.Config = None,
) -> None:
    """Write reports of a kept scan, in the format that each FILE's suffix names."""
    from compliance.actions.pack import kept_scan
    from compliance.actions.report import writable, write_reports
    from compliance.wiring import open_service

    writable(files)
    service = open_service(config)
    write_reports(service, kept_scan(service, scan), files)
    for file in files:
        shown.line(f"report written: {file}")


@app.command("scripts")
def write_scripts(scan: ScanId = "", config: words.Config = None) -> None:
    """Print the scripts and headers of the payment pages of a scan, as the file that authorises them.

    Each entry asks for a reason and a name (docs/payment-pages.md).
    """
    from compliance.actions.pack import kept_scan
    from compliance.actions.scripts import authorised_text
    from compliance.wiring import open_service

    shown.result(authorised_text(kept_scan(open_service(config), scan)))


@app.command("pack")
def write_pack(
    file: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="FILE.zip", help="Where to write it.", show_default=False),
    ],
    scan: ScanId = "",
    config: words.Config = None,
) -> None:
    """Write an evidence pack of a kept scan: report, the raw facts it rests on, and SHA256SUMS over them."""
    from compliance.actions.pack import kept_scan, write_pack
    from compliance.wiring import open_service

    service = open_service(config)
    found = kept_scan(service, scan)
    write_pack(service, found, file)
    shown.line(f"evidence pack of scan {found.id} written: {file}")
