"""Correcting a saved visit: a form on the visit's page, and the revisions it has."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from posture.measuring.amend import PointChange, point_changes
from posture.practice.sot import Stage
from posture.present import phrases
from posture.records import Correction, Patient, RecordError, Revision, StoredPhoto, Visit
from posture.records.rows import local_now
from posture.records.validation import wrong_moment
from posture.ui import correction_store, fields, note_form, point_editing, session
from posture.ui.words import t, time_words


def choose_revision(visit: Visit) -> Visit:
    """Show who changed the visit and why; return the chosen revision."""
    revisions = session.store().revisions.of(visit.id)
    if len(revisions) < 2:
        return visit
    words = {
        r.number: " · ".join((_when(r), t(r.made_by), r.reason or t("saved")))
        for r in reversed(revisions)
    }
    chosen = st.selectbox(
        t("Revisions of this visit"), list(words), format_func=words.__getitem__, key="revision"
    )
    if chosen == visit.revision:
        return visit
    st.warning(t("This is an earlier revision, from before it was corrected."))
    return session.store().visits.get(visit.id, chosen)


def panel(visit: Visit) -> None:
    """Let the visit be corrected; the present version stays as a revision."""
    begun = f"correct.{visit.id}"
    if begun not in st.session_state:
        row = correction_store.begun_correction(session.store(), _kept_as(visit), visit.patient_id)
        if row is not None:
            st.session_state[begun] = row["seen"]
        else:
            with st.container(horizontal=True):
                if st.button(t("Correct this visit"), icon=":material/edit_note:"):
                    st.session_state[begun] = visit.revision
                    st.rerun()
                offer_back(_kept_as(visit), visit.patient_id)
            return
    seen: int = st.session_state[begun]
    with st.container(border=True):
        st.subheader(t("Correction"))
        if seen != visit.revision:
            st.warning(t("Somebody else changed this visit while you corrected it."))
            visit = session.store().visits.get(visit.id, seen)
        if st.button(t("Discard correction"), icon=":material/undo:"):
            correction_store.discard_correction(session.store(), _kept_as(visit), visit.patient_id)
            _end(begun)
            st.toast(t("Discarded. You can restore it for a day."))
            st.rerun()
        _form(visit, begun)


def _form(visit: Visit, begun: str) -> None:
    key = f"{begun}.{visit.revision}"
    row = _begun_with(visit, key)
    at = datetime.fromisoformat(row["visited_at"])
    when, hour, who = st.columns([1, 1, 2])
    day = fields.day(t("Date"), at.date(), place=when, key=f"{key}.day")
    time = hour.time_input(t("Time"), at, step=300, key=f"{key}.time")
    practitioner = fields.text(
        t("Practitioner"), row["practitioner"], place=who, key=f"{key}.who"
    )  # fmt: skip
    vocabulary = note_form.vocabulary()
    so_far = {**visit.notes, **{Stage(name): found for name, found in row["notes"].items()}}
    form = note_form.edit(vocabulary, so_far, key=f"{key}.note")
    edited = form.notes
    known = {field.key for field in vocabulary}
    notes: dict[Stage, dict[str, Any]] = {}
    for stage, found in edited.items():
        before = visit.notes.get(stage, {})
        # Findings from an earlier vocabulary have no field here, and stay.
        whole = {k: v for k, v in before.items() if k not in known} | found
        if whole != before:
            notes[stage] = whole
    reason = fields.text(t("Reason for correction"), row["reason"], key=f"{key}.reason")
    moment = datetime.combine(day.value or at.date(), time)
    _store(visit, key, _as_kept(visit, moment, practitioner, notes, reason))
    same = moment == visit.visited_at.replace(second=0)
    born = session.store().patients.get(visit.patient_id).details.date_of_birth
    wrong = [
        day.wrong or (day.value is None and t("The visit needs its date.")),
        not same and wrong_moment(moment, local_now(), born),
        *form.wrong,
        not reason.strip() and t("A correction needs a reason."),
    ]
    stands = [t(why) for why in wrong if why]
    if stands:
        st.caption(":material/info: " + session.plain(" ".join(stands)))
    if not st.button(
        t("Save correction"), type="primary", icon=":material/save:", disabled=bool(stands)
    ):
        return
    correction = Correction(
        reason,
        visited_at=None if same else moment,
        practitioner=practitioner if practitioner != visit.practitioner else None,
        notes=notes,
    )
    try:
        draft = correction_store.correction_key(_kept_as(visit))
        session.store().revisions.correct(visit.id, correction, seen=visit.revision, draft=draft)
    except RecordError as error:
        st.error(session.plain(t(error.message)), icon=":material/error:")
    else:
        st.session_state.pop("revision", None)
        _end(begun)
        st.toast(t("Correction saved; the previous version is kept."))
        st.rerun()


def _kept_as(visit: Visit) -> str:
    return f"note.{visit.id}"


def _as_kept(
    visit: Visit, moment: datetime, practitioner: str, notes: dict[Stage, Any], reason: str
) -> dict[str, Any]:
    return {
        "seen": visit.revision,
        "visited_at": moment.isoformat(),
        "practitioner": practitioner,
        "notes": {str(stage): found for stage, found in notes.items()},
        "reason": reason,
    }


def _begun_with(visit: Visit, key: str) -> dict[str, Any]:
    """Return the initial values of the form: the visit's, or those typed and not saved.

    They stay the same while the form is shown: a field with another initial value is drawn anew.
    """
    if f"{key}.reason" not in st.session_state:
        as_it_is = _as_kept(visit, visit.visited_at.replace(second=0), visit.practitioner, {}, "")
        found = correction_store.begun_correction(
            session.store(), _kept_as(visit), visit.patient_id
        )
        row = {name: found[name] for name in as_it_is} if found else as_it_is
        st.session_state[f"{key}.first"] = st.session_state[f"{key}.kept"] = row
    first: dict[str, Any] = st.session_state[f"{key}.first"]
    return first


def _store(visit: Visit, key: str, row: dict[str, Any]) -> None:
    if st.session_state[f"{key}.kept"] != row:
        correction_store.store_correction(session.store(), _kept_as(visit), row, visit.patient_id)
        st.session_state[f"{key}.kept"] = row


def _end(begun: str) -> None:
    fields.forget(begun)
    del st.session_state[begun]


def offer_back(what: str, patient_id: str, then: Callable[[], None] = st.rerun) -> None:
    """Offer to restore the latest discarded correction, then call ``then``."""
    found = session.store().drafts.discarded(f"{what}.")
    if found and st.button(
        t("Restore the discarded correction"), icon=":material/restore:", key=f"restore.{what}"
    ):
        correction_store.restore_correction(session.store(), what, found[0], patient_id)
        then()


def points_buttons(person: Patient, visit: Visit, shown: StoredPhoto) -> None:
    """Offer to correct the points of each photo of this stage and view."""
    alike = [
        photo
        for photo in visit.photos
        if (photo.stage, photo.assessment.view) == (shown.stage, shown.assessment.view)
    ]
    with st.container(horizontal=True):
        for number, photo in enumerate(alike, 1):
            text = t("Correct points")
            if len(alike) > 1:
                text = t("Correct points, photo {n}", n=number)
            lay = partial(point_editing.edit_saved_photo, person, visit, photo)
            if st.button(text, icon=":material/ads_click:", key=f"points.{photo.id}"):
                lay()
            offer_back(f"points.{photo.id}", person.id, lay)


def moved_points(visit: Visit) -> None:
    """Show which points of the photos were changed by hand, by whom and when."""
    revisions = session.store().revisions.of(visit.id)
    rows = []
    before: dict[str, StoredPhoto] = {}
    for revision in revisions[: visit.revision]:
        then = visit if revision.number == visit.revision else _at(visit, revision)
        for photo in then.photos:
            was = before.get(photo.id)
            found = point_changes(was.assessment if was else None, photo.assessment)
            rows += [_row(revision, photo, move) for move in found]
        before = {photo.id: photo for photo in then.photos}
    if rows:
        with st.expander(t("Points changed by hand ({n})", n=len(rows))):
            st.table(pd.DataFrame(rows), hide_index=True)


def _when(revision: Revision) -> str:
    return time_words(revision.made_at.astimezone())


def _at(visit: Visit, revision: Revision) -> Visit:
    return session.store().visits.get(visit.id, revision.number)


def _row(revision: Revision, photo: StoredPhoto, move: PointChange) -> dict[str, str]:
    mm = photo.assessment.scene.mm_per_px
    far = ""
    if move.px is not None:
        far = phrases.amount(move.px * mm, "mm") if mm else f"{move.px:.0f} px"
    return {
        t("Point"): phrases.point(move.landmark),
        t("View"): t(str(photo.assessment.view)),
        t("What"): t(move.what.value),
        t("By how much"): far,
        t("Who"): session.plain(t(revision.made_by)),
        t("When"): _when(revision),
    }
