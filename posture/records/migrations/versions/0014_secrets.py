"""Secrets out of the settings, which every role may read."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

MOVED = {"signing_secret": "signing", "keys": "keys"}


def upgrade() -> None:
    secrets = op.create_table(
        "secrets",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secrets")),
    )
    settings = sa.table(
        "settings",
        sa.column("name", sa.String()),
        sa.column("value", sa.JSON()),
        sa.column("changed_at", sa.DateTime(timezone=True)),
    )
    moved = settings.c.name.in_(list(MOVED))
    rows = op.get_bind().execute(sa.select(settings).where(moved)).all()
    if rows:
        op.bulk_insert(
            secrets,
            [
                {"name": MOVED[row.name], "value": str(row.value), "made_at": row.changed_at}
                for row in rows
            ],
        )
    op.execute(settings.delete().where(moved))
