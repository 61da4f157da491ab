"""Photos of one view on the screen, aligned with each other."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from posture.changes.align import Alignment, Homography, align, warp_to_common
from posture.errors import PostureError
from posture.imaging.photo import decode_photo
from posture.landmarks import View
from posture.present.overlay import shapes
from posture.records import StoredPhoto
from posture.ui import browser_images, session
from posture.ui.components.pair import Frame, show
from posture.ui.words import t

PAIR_SIDE, STRIP_SIDE = 1400, 700  # long sides of the pictures, in pixels

Named = tuple[str, StoredPhoto]
"""What a moment is called, and its photo."""


def show_pair(view: View, chosen: tuple[Named, Named], alike: list[Named]) -> None:
    """Show two aligned photos of a view, and all of them as a strip.

    Parameters
    ----------
    view : View
    chosen : two of (words, photo)
        Before and after.
    alike : list of (words, photo)
        All moments that have this view, in time order.
    """
    before, after = chosen
    key = f"pair.{view}.{before[1].id}.{after[1].id}"
    way = align((before[1].assessment, after[1].assessment), PAIR_SIDE)
    # The line under the pictures shows the progress, so that nothing moves.
    shown, told = st.container(), st.empty()

    def wait() -> None:
        told.caption(f":material/hourglass_top: {t('Aligning the photos ...')}")

    try:
        titles = (t("Before"), t("After"))
        pair = [
            _frame(f"{title}: {name}", photo, way, n, PAIR_SIDE, wait=wait)
            for n, (title, (name, photo)) in enumerate(zip(titles, chosen, strict=True))
        ]
        strip: list[Frame] = []
        state: Any = st.session_state.get(key)
        if state and state.get("strip") and len(alike) > 2:
            ways = align(tuple(photo.assessment for _, photo in alike), STRIP_SIDE)
            strip = [
                _frame(name, photo, ways, n, STRIP_SIDE, wait=wait)
                for n, (name, photo) in enumerate(alike)
            ]
    except PostureError as error:
        shown.error(session.plain(t(error.message)), icon=":material/broken_image:")
        told.empty()
        return
    with shown:
        show((pair[0], pair[1]), strip, visits=len(alike), aligned=way is not None, key=key)
    if way is None:
        why = t(
            "The two photos cannot be aligned: the ankles were not found in both. Place them, then "
            "compare again."
        )
        told.caption(f":material/info: {why}")
    else:
        by = t(way.basis.words)
        told.caption(t("Aligned at the ankles, by true vertical and {by}.", by=by))


def _frame(
    title: str,
    photo: StoredPhoto,
    way: Alignment | None,
    n: int,
    long_side: int,
    *,
    wait: Callable[[], None],
) -> Frame:
    """Return the nth picture of an alignment, or an unaligned one.

    ``wait`` is called before a picture has to be made.
    """
    found = photo.assessment
    if way is None:
        factor = min(1.0, long_side / max(found.image_size))
        to_picture = Homography.similarity(factor)
        size = (round(found.image_size[0] * factor), round(found.image_size[1] * factor))
    else:
        to_picture, size = way.to_picture[n], way.size

    def make() -> bytes:
        wait()
        pixels = decode_photo(session.store().photos.get(photo.id), found.photo).pixels
        return browser_images.jpeg(warp_to_common(pixels, to_picture, size), quality=85)

    data = browser_images.kept((found.photo_sha256, to_picture, size), make)
    view = t(str(found.view))
    return Frame(
        browser_images.address(data, f"compare.{long_side}.{n}"),
        title,
        t("Photo, {view} view: {title}", view=view, title=title),
        size,
        shapes(found),
        to_picture,
    )
