"""Messages of an assessment with their values, so that each language can say them."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("assessments", sa.Column("said", sa.JSON(), nullable=True))
