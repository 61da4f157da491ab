"""A visit's revisions: who changed what, when and why; what was there before stays."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "revisions",
        sa.Column("visit_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("visited_at", sa.DateTime(), nullable=False),
        sa.Column("practitioner", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_revisions_visit_id")),
        sa.PrimaryKeyConstraint("visit_id", "number", name=op.f("pk_revisions")),
    )
    for table in ("visits", "photos", "assessments"):
        op.add_column(
            table, sa.Column("revision", sa.Integer(), server_default="1", nullable=False)
        )
    with op.batch_alter_table("sot_notes") as notes:
        notes.add_column(sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
        notes.drop_constraint(op.f("uq_sot_notes_visit_id"), type_="unique")
        notes.create_unique_constraint(
            op.f("uq_sot_notes_visit_id"), ["visit_id", "stage", "revision"]
        )
    op.execute(
        "INSERT INTO revisions (visit_id, number, made_at, made_by, reason, visited_at, "
        "practitioner) SELECT id, 1, created_at, practitioner, '', visited_at, practitioner "
        "FROM visits"
    )
