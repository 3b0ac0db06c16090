"""The engine below the store: how SQLite is held, and what its errors mean to a person."""

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from compliance.model.errors import StoreFailed

PATIENCE_MS = 30_000
"""How long a unit waits for another process to let go of SQLite."""
_CACHE_KIB = 64 * 1024
"""Pages of SQLite kept in memory: a set of advisories fits, and is then written once."""
_FULL = 256 * 1024
"""Bytes free below which a write that failed is put down to a full disk."""

_HINTS = {
    "SQLITE_NOTADB": ("is no database", "choose another file, or move this one away"),
    "SQLITE_CORRUPT": ("is damaged", "restore it from a backup"),
    "SQLITE_FULL": (
        "cannot grow: the disk is full",
        "make room on the disk; what was kept before is still there",
    ),
    "SQLITE_BUSY": ("is locked by another process", "wait until it is done, or end it"),
    "SQLITE_READONLY": ("cannot be written to", "run as the user that owns the file"),
    "SQLITE_CANTOPEN": ("cannot be opened", "check that the file and its folder may be written to"),
}


def made_engine(url: str) -> Engine:
    """An engine for the URL; for SQLite the file and its folder are made. Raises `StoreFailed`."""
    try:
        place = make_url(url)
        if place.get_backend_name() != "sqlite":
            return create_engine(place, pool_pre_ping=True)
        _make_file(place)
        engine = create_engine(place, poolclass=NullPool)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        hint = "write the database as sqlite:////var/lib/compliance/compliance.db; others need their driver"
        raise StoreFailed(f"the database's URL cannot be used: {type(error).__name__}", hint=hint) from error
    event.listen(engine, "connect", _hold)
    event.listen(engine, "begin", _begin)
    return engine


def write_ahead(engine: Engine) -> None:
    """Let SQLite's readers and its writer work side by side from now on (sqlite.org/wal.html).

    Asked only once it is sure that the file is ours. If others are at work in it, it stays as it is:
    slower, not wrong, and whoever opens it next asks again.
    """
    if engine.dialect.name != "sqlite":
        return
    with closing(engine.raw_connection()) as connection, suppress(sqlite3.OperationalError):
        connection.cursor().execute("PRAGMA journal_mode=WAL")


def failure(engine: Engine, error: SQLAlchemyError) -> StoreFailed:
    """What the database's error means, in words that never hold what was to be written."""
    where = engine.url.database or str(engine.url)
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(cause, "sqlite_errorname", "")
    if name and _is_full(where):
        name = "SQLITE_FULL"
    for start, (what, hint) in _HINTS.items():
        if name.startswith(start):
            return StoreFailed(f"the database {where} {what}", hint=hint)
    said = str(cause).splitlines()[0][:200] if isinstance(cause, sqlite3.Error) else type(cause).__name__
    return StoreFailed(f"the database {where} refused: {said}", hint="compliance doctor looks at it")


def _is_full(where: str) -> bool:
    try:
        return shutil.disk_usage(Path(where).parent).free < _FULL
    except OSError:
        return False


def _make_file(place: URL) -> None:
    """An empty file that only its owner may read, since facts are nobody else's business."""
    if place.database is None or place.database in {"", ":memory:"}:
        raise StoreFailed("the database must be a file", hint="write it as sqlite:///compliance.db")
    file = Path(place.database)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreFailed(
            f"the database {file} cannot be opened: {error.strerror}",
            hint="choose another file with COMPLIANCE_DATABASE, or run as the user that owns it",
        ) from error


def _hold(connection: Any, _record: object) -> None:
    """Settings of one SQLite connection; transactions are begun by us, not by its driver."""
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")


def _begin(connection: Connection) -> None:
    """Take the writer's place at once: a unit that reads before it writes is then never refused half-way."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
