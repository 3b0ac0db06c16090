"""The command line's table of commands, and the one place where its errors are shown."""

import signal
import sys
from typing import Annotated

import typer

from compliance import __version__
from compliance.cli import (
    advisories,
    daemon,
    demo,
    doctor,
    explain,
    facts,
    hosts,
    judge,
    reports,
    rules,
    scan,
    schedules,
    shown,
)
from compliance.model.errors import ComplianceError, UnknownName

app = typer.Typer(
    name="compliance",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Shows whether hosts meet PCI DSS 4.0.1 and the GDPR: scans them, judges what was seen, "
        "and says how to mend what fails. What could not be seen is never called fine."
    ),
    epilog=(
        "Exit codes: 0 everything looked at passes; 1 something fails; 2 the command line is wrong; "
        "3 nothing fails, but something could not be seen; 4 it could not be done."
    ),
)
app.command("scan")(scan.scan)
app.command("facts")(facts.facts)
app.command("judge")(judge.judge)
app.command("explain")(explain.explain)
app.add_typer(rules.app, name="rules")
app.add_typer(hosts.app, name="hosts")
app.add_typer(schedules.app, name="schedule")
app.add_typer(advisories.app, name="advisories")
app.command("daemon")(daemon.daemon)
app.add_typer(reports.app, name="report")
app.command("doctor")(doctor.doctor)
app.command("demo")(demo.demo)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 (Typer calls it so)
    if wanted:
        typer.echo(f"compliance {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and leave."
        ),
    ] = False,
) -> None:
    """Typer reads the program's own options here."""


def main() -> None:
    """Run the command line; an error that a person can mend becomes one line and an exit code."""
    signal.signal(signal.SIGINT, shown.interrupt)
    try:
        app()
    except UnknownName as error:
        shown.error(error)
        sys.exit(shown.Exit.USAGE)
    except ComplianceError as error:
        shown.error(error)
        sys.exit(shown.Exit.IMPOSSIBLE)
    except BrokenPipeError:
        shown.close_output()
        sys.exit(shown.Exit.IMPOSSIBLE)
    except shown.Interrupted:
        shown.line("interrupted; what was seen until then is kept")
        shown.leave_at_once(shown.Exit.IMPOSSIBLE)
