"""Alembic's entry point. The connection is always handed in by `Database.migrate`."""

from alembic import context

from moderator.storage.tables import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
