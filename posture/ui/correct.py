"""Correcting a saved visit: a form on the visit's page, and the revisions it has."""

from datetime import datetime
from typing import Any

import streamlit as st

from posture.assess import assess
from posture.assessment import Assessment
from posture.errors import PostureError
from posture.landmarks import ANATOMICAL, Landmark, Source, View
from posture.photo import decode_photo
from posture.placed import PLUMB_ENDS
from posture.records import Correction, Patient, RecordError, StoredPhoto, Visit
from posture.sot import Stage
from posture.ui import note, session
from posture.ui.components.marks import mark_points


def choose_revision(visit: Visit) -> Visit:
    """Show who changed the visit and why; return it as the chosen revision left it."""
    revisions = session.read(lambda: session.store().revisions(visit.id))
    if len(revisions) < 2:
        return visit
    words = {
        r.number: f"{r.made_at.astimezone():%Y-%m-%d %H:%M} · {r.made_by} · {r.reason or 'saved'}"
        for r in reversed(revisions)
    }
    chosen = st.selectbox(
        "Revisions of this visit", list(words), format_func=words.__getitem__, key="revision"
    )
    if chosen == visit.revision:
        return visit
    st.warning("This is an earlier revision, as it was before it was corrected.")
    return session.read(lambda: session.store().visit(visit.id, chosen))


def panel(person: Patient, visit: Visit) -> None:
    """Let the visit be corrected; what it says now stays as a revision."""
    begun = f"correct.{visit.id}"
    if begun not in st.session_state:
        if st.button("Correct this visit", icon=":material/edit_note:"):
            st.session_state[begun] = visit.revision
            st.rerun()
        return
    seen: int = st.session_state[begun]
    with st.container(border=True):
        st.subheader("Correction")
        if seen != visit.revision:
            st.warning("Somebody else changed this visit while you corrected it.")
            visit = session.read(lambda: session.store().visit(visit.id, seen))
        if st.button("Give up this correction", icon=":material/undo:"):
            del st.session_state[begun]
            st.rerun()
        _form(person, visit, begun)


def _form(person: Patient, visit: Visit, begun: str) -> None:
    key = f"{begun}.{visit.revision}"
    when, hour, who = st.columns([1, 1, 2])
    day = when.date_input("Date", visit.visited_at, format="YYYY-MM-DD", key=f"{key}.day")
    time = hour.time_input("Time", visit.visited_at, step=300, key=f"{key}.time")
    practitioner = who.text_input("Practitioner", visit.practitioner, key=f"{key}.who")
    assessments = _photos(person, visit, key)
    fields = note.vocabulary()
    edited = note.edit(fields, visit.notes, key=f"{key}.note")
    known = {field.key for field in fields}
    notes: dict[Stage, dict[str, Any]] = {}
    for stage, found in edited.items():
        before = visit.notes.get(stage, {})
        # What a vocabulary of another day wrote has no field here, and stays.
        whole = {k: v for k, v in before.items() if k not in known} | found
        if whole != before:
            notes[stage] = whole
    reason = st.text_input("Why is it corrected?", key=f"{key}.reason")
    if not st.button("Save correction", type="primary", icon=":material/save:"):
        return
    moment = datetime.combine(day, time)
    correction = Correction(
        reason,
        visited_at=moment if moment != visit.visited_at.replace(second=0) else None,
        practitioner=practitioner if practitioner != visit.practitioner else None,
        notes=notes,
        assessments=assessments,
    )
    try:
        session.store().correct_visit(visit.id, correction, seen=visit.revision)
    except RecordError as error:
        st.error(str(error), icon=":material/error:")
    else:
        st.session_state.pop("revision", None)
        del st.session_state[begun]
        st.toast("The correction is saved; what it corrects is kept.")
        st.rerun()


def _photos(person: Patient, visit: Visit, key: str) -> dict[str, Assessment]:
    """Let points of the photos be placed anew; return what was measured with them."""
    measured: dict[str, Assessment] = st.session_state.setdefault(f"{key}.measured", {})
    for photo in visit.photos:
        view = str(photo.assessment.view)
        if st.toggle(f"Measure the {view} photo again ({photo.stage.words.lower()})",
                     key=f"{key}.{photo.id}"):  # fmt: skip
            try:
                _measure(person, photo, measured, f"{key}.{photo.id}")
            except PostureError as error:
                st.error(str(error), icon=":material/error:")
        else:
            measured.pop(photo.id, None)
    return dict(measured)


def _measure(
    person: Patient, stored: StoredPhoto, measured: dict[str, Assessment], key: str
) -> None:
    before = stored.assessment
    views = tuple(View)
    index = views.index(before.view) if before.view else None
    view = st.selectbox("View", views, index, key=f"{key}.view")
    photo = decode_photo(session.store().photo(stored.id), before.photo)
    names = {PLUMB_ENDS[0]: "plumb line, top", PLUMB_ENDS[1]: "plumb line, bottom"}
    names |= {str(mark): mark.replace("_", " ") for mark in ANATOMICAL}
    points = before.pose.points if before.pose else {}
    placed = {str(m): (p.x, p.y) for m, p in points.items() if p.source is Source.PLACED}
    st.caption("A plumb line that was marked before has to be marked again.")
    marked = mark_points(photo, names, placed, key=f"{key}.marks")
    ends = [marked[end] for end in PLUMB_ENDS if end in marked]
    state = (view, tuple(sorted(marked.items())))
    if st.session_state.get(f"{key}.state") != state or stored.id not in measured:
        with st.spinner("Measuring again ..."):
            measured[stored.id] = assess(
                photo,
                view,
                height_cm=person.details.height_cm,
                points={Landmark(n): xy for n, xy in marked.items() if n not in PLUMB_ENDS},
                plumb_line=(ends[0], ends[1]) if len(ends) == len(PLUMB_ENDS) else None,
                **session.room(),
            )
        st.session_state[f"{key}.state"] = state
