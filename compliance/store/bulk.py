"""Many rows at once: the driver's own executemany, without an object for each row."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import func
from sqlmodel import Session, SQLModel, col, select

from compliance.store.tables import AdvisoryRow

_MOST_MARKS = 900
"""Values of one statement, which holds several rows: what every SQLite takes, and no slower than more."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """Rows written without the session's book-keeping; nobody holds them as objects."""

    session: Session

    def add(self, table: type[SQLModel], columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
        """Insert the rows; their values stand in the order of the columns."""
        self._insert(table, columns, rows, "")

    def add_new(
        self, table: type[SQLModel], columns: Sequence[str], rows: Sequence[tuple[object, ...]]
    ) -> None:
        """Insert those rows that are not there yet."""
        self._insert(table, columns, rows, " ON CONFLICT DO NOTHING")

    @property
    def truths(self) -> tuple[object, object]:
        """False and true as the driver keeps them: SQLite's has to be asked what a `bool` is for each row."""
        return (0, 1) if self.session.connection().dialect.name == "sqlite" else (False, True)

    def _insert(
        self,
        table: type[SQLModel],
        columns: Sequence[str],
        rows: Sequence[tuple[object, ...]],
        otherwise: str,
    ) -> None:
        if not rows:
            return
        connection = self.session.connection()
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        marks = f"({', '.join([mark] * len(columns))})"
        # Table and columns are our own constants; values are bound.
        words = f"INSERT INTO {table.__tablename__} ({', '.join(columns)}) VALUES "  # noqa: S608 (as said above)
        at_once = _MOST_MARKS // len(columns)
        whole = len(rows) // at_once * at_once
        if whole:
            many = [
                tuple(chain.from_iterable(rows[start : start + at_once]))
                for start in range(0, whole, at_once)
            ]
            connection.exec_driver_sql(words + ", ".join([marks] * at_once) + otherwise, many)
        if whole < len(rows):
            connection.exec_driver_sql(words + marks + otherwise, list(rows[whole:]))


def next_id(session: Session, table: type[AdvisoryRow]) -> int:
    """The first id that no row of the table has."""
    return (session.exec(select(func.max(col(table.id)))).one() or 0) + 1
