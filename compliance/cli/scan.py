"""`compliance scan`: look at hosts now, say what fails and how to mend it."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from compliance.cli import shown, words

if TYPE_CHECKING:
    from compliance.actions.service import Service
    from compliance.model.scan import Scan


class Format(StrEnum):
    """How results are shown."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class FailOn(StrEnum):
    """Severities, least first."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


Report = Annotated[
    list[Path] | None,
    typer.Option(
        "--report",
        metavar="FILE.html|FILE.pdf",
        help="Write a report too; may be given several times.",
        show_default=False,
    ),
]
Shape = Annotated[Format, typer.Option("--format", help="How to show the results.")]
Threshold = Annotated[FailOn, typer.Option("--fail-on", help="Least severity that makes the exit code 1.")]


def scan(
    hosts: words.AnyHosts = None,
    every: words.All = False,
    site: words.Site = "",
    zone: words.Zone = "",
    role: words.Role = "",
    ports: words.Ports = None,
    scanners: words.Scanners = None,
    profile: words.Profile = "default",
    login: words.Login = "",
    output: Shape = Format.TABLE,
    report: Report = None,
    fail_on: Threshold = FailOn.MEDIUM,
    waivers: words.Waivers = None,
    outside_window: words.OutsideWindow = False,
    config: words.Config = None,
    quiet: words.Quiet = False,
) -> None:
    """Scan HOSTs, or hosts of the inventory, now: what fails, and how to mend it.

    Failures stand first, worst first; then what could not be seen, and why; then one line of counts.

    localhost is this very machine, looked at without SSH. Exit code 0: everything looked at passes;
    1: something fails at or above --fail-on that no waiver covers; 3: nothing of that, but something
    could not be seen; 4: it could not be done.
    """
    from compliance.actions.choose import Among, Order, names_among
    from compliance.actions.judge import with_waivers
    from compliance.actions.report import writable, write_reports
    from compliance.actions.scan import scan as look
    from compliance.cli.progress import watching
    from compliance.wiring import open_service

    among = Among(site=site, zone=zone, role=role)
    if bool(hosts) == (every or among != Among()):
        raise typer.BadParameter("name hosts, or choose some by --all, --site, --zone or --role")
    typed, chosen_ports = words.hosts_typed(hosts or []), words.ports_typed(ports)
    files = tuple(report or ())
    writable(files)
    service = with_waivers(open_service(config), tuple(waivers or ()))
    order = Order(
        hosts=typed or names_among(service, among),
        ports=chosen_ports,
        scanners=words.names_typed(scanners),
        profile=profile,
        login=login,
        outside_window=outside_window,
    )
    with watching(order.hosts, quiet=quiet) as watch:
        done = look(service, order, watch)
    _show(done, service, output)
    write_reports(service, done, files)
    for file in files:
        shown.line(f"report written: {file}")
    raise typer.Exit(exit_code(done, fail_on))


def _show(done: "Scan", service: "Service", output: Format) -> None:
    from compliance.cli.table import print_table
    from compliance.report.document import scan_document
    from compliance.report.rows import scan_rows

    match output:
        case Format.TABLE:
            print_table(done, service.policies.rules)
        case Format.JSON:
            shown.result(scan_document(done))
        case Format.CSV:
            shown.result(scan_rows(done))


def exit_code(done: "Scan", fail_on: str) -> shown.Exit:
    """What the scan comes to: failing, not seen, or fine."""
    from compliance.model.result import Verdict
    from compliance.model.rule import Severity

    least = Severity(fail_on).rank
    if any(r.verdict is Verdict.FAIL and r.severity.rank >= least and not r.waived_by for r in done.results):
        return shown.Exit.FAILING
    if done.blanks or done.count(Verdict.UNKNOWN) or done.count(Verdict.ERROR):
        return shown.Exit.NOT_SEEN
    return shown.Exit.FINE
