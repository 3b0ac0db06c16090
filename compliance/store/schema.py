"""The database's schema, brought up to date when the store is opened."""

from sqlalchemy import Connection, inspect, text

from compliance.model.errors import StoreFailed

HEAD = "0005"
"""The newest revision in `migrations`; known here so that an up-to-date database never loads Alembic."""


def bring_up_to_date(connection: Connection) -> None:
    """Run the migrations that are missing, in the transaction of this connection; raises `StoreFailed`."""
    current = _revision(connection)
    if current == HEAD:
        return
    from alembic import command  # noqa: PLC0415 (costs 0.4 s, and only a new or old database needs it)
    from alembic.config import Config  # noqa: PLC0415 (the same)
    from alembic.script import ScriptDirectory  # noqa: PLC0415 (the same)

    config = Config()
    config.set_main_option("script_location", "compliance.store:migrations")
    config.attributes["connection"] = connection
    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise StoreFailed(
            f"the database has schema {ascii(current)[:40]}, which this version does not know",
            hint="it was opened by a newer version; install that one, or choose another database",
        )
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    """The revision that the database is at; None for an empty one."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found
    if tables:
        raise StoreFailed(
            f"the database holds something else: {ascii(tables[0])[:60]}", hint="choose another database file"
        )
    return None
