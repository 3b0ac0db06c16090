"""How Alembic meets the database: in the connection and the transaction that the store hands in."""

from alembic import context
from sqlmodel import SQLModel

import compliance.store.tables  # noqa: F401 (fills the metadata)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite cannot alter a column in place
)
with context.begin_transaction():
    context.run_migrations()
