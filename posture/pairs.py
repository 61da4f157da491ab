"""Two photos of the record compared, with the photos themselves where they tell more."""

from collections.abc import Callable

from posture.compare import Change, compare
from posture.errors import PhotoError
from posture.imaging.photo import Photo, decode_photo
from posture.records import RecordError, StoredPhoto

Files = Callable[[str], bytes]
"""A photo's id in, its file out."""


def changes(
    before: StoredPhoto, after: StoredPhoto, files: Files, *, marked_anew: bool
) -> tuple[Change, ...]:
    """Return what changed between two photos of one view of one person.

    A photo that cannot be read tells nothing more: then their values alone are compared.
    """

    def photos() -> tuple[Photo, Photo]:
        one, other = (
            decode_photo(files(photo.id), photo.assessment.photo) for photo in (before, after)
        )
        return one, other

    try:
        return compare(before.assessment, after.assessment, photos, marked_anew=marked_anew)
    except (PhotoError, RecordError):
        return compare(before.assessment, after.assessment, marked_anew=marked_anew)
