"""Two photos of the record compared, with the photos themselves where they tell more."""

from collections.abc import Callable

from posture.compare import Change, compare
from posture.photo import decode_photo
from posture.records import StoredPhoto

Files = Callable[[str], bytes]
"""A photo's id in, its file out."""


def changes(before: StoredPhoto, after: StoredPhoto, files: Files) -> tuple[Change, ...]:
    """Return what changed between two photos of one view of one person."""
    pair = before, after
    return compare(
        before.assessment,
        after.assessment,
        lambda: (
            decode_photo(files(pair[0].id), pair[0].assessment.photo),
            decode_photo(files(pair[1].id), pair[1].assessment.photo),
        ),
    )
