"""Errors meant for people: what is wrong, with which file, what to do."""

from typing import Any

from posture.words import Message


class PostureError(Exception):
    """Base of every error that the program explains to its user.

    Parameters
    ----------
    message : Message
        What is wrong and what to do, for people: ``t(error.message)`` says it in their language.
    """

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


class PhotoError(PostureError):
    """A file that cannot be measured as a photo.

    Parameters
    ----------
    code : str
        What kind of refusal, for programs: ``empty``, ``not_an_image``, ``truncated``, ``video``,
        ``animated``, ``too_large``, ``too_small``, ``too_slow``, ``unsupported`` or
        ``unreadable``.
    message : Message
        What is wrong and what to do, for people.
    """

    def __init__(self, code: str, message: Message) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, self.message)


class ModelError(PostureError):
    """A model bundle that is missing, altered or unusable."""


class PointsError(PostureError):
    """Landmarks placed by hand that cannot be read."""


class FileError(PostureError):
    """A file that cannot be read, or cannot be written."""
