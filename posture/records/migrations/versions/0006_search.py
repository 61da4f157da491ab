"""What patients are found and sorted by."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("patients", sa.Column("folded", TEXT, server_default="", nullable=False))
    op.create_table(
        "patient_parts",
        sa.Column("part", TEXT, nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patients.id"],
            name=op.f("fk_patient_parts_patient_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("part", "patient_id", name=op.f("pk_patient_parts")),
    )
    op.create_index(op.f("ix_patient_parts_patient_id"), "patient_parts", ["patient_id"])
    _fill()
    op.drop_index(op.f("ix_patients_name"), "patients")
    op.create_index("ix_patients_list", "patients", ["archived", "folded", "id"])


def _fill() -> None:
    from posture.records.search import ends, fold

    patients = sa.table("patients", *map(sa.column, ("id", "name", "record_number", "folded")))
    parts = sa.table("patient_parts", sa.column("part"), sa.column("patient_id"))
    connection = op.get_bind()
    rows = connection.execute(
        sa.select(patients.c.id, patients.c.name, patients.c.record_number)
    ).all()
    for patient, name, number in rows:
        folded = fold(f"{name} {number}")
        connection.execute(patients.update().where(patients.c.id == patient).values(folded=folded))
        if found := ends(folded):
            connection.execute(
                parts.insert(), [{"part": part, "patient_id": patient} for part in sorted(found)]
            )
