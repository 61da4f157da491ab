"""How measurements, capture issues and pictures look on every page."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st

from posture.changes.better_view import standing_back
from posture.changes.compare import Change, Verdict
from posture.errors import PostureError
from posture.imaging.photo import decode_photo
from posture.imaging.photo import thumbnail as make_thumbnail
from posture.issues import CaptureIssue, Severity
from posture.landmarks import View
from posture.measuring.assessment import Assessment
from posture.measuring.take import Measurement, Unit
from posture.present import phrases
from posture.present.overlay import overlay
from posture.records import ImportedValue
from posture.ui import browser_images, session
from posture.ui.words import speech, t, tn

SKELETON_PX = 400  # about as high as the picture that comes in its place


def amount(value: float | None, unit: Unit) -> str:
    """Return an error's size with its unit, on one line."""
    return phrases.amount(value, unit).replace(" ", "\u00a0")


def repeats(measurement: Measurement) -> str:
    """Return how many photos a value is the mean of, and their spread."""
    if measurement.repeats == 1:
        return tn("1 photo", "{n} photos", n=1)
    spread = amount(measurement.spread, measurement.unit)
    return t("{n} photos, spread {spread}", n=measurement.repeats, spread=spread)


def measurements(assessment: Assessment) -> None:
    """Show the measured values as a table, and the missing ones with the reasons."""
    rows = [m for m in assessment.measurements if m.value is not None]
    if rows:
        columns = {
            t("Measure"): [t(m.label) for m in rows],
            t("Found"): [phrases.found(m) for m in rows],
            t("± SD"): [amount(m.sd, m.unit) for m in rows],
            t("Smallest real change"): [amount(m.mdc, m.unit) for m in rows],
        }
        if any(m.repeats > 1 for m in rows):
            columns[t("Mean of")] = [repeats(m) for m in rows]
        columns[t("How")] = [session.plain(phrases.how(m, assessment.view)) for m in rows]
        st.table(pd.DataFrame(columns), hide_index=True)
        st.caption(phrases.scene(assessment.scene))
    missing = [m for m in assessment.measurements if m.value is None]
    if missing and assessment.pose is not None:
        with st.expander(t("Not measured ({n})", n=len(missing))):
            for reason, names in _by_reason(missing).items():
                st.markdown(f"**{', '.join(map(t, names))}**: {t(reason)}")


def errors_explained() -> None:
    """Say what the errors mean: once, below the tables of :func:`measurements`."""
    st.caption(
        t(
            "The true value lies within ± 2 SD in 95% of cases. The smallest real change also "
            "allows for finding the points again."
        )
    )


def imported(values: tuple[ImportedValue, ...]) -> None:
    """Show imported values, apart from those measured here."""
    if not values:
        return
    st.subheader(t("Imported values"))
    st.table(
        pd.DataFrame(
            {
                t("Measure"): [t(value.measurement.label) for value in values],
                t("Value"): [phrases.found(value.measurement) for value in values],
                t("Taken"): [t(value.stage.words) for value in values],
                t("How"): [session.plain(phrases.method(value.method)) for value in values],
            }
        ),
        hide_index=True,
    )
    st.caption(
        t("Not measured here: their error is not known, so changes cannot be judged by them.")
    )


def _by_reason(missing: list[Measurement]) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for measurement in missing:
        reasons.setdefault(measurement.reason or "unknown", []).append(measurement.label)
    return reasons


def issues(found: tuple[CaptureIssue, ...]) -> None:
    """Show capture issues by severity."""
    for issue in found:
        words = session.plain(t(issue.message))
        if issue.photo:
            words = f"{session.plain(issue.photo)}: {words}"
        if issue.severity is Severity.ERROR:
            st.error(words, icon=":material/block:")
        elif issue.severity is Severity.WARNING:
            st.warning(words, icon=":material/warning:")
        else:
            st.caption(f":material/info: {words}")


