"""`compliance daemon`: keep the time, and scan when a schedule is due."""

from typing import Annotated

import typer

from compliance.cli import shown, words


def daemon(
    once: Annotated[bool, typer.Option("--once", help="Run what is due now, then leave.")] = False,
    config: words.Config = None,
) -> None:
    """Keep the time of the schedules, and scan when one is due.

    It runs until SIGTERM or Ctrl-C stops it.
    """
    from compliance.actions.schedule import run_due
    from compliance.daemon import keep_time
    from compliance.wiring import open_service

    service = open_service(config, as_daemon=True)
    if once:
        ran = run_due(service)
        shown.line(f"{len(ran)} scheduled scans ran")
        return
    shown.line("keeping the time; Ctrl-C ends")
    keep_time(service)
