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
    inventory: str | None = None
    """What an inventory document declares beside that, as JSON; none for a host that was added by hand."""


class InventoryRow(SQLModel, table=True):
    """An inventory document that was imported; the newest is in force."""

    __tablename__ = "inventories"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    document: str = Field(foreign_key="blobs.digest")


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


class SourceRow(SQLModel, table=True):
    """A source of advisories, as it was last imported; its entries go when it is imported anew."""

    __tablename__ = "advisory_sources"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    dated: datetime | None = None
    imported: datetime
    digest: str
    entries: int
    releases: str
    """As `debian:12=81234`, with how many ranges, comma-separated."""


class AdvisoryRow(SQLModel, table=True):
    """One advisory of a source."""

    __tablename__ = "advisories"

    id: int | None = Field(default=None, primary_key=True)
    source: int = Field(foreign_key="advisory_sources.id", index=True)
    name: str = Field(index=True)
    cves: str
    """Separated by blanks."""
    severity: str
    score: float | None = None
    vector: str
    published: str


class RangeRow(SQLModel, table=True):
    """The versions of a package of which an advisory speaks: introduced <= version < fixed, as byte keys.

    The primary key is the index that matching asks, in the order in which an import brings its rows;
    where no version has the fix, `fixed` is bytes of 255.
    """

    __tablename__ = "advisory_ranges"
    __table_args__ = ({"sqlite_with_rowid": False},)

    release: str = Field(primary_key=True)
    package: str = Field(primary_key=True)
    is_source: bool = Field(primary_key=True)
    fixed: bytes = Field(primary_key=True)
    introduced: bytes = Field(primary_key=True)
    advisory: int = Field(primary_key=True)
    fixed_version: str
    state: str


class CveRow(SQLModel, table=True):
    """What a source says of a CVE as such: exploited and due, how likely, how bad."""

    __tablename__ = "cves"
    __table_args__ = (Index("what_is_said_of_a_cve", "cve"),)

    id: int | None = Field(default=None, primary_key=True)
    source: int = Field(foreign_key="advisory_sources.id", index=True)
    cve: str
    added: str
    due: str
    likelihood: float | None = None
    score: float | None = None
    vector: str


class LifetimeRow(SQLModel, table=True):
    """The last days of a release, by a source."""

    __tablename__ = "lifetimes"

    id: int | None = Field(default=None, primary_key=True)
    source: int = Field(foreign_key="advisory_sources.id", index=True)
    os: str
    version: str
    full: str
    security: str
    paid: str


class PackageVersionRow(SQLModel, table=True):
    """A package of a release in one version, once for all hosts that have it."""

    __tablename__ = "package_versions"
    __table_args__ = (UniqueConstraint("package", "release", "is_source", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    release: str
    package: str
    is_source: bool
    key: bytes


class PackageSetRow(SQLModel, table=True):
    """The package versions of one or more hosts: their ids in order, as differences, compressed."""

    __tablename__ = "package_sets"

    digest: str = Field(primary_key=True)
    content: bytes


class HostPackagesRow(SQLModel, table=True):
    """Which package set a host had when it was last seen."""

    __tablename__ = "host_packages"

    host: str = Field(primary_key=True)
    packages: str = Field(foreign_key="package_sets.digest", index=True)
    at: datetime
