"""`compliance schedule`: which hosts are scanned when, and where the report goes."""

from pathlib import Path
from typing import Annotated

import typer

from compliance.cli import shown, words

app = typer.Typer(no_args_is_help=True, help="Add, list and remove scans by the week.", rich_markup_mode=None)


@app.command("add")
def add_schedule(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What the schedule is called.", show_default=False)
    ],
    hosts: words.Hosts,
    folder: Annotated[
        Path,
        typer.Option(
            "--into",
            help="Folder that the reports are written to.",
            exists=True,
            file_okay=False,
            show_default=False,
        ),
    ],
    day: Annotated[
        str, typer.Option("--day", help="Days of the week, as mon or mon,thu; * for every day.")
    ] = "mon",
    at: Annotated[str, typer.Option("--at", help="Time of day, as 03:00.")] = "03:00",
    timezone: Annotated[
        str, typer.Option("--timezone", help="IANA time zone that day and time are in.")
    ] = "UTC",
    profile: words.Profile = "default",
    config: words.Config = None,
) -> None:
    """Scan HOSTs by the week and write an HTML and a PDF report; compliance daemon keeps the time."""
    from compliance.actions.schedule import When, cron_expression, schedule
    from compliance.model.schedule import Schedule
    from compliance.wiring import open_service

    cron = cron_expression(When(days=day, time=at, timezone=timezone))
    names = words.hosts_typed(hosts)
    service = open_service(config)
    wanted = Schedule(
        name=name,
        cron=cron,
        timezone=timezone,
        hosts=names,
        profile=profile,
        folder=str(folder.absolute()),
        created=service.clock(),
    )
    due = schedule(service, wanted)
    shown.line(f"{name}: next scan {due:%A %Y-%m-%d %H:%M %Z}; compliance daemon must be running then")


@app.command("list")
def list_schedules(config: words.Config = None) -> None:
    """List the schedules, with the last and the next scan of each."""
    from compliance.actions.schedule import scheduled
    from compliance.wiring import open_service

    entries = scheduled(open_service(config))
    if not entries:
        shown.line("nothing is scheduled; compliance schedule add NAME HOST... --into FOLDER changes that")
    for entry in entries:
        last = f"{entry.last.due:%Y-%m-%d %H:%M} {entry.last.state}" if entry.last else "never ran"
        schedule = entry.schedule
        shown.result(
            f"{schedule.name}  {schedule.cron} {schedule.timezone}  last: {last}  "
            f"next: {entry.due:%Y-%m-%d %H:%M %Z}  {','.join(schedule.hosts)}"
        )


@app.command("remove")
def remove_schedule(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the schedule.", show_default=False)],
    config: words.Config = None,
) -> None:
    """Remove a schedule; reports that it wrote stay."""
    from compliance.actions.schedule import unschedule
    from compliance.wiring import open_service

    unschedule(open_service(config), name)
    shown.line(f"{name} is removed")
