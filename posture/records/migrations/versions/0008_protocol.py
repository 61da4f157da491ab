"""The protocol by which a visit's photos were taken."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("visits", sa.Column("protocol", sa.JSON(), nullable=True))
