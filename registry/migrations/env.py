"""Alembic's entry: runs on the connection that `registry.schema_upgrade` hands over."""

from alembic import context

from registry.schema import participants

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=participants.metadata,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
