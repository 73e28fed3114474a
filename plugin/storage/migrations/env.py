"""Alembic's entry: the connection comes from `plugin.storage.migration`, which owns the transaction."""

from alembic import context

from plugin.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
