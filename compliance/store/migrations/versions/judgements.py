"""Of what the results of a scan were made: facts, rules, parameters, profile, program, by digest."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; scans from before keep it empty."""
    column: sa.Column[Any] = sa.Column(
        "judgement", AutoString(), sa.ForeignKey("blobs.digest"), nullable=True
    )
    op.add_column("scans", column, inline_references=True)
