"""Progress of a scan on standard error: bars on a terminal, elsewhere a line for each look that ended."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from compliance.cli import shown
from compliance.dispatch.observe import Progress as Step
from compliance.dispatch.observe import Watch
from compliance.model.observation import NotSeen
from compliance.model.text import clean


@contextmanager
def watching(hosts: Sequence[str], *, quiet: bool) -> Iterator[Watch]:
    """Give the watcher that suits where standard error leads."""
    if quiet:
        yield lambda _step: None
    elif sys.stderr.isatty():
        with _Bar(len(hosts)) as bar:
            yield bar.show
    else:
        yield _say_ends


def _say_ends(step: Step) -> None:
    if step.outcome is not None:
        shown.line(_ended(step))


def _ended(step: Step) -> str:
    where = f"{step.task.host} {step.task.scanner}"
    match step.outcome:
        case NotSeen(reason=reason, detail=detail):
            return f"{where}: not seen after {step.seconds:.1f} s, {reason}: {clean(detail, 160)}"
        case _:
            return f"{where}: seen in {step.seconds:.1f} s"


class _Bar:
    """One moving line for each host that is being looked at, and one for all of them."""

    def __init__(self, hosts: int) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[stage]}", markup=False),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._hosts = hosts
        self._lock = Lock()
        self._lines: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, step: Step) -> None:
        """Move the host's line; called from many threads."""
        with self._lock:
            line = self._lines.get(step.task.host)
            if line is None:
                line = self._progress.add_task(step.task.host, total=1.0, stage="")
                self._lines[step.task.host] = line
            self._progress.update(line, completed=step.share, stage=f"{step.task.scanner} {step.stage}")
