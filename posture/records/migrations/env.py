"""Alembic's entry: runs the migrations on the connection that the program gives it."""

from alembic import context

from posture.records.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
)
context.run_migrations()
