"""Schedules, and the ledger of what became of each time that was due."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from compliance.model.errors import UnknownName
from compliance.model.schedule import Run, RunState, Schedule
from compliance.store.tables import RunRow, ScheduleRow


@dataclass(frozen=True, slots=True)
class Schedules:
    """The schedules, in one transaction."""

    session: Session

    def put(self, schedule: Schedule) -> None:
        """Put it on the schedule, in place of one of the same name."""
        self.session.merge(_row(schedule))
        self.session.flush()

    def all(self) -> tuple[Schedule, ...]:
        """Every schedule, by name."""
        return tuple(
            _schedule(row) for row in self.session.exec(select(ScheduleRow).order_by(ScheduleRow.name))
        )

    def named(self, name: str) -> Schedule | None:
        """The schedule of that name; None if there is none."""
        row = self.session.get(ScheduleRow, name)
        return None if row is None else _schedule(row)

    def remove(self, name: str) -> None:
        """Take it off the schedule; its ledger stays. Raises `UnknownName`."""
        row = self.session.get(ScheduleRow, name)
        if row is None:
            raise UnknownName(f"no schedule is called {ascii(name)[:80]}", hint="compliance schedule list")
        self.session.delete(row)
        self.session.flush()

    def last_run(self, name: str) -> Run | None:
        """The run with the newest due time since the schedule was put there; None if there is none.

        A schedule that was removed and put back owes nothing for the time between.
        """
        of_one = select(RunRow).join(ScheduleRow, col(ScheduleRow.name) == col(RunRow.schedule))
        since = of_one.where(RunRow.schedule == name, col(RunRow.due) >= col(ScheduleRow.created))
        row = self.session.exec(since.order_by(col(RunRow.due).desc())).first()
        return None if row is None else _run(row)

    def runs(self, name: str) -> tuple[Run, ...]:
        """The ledger of that name, oldest due time first."""
        rows = self.session.exec(select(RunRow).where(RunRow.schedule == name).order_by(col(RunRow.due)))
        return tuple(_run(row) for row in rows)

    def claim(self, run: Run) -> bool:
        """Write the run down; False if that time of the schedule was taken by somebody before."""
        if self.session.get(RunRow, (run.schedule, run.due)) is not None:
            return False
        row = RunRow(schedule=run.schedule, due=run.due, state=run.state.value)
        self.session.add(_told(row, run))
        self.session.flush()
        return True

    def finish(self, run: Run) -> None:
        """Write down what became of a run that was claimed; raises `UnknownName`."""
        row = self.session.get(RunRow, (run.schedule, run.due))
        if row is None:
            raise UnknownName(f"{run.schedule} has no run that was due at {run.due:%Y-%m-%d %H:%M}")
        _told(row, run)
        self.session.flush()


def _told(row: RunRow, run: Run) -> RunRow:
    row.state, row.scan, row.detail = run.state.value, run.scan, run.detail
    row.started, row.finished = run.started, run.finished
    return row


def _run(row: RunRow) -> Run:
    return Run(
        schedule=row.schedule,
        due=row.due,
        state=RunState(row.state),
        scan=row.scan,
        detail=row.detail,
        started=row.started,
        finished=row.finished,
    )


def _row(schedule: Schedule) -> ScheduleRow:
    return ScheduleRow(
        name=schedule.name,
        cron=schedule.cron,
        timezone=schedule.timezone,
        hosts=",".join(schedule.hosts),
        profile=schedule.profile,
        folder=schedule.folder,
        formats=",".join(schedule.formats),
        created=schedule.created,
    )


def _schedule(row: ScheduleRow) -> Schedule:
    return Schedule(
        name=row.name,
        cron=row.cron,
        timezone=row.timezone,
        hosts=tuple(filter(None, row.hosts.split(","))),
        profile=row.profile,
        folder=row.folder,
        formats=tuple(filter(None, row.formats.split(","))),
        created=row.created,
    )
