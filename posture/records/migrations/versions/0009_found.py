"""What the program found where a point was placed by hand or rejected."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("assessments", sa.Column("found", sa.JSON(), nullable=True))
