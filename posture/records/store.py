"""The one way into the record. Each change is one transaction: it happens whole or not at all."""

from pathlib import Path
from typing import Self

from sqlalchemy import select

from posture.records.audit_reading import AuditTrail
from posture.records.backup_store import Backups
from posture.records.consents import Consents
from posture.records.database import Database, cause
from posture.records.drafts import Drafts
from posture.records.erasure import Erasure
from posture.records.keys import Keys
from posture.records.opening import open_database
from posture.records.patients import Patients
from posture.records.pending_writes import PendingWrites
from posture.records.photos import Photos
from posture.records.revisions import Revisions
from posture.records.roles import Actor, Right
from posture.records.secrets import Secrets
from posture.records.settings import Settings
from posture.records.shares import Shares
from posture.records.types import RecordError
from posture.records.users import Users
from posture.records.visits import Visits
from posture.records.write_errors import Trouble
from posture.words import Message


class Store:
    """The record of one practice, part by part, in one actor's name.

    What the actor's role forbids is refused, and noted on the audit trail.

    Parameters
    ----------
    database : Database
        The open database; :meth:`open` opens that of a data folder.
    """

    patients: Patients
    visits: Visits
    revisions: Revisions
    photos: Photos
    drafts: Drafts
    consents: Consents
    shares: Shares
    erasure: Erasure
    users: Users
    settings: Settings
    secrets: Secrets
    audit: AuditTrail
    backups: Backups

    def __init__(self, database: Database) -> None:
        self._db = database
        self.patients = Patients(database)
        self.visits = Visits(database)
        self.revisions = Revisions(database)
        self.photos = Photos(database)
        self.drafts = Drafts(database)
        self.consents = Consents(database)
        self.shares = Shares(database)
        self.erasure = Erasure(database)
        self.users = Users(database)
        self.settings = Settings(database)
        self.secrets = Secrets(database)
        self.audit = AuditTrail(database)
        self.backups = Backups(database)

    @classmethod
    def open(cls, home: Path, keys: Keys, pending: PendingWrites | None = None) -> Self:
        """Open the record of a data folder.

        Parameters
        ----------
        home : Path
            The data folder, made if missing.
        keys : Keys
            What its key file gave (see :class:`posture.records.keys.KeyFile`).
        pending : PendingWrites, optional
            What this process could not write when it had the record open before.

        Raises
        ------
        RecordError
            When the folder or the database cannot be opened.
        """
        return cls(open_database(home, keys, pending))

    @property
    def home(self) -> Path:
        """The data folder."""
        return self._db.home

    @property
    def actor(self) -> Actor:
        """The one in whose name the record is used."""
        return self._db.actor

    @property
    def embedded(self) -> bool:
        """Whether the database is the embedded one, not a clinic's server."""
        return self._db.embedded

    @property
    def trouble(self) -> Trouble | None:
        """Why nothing can be saved at the moment, as the last write showed; None where all is well.

        What was seen meanwhile waits in memory for the audit trail.
        """
        return self._db.pending.trouble

    @property
    def keys(self) -> Keys:
        """The keys that the record is encrypted under."""
        self._db.demand(Right.SECRETS, "keys")
        return self._db.keys

    @property
    def database(self) -> Database:
        """The database itself, for what serves the record and asks in no user's name."""
        self._db.demand(Right.SECRETS, "database")
        return self._db

    def acting_as(self, actor: Actor) -> "Store":
        """Return the same record in this actor's name: what the role forbids is refused."""
        return Store(self._db.acting_as(actor))

    def check_reachable(self) -> None:
        """Check that the database and the photos can be reached.

        Raises
        ------
        RecordError
            When one of them cannot.
        """
        with self._db.reading() as session:
            session.execute(select(1))
        try:
            self._db.files.reach()
        except OSError as error:
            raise RecordError(
                Message("The photos cannot be reached: {cause}.", cause=cause(error))
            ) from error

    def close(self) -> None:
        """Close the database, after another try to write what waits for it."""
        self._db.close()
