"""Rows of the audit trail from before it had a key are sealed, and the moment is put on the trail.

Their chain was made with an empty key, which anybody can make. A row made with the record's key
over the last of them holds them fast: from then on a change shows.
"""

from alembic import context, op
from sqlalchemy.orm import Session

from posture.records.audit import sign_earlier

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    key = context.config.attributes.get("audit_key")
    with Session(op.get_bind(), join_transaction_mode="create_savepoint") as session:
        sign_earlier(session, key)
        session.commit()
