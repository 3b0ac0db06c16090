"""Inventory documents, and what they declare of each host."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString, UTCDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the table and the column; hosts from before keep it empty."""
    op.create_table(
        "inventories",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("document", AutoString(), sa.ForeignKey("blobs.digest"), nullable=False),
    )
    column: sa.Column[Any] = sa.Column("inventory", AutoString(), nullable=True)
    op.add_column("hosts", column)
