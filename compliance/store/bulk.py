"""Many rows at once: the driver's own executemany, without an object for each row."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, SQLModel, col, select

from compliance.store.tables import AdvisoryRow


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
        marks = ", ".join([mark] * len(columns))
        # Table and columns are our own constants; values are bound.
        words = f"INSERT INTO {table.__tablename__} ({', '.join(columns)}) VALUES ({marks}){otherwise}"  # noqa: S608 (as said above)
        connection.exec_driver_sql(words, list(rows))


def next_id(session: Session, table: type[AdvisoryRow]) -> int:
    """The first id that no row of the table has."""
    return (session.exec(select(func.max(col(table.id)))).one() or 0) + 1
