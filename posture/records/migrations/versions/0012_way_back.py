"""What was discarded can be had back for a day; which visits a link shows."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("drafts", sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("drafts", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("shares", sa.Column("visits", sa.JSON(), nullable=True))
