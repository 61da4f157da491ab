"""Values that were brought in from elsewhere, without a photo."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "imported",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("visit_id", sa.String(length=32), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.Column("view", sa.String(length=16), nullable=True),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_imported_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported")),
        sa.UniqueConstraint("visit_id", "fingerprint", name=op.f("uq_imported_visit_id")),
    )
    op.create_index(op.f("ix_imported_visit_id"), "imported", ["visit_id"])
