"""The pages behind links, as the gate gives them to whoever has a link."""

import time
from contextlib import suppress
from datetime import UTC
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update

from posture.records.audit import Action
from posture.records.clock import lies_ahead
from posture.records.consents import Scope, holding
from posture.records.file_encryption import DecryptionError, decrypt
from posture.records.roles import Actor, Role
from posture.records.rows import now
from posture.records.shares import associated_data
from posture.records.store import Store
from posture.records.tables import ShareRow
from posture.records.tokens import hash_of
from posture.records.types import RecordError
from posture.records.write_errors import NotWritableError
from posture.words import Message

HOLDER = Actor("who has the link", Role.READER)


class Ended(StrEnum):
    """Why a link that once opened does not any more."""

    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class SharedPages:
    """What the gate asks of the record when somebody comes with a link.

    Parameters
    ----------
    store : Store
        The open record.
    """

    def __init__(self, store: Store) -> None:
        self._db = store.database.acting_as(HOLDER)

    def open(self, token: str) -> bytes | Ended | None:
        """Return the page of a token; why it opens no more; or None where it never did.

        Asking again and again writes nothing more: anybody can, for ever.
        """
        with self._db.reading() as session:
            query = select(ShareRow).where(ShareRow.token_sha256 == hash_of(token))
            row = session.scalars(query).one_or_none()
            if row is None:
                return None
            consents = holding(session, row.patient_id, [Scope.SHARING])
        if lies_ahead(row.made_at.replace(tzinfo=UTC), now()):  # its end is as wrong
            self._db.log_access(
                Action.REFUSED, "link", row.patient_id, share=row.id, why=str(Ended.EXPIRED)
            )
            return Ended.EXPIRED
        expired = row.expires_at <= time.time()
        if row.withdrawn or expired or not consents or row.page is None or row.key is None:
            ended = Ended.EXPIRED if expired and not row.withdrawn else Ended.WITHDRAWN
            if row.page is not None:
                self._change(row.id, page=None, key=None)
            self._db.log_access(
                Action.REFUSED, "link", row.patient_id, share=row.id, why=str(ended)
            )
            return ended
        try:
            page = decrypt(row.page, associated_data(row.id), row.key, self._db.keys)
        except DecryptionError:
            raise RecordError(
                Message("The page of this link is damaged. Make a new link.")
            ) from None
        self._change(row.id, opened=ShareRow.opened + 1)
        self._db.log_access(Action.SEEN, "shared page", row.patient_id, share=row.id)
        return page

    def _change(self, share_id: str, **values: Any) -> None:
        with suppress(NotWritableError), self._db.writing() as session:
            session.execute(update(ShareRow).where(ShareRow.id == share_id).values(**values))
