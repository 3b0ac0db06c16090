"""Ranges of versions by release first: what one import brings lies together and is written once."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

revision = "0005"
down_revision = "0004"

_COLUMNS = "release, package, is_source, fixed, introduced, advisory, fixed_version, state"


def upgrade() -> None:
    """Make the table anew with its key in that order, and take the rows over."""
    op.create_table(
        "sorted_ranges",
        sa.Column("release", AutoString(), primary_key=True),
        sa.Column("package", AutoString(), primary_key=True),
        sa.Column("is_source", sa.Boolean(), primary_key=True),
        sa.Column("fixed", sa.LargeBinary(), primary_key=True),
        sa.Column("introduced", sa.LargeBinary(), primary_key=True),
        sa.Column("advisory", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("fixed_version", AutoString(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sqlite_with_rowid=False,
    )
    # All words are constants of this file.
    rows = f"SELECT {_COLUMNS} FROM advisory_ranges"  # noqa: S608 (as said above)
    op.execute(f"INSERT INTO sorted_ranges ({_COLUMNS}) {rows}")
    op.drop_table("advisory_ranges")
    op.rename_table("sorted_ranges", "advisory_ranges")
