"""The one door to the record. Each change is one transaction: it happens whole or not at all."""

from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from posture.files import make_private_folder, narrow
from posture.records.access import THIS_COMPUTER, Right, needs
from posture.records.audit_reading import TrailPart
from posture.records.backup_store import SafekeepingPart
from posture.records.base import cause
from posture.records.drafts import DraftsPart
from posture.records.engine import BEFORE, PATIENCE_S, open_engine
from posture.records.erasure import ErasurePart
from posture.records.file_store import open_target
from posture.records.home import DATABASE, database_address, photos_address
from posture.records.in_use import InUse
from posture.records.keys import FILE as KEY_FILE
from posture.records.keys import LINE, Keys
from posture.records.patients import PatientsPart
from posture.records.pending_writes import Waiting
from posture.records.photos import PicturesPart
from posture.records.sealed_files import SealedFiles
from posture.records.secrets import SecretsPart
from posture.records.shares import SharesPart
from posture.records.types import RecordError
from posture.records.users import UsersPart
from posture.records.visits import VisitsPart
from posture.records.write_errors import NotWritableError
from posture.records.write_queue import FILE as WRITERS
from posture.records.write_queue import write_queue
from posture.words import Message

MADE = (
    KEY_FILE,
    LINE,
    WRITERS,
    f"{DATABASE}*",
    "photos",
    "photos/*",
    BEFORE,
    f"{BEFORE}/*",
    "replaced-*",
)
"""What earlier versions may have made for others to read."""


class Store(
    DraftsPart,
    ErasurePart,
    PatientsPart,
    PicturesPart,
    SafekeepingPart,
    SecretsPart,
    SharesPart,
    TrailPart,
    UsersPart,
    VisitsPart,
):
    """Patients and their visits, in one data folder.

    Parameters
    ----------
    home : Path
        The data folder, made if missing.
    keys : Keys
        What its key file gave (see :class:`posture.records.keys.KeyFile`).
    waiting : Waiting, optional
        What this process could not write when it had the record open before.

    Raises
    ------
    RecordError
        When the folder or the database cannot be opened.
    """

    def __init__(self, home: Path, keys: Keys, waiting: Waiting | None = None) -> None:
        self.home = home
        self.actor = THIS_COMPUTER
        self._keys = keys
        self._looks = {}
        self._waiting = waiting if waiting is not None else Waiting()
        self._audit_key = keys.purpose("audit")
        try:
            make_private_folder(self.home)
            for pattern in MADE:
                for path in home.glob(pattern):
                    narrow(path)
            self._in_use = InUse(self.home)
        except OSError as error:
            raise self._not_opened(error) from error
        try:
            self._files = SealedFiles(open_target(photos_address(self.home)))
            self._engine = open_engine(self.home, keys)
            # A clinic's server has a line of its own.
            self._turns = (
                partial(write_queue(self.home).turn, PATIENCE_S) if self.embedded else nullcontext
            )
            self._know_keys()
            with suppress(NotWritableError):  # a later opening finds it writable again
                self._clear_killed_saves()
                self._scrub()
        except BaseException as error:
            self._in_use.close()
            if isinstance(error, (OSError, DBAPIError)):
                raise self._not_opened(error) from error
            raise

    def close(self) -> None:
        """Let go of the database, after another try to write what waits for it."""
        if self._waiting.looks or self._waiting.sessions or self._waiting.settings:
            with suppress(RecordError), self._writing():
                pass
        self._engine.dispose()
        self._in_use.close()

    @needs(Right.NONE)
    def check_reachable(self) -> None:
        """Raise :class:`RecordError` when the database or the photos cannot be reached."""
        with self._reading() as session:
            session.execute(select(1))
        try:
            self._files.reach()
        except OSError as error:
            raise RecordError(
                Message("The photos cannot be reached: {cause}.", cause=cause(error))
            ) from error

    def _know_keys(self) -> None:
        """Refuse keys that are not this record's: what they sealed nobody else could open."""
        mine = self._keys.purpose("recognition").hex()
        if self.secret("keys", lambda: mine) != mine:
            raise RecordError(
                Message(
                    "The keys in {home} are not those of this record. Put the clinic's key.json "
                    "in their place: every machine of a clinic has the same.",
                    home=self.home / "key.json",
                )
            )

    def _not_opened(self, error: Exception) -> RecordError:
        if "not a database" in str(error):
            return RecordError(
                Message(
                    "The database in {home} does not open with the keys of the key file beside "
                    "it, or its beginning is damaged. Put both back from a backup (posture "
                    "restore).",
                    home=self.home,
                )
            )
        if "malformed" in str(error):
            return RecordError(
                Message(
                    "The database in {home} is damaged or cut short: {cause}. Put it back from a "
                    "backup (posture restore).",
                    home=self.home,
                    cause=cause(error),
                )
            )
        if database_address():
            return RecordError(
                Message(
                    "The clinic's record cannot be opened: {cause}. Check that the database "
                    "(POSTURE_DATABASE_URL) and the place of the photos (POSTURE_PHOTOS_URL) can "
                    "be reached.",
                    cause=cause(error),
                )
            )
        return RecordError(
            Message(
                "The record in {home} cannot be opened: {cause}. Check that the folder can be "
                "written to and that no other program has locked it.",
                home=self.home,
                cause=cause(error),
            )
        )
