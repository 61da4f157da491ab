"""Why a record cannot be written, told from what the database or the system says."""

import errno
from enum import StrEnum
from typing import Any

from posture.records.types import RecordError
from posture.words import Message


class Trouble(StrEnum):
    """What keeps anything from being saved; the value says it for people."""

    FULL = "the disk is full"
    READ_ONLY = "the disk can only be read"
    FAILING = "the disk does not take what is written"


ERRNO = {
    errno.ENOSPC: Trouble.FULL,
    errno.EDQUOT: Trouble.FULL,
    errno.EFBIG: Trouble.FULL,
    errno.EROFS: Trouble.READ_ONLY,
    errno.EACCES: Trouble.READ_ONLY,
    errno.EPERM: Trouble.READ_ONLY,
    errno.EIO: Trouble.FAILING,
}
SQLITE = {
    "SQLITE_FULL": Trouble.FULL,
    "SQLITE_READONLY": Trouble.READ_ONLY,
    "SQLITE_CANTOPEN": Trouble.READ_ONLY,
    "SQLITE_IOERR": Trouble.FAILING,
}
SQLSTATE = {"53100": Trouble.FULL, "25006": Trouble.READ_ONLY, "58030": Trouble.FAILING}


class NotWritableError(RecordError):
    """Nothing can be saved at the moment; reading goes on."""

    def __init__(self, trouble: Trouble, message: Message) -> None:
        super().__init__(message)
        self.trouble = trouble


def not_writable(trouble: Trouble) -> NotWritableError:
    """Return what is said when something was to be saved."""
    return NotWritableError(
        trouble,
        Message(
            "It could not be saved: {trouble}. The record is unchanged and can be read. Fix the "
            "disk, then save again.",
            trouble=trouble,
        ),
    )


def trouble_of(error: BaseException) -> Trouble | None:
    """Return why nothing can be written, None where it is something else that went wrong."""
    if isinstance(error, NotWritableError):
        return error.trouble
    if isinstance(error, OSError):
        return ERRNO.get(error.errno or 0)
    behind: Any = getattr(error, "orig", None) or error
    if state := getattr(behind, "sqlstate", None):
        return SQLSTATE.get(state)
    name = str(getattr(behind, "sqlite_errorname", None) or "")
    return SQLITE.get("_".join(name.split("_")[:2]))
