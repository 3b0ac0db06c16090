"""The tables. Rows are born and die in this room; everyone else holds the model's values.

A plain `datetime` is SQLModel's UTC column: aware in, UTC out, on every database. Never give one a type of
its own.
"""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel, UniqueConstraint


class HostRow(SQLModel, table=True):
    """A host of the inventory."""

    __tablename__ = "hosts"

    name: str = Field(primary_key=True)
    address: str
    site: str | None
    zone: str | None
    role: str | None
    owner: str | None
    scopes: str
    """Comma-separated."""
    ports: str | None
    """Comma-separated."""
    pace: str
    """Empty where none is declared."""
    login: str
    retired: datetime | None = None


class ScanRow(SQLModel, table=True):
    """One occasion of looking; without `finished` it is running, or was cut off."""

    __tablename__ = "scans"

    id: str = Field(primary_key=True)
    started: datetime = Field(index=True)
    finished: datetime | None = None
    version: str
    profile: str
    hosts: str
    """The hosts as they were declared then, as JSON."""
    results: str | None = Field(default=None, foreign_key="blobs.digest")
    judgement: str | None = Field(default=None, foreign_key="blobs.digest")
    """Of what the results were made, by digest."""


class BlobRow(SQLModel, table=True):
    """Evidence: a compressed text under the SHA-256 of what it was before."""

    __tablename__ = "blobs"

    digest: str = Field(primary_key=True)
    content: bytes


class ObservationRow(SQLModel, table=True):
    """What one scanner saw of one host: a blob of facts, or a reason."""

    __tablename__ = "observations"
    __table_args__ = (UniqueConstraint("scan", "host", "scanner"),)

    id: int | None = Field(default=None, primary_key=True)
    scan: str = Field(foreign_key="scans.id", index=True)
    host: str
    scanner: str
    at: datetime
    facts: str | None = Field(default=None, foreign_key="blobs.digest")
    reason: str | None = None
    detail: str = ""


class IntervalRow(SQLModel, table=True):
    """From when to when a rule said the same of a place."""

    __tablename__ = "intervals"
    __table_args__ = (
        Index(
            "one_current_interval",
            "host",
            "rule",
            "key",
            unique=True,
            sqlite_where=text("ended IS NULL"),
            postgresql_where=text("ended IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    host: str
    rule: str
    key: str
    verdict: str
    began: datetime
    ended: datetime | None = None


class FindingRow(SQLModel, table=True):
    """A failure that is remembered, as it stands."""

    __tablename__ = "findings"

    host: str = Field(primary_key=True)
    rule: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    state: str = Field(index=True)
    first_seen: datetime
    last_seen: datetime
    severity: str
    message: str


class EventRow(SQLModel, table=True):
    """Something that happened to a finding; only ever added."""

    __tablename__ = "events"
    __table_args__ = (Index("events_of_a_finding", "host", "rule", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    host: str
    rule: str
    key: str
    kind: str
    at: datetime


class ScheduleRow(SQLModel, table=True):
    """Hosts that are scanned by the clock."""

    __tablename__ = "schedules"

    name: str = Field(primary_key=True)
    cron: str
    timezone: str
    hosts: str
    """Comma-separated."""
    profile: str
    folder: str
    formats: str
    """Comma-separated."""
    created: datetime


class RunRow(SQLModel, table=True):
    """What became of a time at which a schedule was due; outlives the schedule."""

    __tablename__ = "runs"

    schedule: str = Field(primary_key=True)
    due: datetime = Field(primary_key=True)
    state: str
    scan: str = ""
    detail: str = ""
    started: datetime | None = None
    finished: datetime | None = None