def picture(
    assessment: Assessment,
    data: Callable[[], bytes],
    *,
    labels: bool = False,
    width: int | Literal["stretch"] = "stretch",
) -> None:
    """Show a photo with the measured lines, or say why it cannot be shown.

    ``data`` gives the photo file's bytes when they are needed.
    """
    key = _key(assessment, labels=labels)
    place: Any = st if browser_images.is_kept(key) else st.skeleton(height=SKELETON_PX)
    try:
        shown = browser_images.kept(key, lambda: _drawn(assessment, data(), labels=labels))
    except PostureError as error:
        place.error(session.plain(t(error.message)), icon=":material/broken_image:")
        return
    view = t(str(assessment.view or "unknown"))
    place.image(shown, width=width, alt=t("Photo, {view} view, with the measured lines", view=view))


def thumbnail(photo_id: str) -> None:
    """Show a small picture of a photo; omit one that cannot be read (its own page says why)."""
    with suppress(PostureError):
        made = session.store().photos.thumbnail(photo_id, partial(make_thumbnail, name="photo"))
        st.image(made, width=60, alt=t("The visit's first photo, small"))


def _key(assessment: Assessment, *, labels: bool) -> tuple[object, ...]:
    """Return what distinguishes a drawn photo from others."""
    figures = tuple((m.key, m.value) for m in assessment.measurements)
    return (
        assessment.photo_sha256, assessment.view, assessment.scene, figures, labels, speech()
    )  # fmt: skip


def _drawn(assessment: Assessment, data: bytes, *, labels: bool) -> bytes:
    """Return the picture as JPEG."""
    photo = decode_photo(data, assessment.photo)
    return browser_images.jpeg(
        overlay(photo.pixels, assessment, labels=labels), widest=browser_images.WIDEST
    )


Found = list[tuple[View, Change]]


def changes(found: Found) -> None:
    """Show a comparison of all views: changes first, the largest on top; the rest folded.

    A measure that another view shows better is folded, however much it differs.
    """
    found = sorted(found, key=lambda row: -row[1].in_errors)
    better = standing_back(found)
    back = [row for row in found if (row[0], row[1].key) in better]
    stated = [row for row in found if (row[0], row[1].key) not in better]
    by_verdict = {v: [row for row in stated if row[1].verdict is v] for v in Verdict}
    changed = by_verdict[Verdict.CHANGE]
    if changed:
        _change_table(changed)
    else:
        st.info(t("No change beyond the measuring error."))
    st.caption(
        t(
            "Only a difference larger than the smallest real change (the minimal detectable "
            "change, 95%) counts as a change."
        )
    )
    within = by_verdict[Verdict.WITHIN_ERROR]
    if within:
        with st.expander(t("Within measuring error ({n})", n=len(within))):
            _change_table(within)
    if back:
        with st.expander(t("Better seen in another view ({n})", n=len(back))):
            _change_table(back, better)
    rest = by_verdict[Verdict.NOT_COMPARABLE]
    if rest:
        with st.expander(t("Not comparable ({n})", n=len(rest))):
            for view, change in rest:
                name = f"{t(change.label)}, {t(str(view))}"
                st.markdown(f"**{name}**: {session.plain(phrases.why_not(change))}")


def _change_table(rows: Found, better: Mapping[tuple[View, str], View] | None = None) -> None:
    better = better or {}
    st.table(
        pd.DataFrame(
            {
                t("Measure"): [f"{t(c.label)}, {t(str(view))}" for view, c in rows],
                t("Difference"): [
                    _difference(c, view, better.get((view, c.key))) for view, c in rows
                ],
            }
        ),
        hide_index=True,
    )


def _difference(change: Change, view: View, better: View | None) -> str:
    words = phrases.difference(change)
    error = amount(change.mdc, change.unit)
    notes = "; ".join((f"±\u00a0{error}", session.plain(phrases.how(change, view))))
    if better is not None:
        notes = f"{phrases.better_in(better)}; {notes}"
    elif change.verdict is Verdict.CHANGE:
        words = f"**{words}**"
    both = phrases.both(change)
    return f"{words}{both and f': {both}'} :small[({notes})]"
