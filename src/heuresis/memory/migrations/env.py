"""Alembic runs this; the connection comes from `bring_up_to_date`."""

from alembic import context

from heuresis.memory import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.Run.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
