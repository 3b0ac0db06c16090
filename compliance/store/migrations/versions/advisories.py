"""Advisories by source, what is said of CVEs and releases, and the package versions that they speak of."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString, UTCDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables; all empty until a bundle is imported."""
    _sources()
    _advisories()
    _said_of_others()
    _packages()


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, AutoString(), nullable=False) for name in names]


def _bytes(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.LargeBinary(), nullable=False) for name in names]


def _number() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer(), primary_key=True)


def _float(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Float(), nullable=True)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _source() -> sa.Column[Any]:
    return sa.Column("source", sa.Integer(), sa.ForeignKey("advisory_sources.id"), nullable=False)


def _index_of_source(table: str) -> None:
    op.create_index(f"ix_{table}_source", table, ["source"])


def _sources() -> None:
    op.create_table(
        "advisory_sources",
        _number(),
        *_texts("name"),
        sa.Column("dated", UTCDateTime(), nullable=True),
        sa.Column("imported", UTCDateTime(), nullable=False),
        *_texts("digest"),
        sa.Column("entries", sa.Integer(), nullable=False),
        *_texts("releases"),
        sa.UniqueConstraint("name"),
    )


def _advisories() -> None:
    op.create_table(
        "advisories",
        _number(),
        _source(),
        *_texts("name", "cves", "severity"),
        _float("score"),
        *_texts("vector", "published"),
    )
    _index_of_source("advisories")
    op.create_index("ix_advisories_name", "advisories", ["name"])
    op.create_table(
        "advisory_ranges",
        sa.Column("package", AutoString(), primary_key=True),
        sa.Column("release", AutoString(), primary_key=True),
        sa.Column("is_source", sa.Boolean(), primary_key=True),
        sa.Column("fixed", sa.LargeBinary(), primary_key=True),
        sa.Column("introduced", sa.LargeBinary(), primary_key=True),
        sa.Column("advisory", sa.Integer(), primary_key=True, autoincrement=False),
        _source(),
        *_texts("fixed_version", "state"),
        sqlite_with_rowid=False,
    )


def _said_of_others() -> None:
    op.create_table(
        "cves",
        _number(),
        _source(),
        *_texts("cve", "added", "due"),
        _float("likelihood"),
        _float("score"),
        *_texts("vector"),
    )
    _index_of_source("cves")
    op.create_index("what_is_said_of_a_cve", "cves", ["cve"])
    op.create_table("lifetimes", _number(), _source(), *_texts("os", "version", "full", "security", "paid"))
    _index_of_source("lifetimes")


def _packages() -> None:
    op.create_table(
        "package_versions",
        _number(),
        *_texts("release", "package"),
        _flag("is_source"),
        *_bytes("key"),
        sa.UniqueConstraint("package", "release", "is_source", "key"),
    )
    op.create_table("package_sets", sa.Column("digest", AutoString(), primary_key=True), *_bytes("content"))
    op.create_table(
        "host_packages",
        sa.Column("host", AutoString(), primary_key=True),
        sa.Column("packages", AutoString(), sa.ForeignKey("package_sets.digest"), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
    )
    op.create_index("ix_host_packages_packages", "host_packages", ["packages"])
