"""The first tables: hosts, scans and evidence, intervals, findings and events, schedules and runs."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString, UTCDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of an empty database."""
    _evidence()
    _memory()
    _inventory()
    _clock()


def _text(name: str, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, AutoString(), nullable=False, **more)


def _perhaps_text(name: str) -> sa.Column[Any]:
    return sa.Column(name, AutoString(), nullable=True)


def _time(name: str, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, UTCDateTime(), nullable=False, **more)


def _perhaps_time(name: str) -> sa.Column[Any]:
    return sa.Column(name, UTCDateTime(), nullable=True)


def _number() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer(), primary_key=True)


def _blob(name: str) -> sa.Column[Any]:
    return sa.Column(name, AutoString(), sa.ForeignKey("blobs.digest"), nullable=True)


def _evidence() -> None:
    op.create_table(
        "blobs", _text("digest", primary_key=True), sa.Column("content", sa.LargeBinary(), nullable=False)
    )
    op.create_table(
        "scans",
        _text("id", primary_key=True),
        _time("started"),
        _perhaps_time("finished"),
        _text("version"),
        _text("profile"),
        _text("hosts"),
        _blob("results"),
    )
    op.create_index("ix_scans_started", "scans", ["started"])
    op.create_table(
        "observations",
        _number(),
        sa.Column("scan", AutoString(), sa.ForeignKey("scans.id"), nullable=False),
        _text("host"),
        _text("scanner"),
        _time("at"),
        _blob("facts"),
        _perhaps_text("reason"),
        _text("detail"),
        sa.UniqueConstraint("scan", "host", "scanner"),
    )
    op.create_index("ix_observations_scan", "observations", ["scan"])


def _memory() -> None:
    place = ("host", "rule", "key")
    op.create_table(
        "intervals", _number(), *map(_text, place), _text("verdict"), _time("began"), _perhaps_time("ended")
    )
    op.create_index(
        "one_current_interval",
        "intervals",
        place,
        unique=True,
        sqlite_where=sa.text("ended IS NULL"),
        postgresql_where=sa.text("ended IS NULL"),
    )
    op.create_table(
        "findings",
        *(_text(name, primary_key=True) for name in place),
        _text("state"),
        _time("first_seen"),
        _time("last_seen"),
        _text("severity"),
        _text("message"),
    )
    op.create_index("ix_findings_state", "findings", ["state"])
    op.create_table("events", _number(), *map(_text, place), _text("kind"), _time("at"))
    op.create_index("events_of_a_finding", "events", place)


def _inventory() -> None:
    declared = ("site", "zone", "role", "owner")
    op.create_table(
        "hosts",
        _text("name", primary_key=True),
        _text("address"),
        *map(_perhaps_text, declared),
        _text("scopes"),
        _perhaps_text("ports"),
        _text("pace"),
        _text("login"),
        _perhaps_time("retired"),
    )


def _clock() -> None:
    words = ("cron", "timezone", "hosts", "profile", "folder", "formats")
    op.create_table("schedules", _text("name", primary_key=True), *map(_text, words), _time("created"))
    op.create_table(
        "runs",
        _text("schedule", primary_key=True),
        _time("due", primary_key=True),
        *map(_text, ("state", "scan", "detail")),
        _perhaps_time("started"),
        _perhaps_time("finished"),
    )
