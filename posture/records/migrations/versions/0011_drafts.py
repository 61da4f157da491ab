"""What users have begun and not saved."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("owner", sa.String(length=320), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.Column("file_key", sa.LargeBinary(length=40), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_drafts_patient_id")),
        sa.PrimaryKeyConstraint("owner", "key", name=op.f("pk_drafts")),
    )
    op.create_index(op.f("ix_drafts_patient_id"), "drafts", ["patient_id"])
    op.create_index(op.f("ix_drafts_changed_at"), "drafts", ["changed_at"])
