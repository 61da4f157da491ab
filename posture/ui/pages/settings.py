"""What a practice chooses for itself: language, letterhead, room, and its own findings."""

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st
from PIL import Image

from posture.errors import PhotoError
from posture.imaging.photo import decode_photo
from posture.imaging.scene import Setup
from posture.practice import protocols, settings
from posture.practice.settings import NO_MARKERS, Letterhead, Paper, Practice
from posture.practice.sot import (
    OWN_KINDS,
    OWN_SETTING,
    VocabularyError,
    own_fields,
    standard_vocabulary,
)  # fmt: skip
from posture.ranges import CAMERA_MM, POSTER_MM, WALL_MM
from posture.records import RecordError, Right, Store
from posture.refine.markers import HUES
from posture.ui import fields, session
from posture.ui.confirm import confirmed
from posture.ui.protocol_form import own_protocols
from posture.ui.words import LANGUAGES, t
from posture.words import Speech

LOGO_PX = 400
CM = 10.0  # mm in one


def page() -> None:
    """Show the practice's settings, and let them be changed."""
    st.title(t("Settings"))
    session.only(Right.MANAGE)
    store = session.store()
    now = settings.of(store.settings.get)
    _language_and_units(now)
    _letterhead(now)
    st.subheader(t("How photos are taken"))
    _usual_protocol(store, now)
    own_protocols(store, _save)
    _room(now)
    st.subheader(t("Customise the visit note"))
    st.write(t("Add options to the standard lists, one per line, and fields of your own."))
    own = store.settings.get(OWN_SETTING)
    _own_options(own, now)
    _new_field(own, now)
    _own_fields(own)
    st.caption(t("A removed field is still shown in the visits that use it."))


def _save(name: str, value: object) -> None:
    """Save a setting, and show the page with it."""
    try:
        session.store().settings.save(name, value)
    except RecordError as error:
        st.error(session.plain(t(error.message)), icon=":material/error:")
    else:
        for typed_in in ("set_", "own_"):
            fields.forget(typed_in)
        st.toast(t("Settings saved."))
        st.rerun()


def _save_practice(changed: Practice) -> None:
    _save(settings.SETTING, settings.to_json(changed))


def _language_and_units(now: Practice) -> None:
    st.subheader(t("Language and units"))
    one, two, three = st.columns(3)
    language = one.selectbox(
        t("Language"), list(LANGUAGES), list(LANGUAGES).index(now.speech.language),
        format_func=LANGUAGES.__getitem__, key="set_language",
    )  # fmt: skip
    units = {"mm": t("millimetres"), "in": t("inches")}
    lengths = two.selectbox(
        t("Unit of length"), list(units), list(units).index(now.speech.lengths),
        format_func=units.__getitem__, key=f"set_lengths.{now.speech.language}",
        help=t("Display only; lengths are stored and exported in mm."),
    )  # fmt: skip
    paper = three.selectbox(t("Paper"), list(Paper), list(Paper).index(now.paper), key="set_paper")
    spoken = Speech(language or "en", "in" if lengths == "in" else "mm")
    changed = replace(now, speech=spoken, paper=Paper(paper or Paper.A4))
    if changed != now:
        _save_practice(changed)


def _letterhead(now: Practice) -> None:
    st.subheader(t("Letterhead"))
    with st.form("letterhead"):
        name = fields.text(t("Name of the practice"), now.letterhead.name, key="set_name")
        address = fields.text(
            t("Address and telephone, one per line"), now.letterhead.address, large=True,
            key="set_address",
        )  # fmt: skip
        if now.letterhead.logo:
            st.image(now.letterhead.logo, width=120, alt=t("The logo"))
        picture = st.file_uploader(t("Logo (PNG or JPEG)"), ["png", "jpg", "jpeg"], key="set_logo")
        without = st.checkbox(t("Remove logo"), disabled=not now.letterhead.logo, key="no_logo")
        if st.form_submit_button(t("Save letterhead"), type="primary"):
            logo = None if without else now.letterhead.logo
            try:
                made = small_logo(picture.getvalue(), picture.name) if picture else logo
            except PhotoError as error:
                st.error(session.plain(t(error.message)), icon=":material/error:")
            else:
                _save_practice(replace(now, letterhead=Letterhead(name, address, made)))


def small_logo(data: bytes, name: str) -> bytes:
    """Return a picture as a small PNG, on white as paper is."""
    image = Image.fromarray(decode_photo(data, name, any_size=True).pixels)
    image.thumbnail((LOGO_PX, LOGO_PX))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _usual_protocol(store: Store, now: Practice) -> None:
    found = protocols.available(store.settings.get(protocols.SETTING))
    usual = store.settings.get(protocols.DEFAULT_SETTING) or found[0].key
    labels = {each.key: protocols.display_text(each, each.label) for each in found}
    chosen = st.selectbox(
        t("Protocol of a new visit"), list(labels),
        list(labels).index(usual) if usual in labels else 0,
        format_func=labels.__getitem__, key=f"set_protocol.{now.speech.language}",
    )  # fmt: skip
    if chosen and chosen != usual:
        _save(protocols.DEFAULT_SETTING, chosen)


def _room(now: Practice) -> None:
    """Show the form of markers, poster and distances."""
    with st.form("room"):
        colours = [*HUES, NO_MARKERS]
        markers = st.selectbox(
            t("Colour of the adhesive markers"), colours,
            colours.index(now.markers) if now.markers in colours else 0,
            format_func=t, key=f"set_markers.{now.speech.language}",
        )  # fmt: skip
        left, middle, right = st.columns(3, vertical_alignment="bottom")
        poster_mm = fields.number(
            t("Between the poster's centres (mm)"), now.setup.poster_mm, *POSTER_MM, place=left,
            needed=True, step=1.0, format="%g", key="set_poster",
        )  # fmt: skip
        wall_cm = fields.number(
            t("From the wall to the middle of the body (cm)"), now.setup.wall_mm / CM,
            WALL_MM.least / CM, WALL_MM.most / CM, place=middle,
            needed=True, step=1.0, format="%g", key="set_wall",
        )  # fmt: skip
        camera_cm = fields.number(
            t("From the camera to the body (cm)"),
            None if now.setup.camera_mm is None else now.setup.camera_mm / CM,
            CAMERA_MM.least / CM, CAMERA_MM.most / CM,
            place=right, step=5.0, format="%g", key="set_camera",
            placeholder=t("estimated from the lens data"),
        )  # fmt: skip
        st.caption(t("These apply to photos measured from now on; saved visits stay unchanged."))
        sent = st.form_submit_button(t("Save room set-up"), type="primary")
        if sent and any(entered.wrong for entered in (poster_mm, wall_cm, camera_cm)):
            st.error(t("Nothing was saved: see the fields above."))
        elif sent and poster_mm.value is not None and wall_cm.value is not None:
            camera = None if camera_cm.value is None else camera_cm.value * CM
            room = Setup(poster_mm.value, wall_cm.value * CM, camera)
            _save_practice(replace(now, markers=markers or NO_MARKERS, setup=room))


def _own_options(own: Mapping[str, Any], now: Practice) -> None:
    """Let options be added to the lists of the standard note."""
    lists = {each.key: each for each in standard_vocabulary() if each.options}
    key = st.selectbox(
        t("More options for"),
        list(lists),
        format_func=lambda k: t(lists[k].label),
        key=f"set_list.{now.speech.language}",
    )
    if not key:
        return
    more = "\n".join(own.get("options", {}).get(key, []))
    st.caption(", ".join(map(t, lists[key].options)))
    typed = fields.text(t("Own options, one per line"), more, large=True, key=f"set_options.{key}")
    options = list(dict.fromkeys(line.strip() for line in typed.splitlines() if line.strip()))
    if st.button(t("Save options"), type="primary", disabled="\n".join(options) == more):
        _save(OWN_SETTING, {**own, "options": {**own.get("options", {}), key: options}})


def _new_field(own: Mapping[str, Any], now: Practice) -> None:
    """Show the form of a new field.

    What was typed stays if it is refused; each field that is added gives the form a fresh start.
    """
    number = len(own.get("fields", []))
    with st.form("own_field", clear_on_submit=False):
        label, kind = st.columns([2, 1])
        words = fields.text(t("Name of a new field"), place=label, key=f"own_label.{number}")
        sort = kind.selectbox(
            t("Kind"),
            list(OWN_KINDS),
            format_func=lambda k: t(OWN_KINDS[k]),
            key=f"own_kind.{now.speech.language}",
        )
        choices = fields.text(t("Its options, separated by commas"), key=f"own_options.{number}")
        if st.form_submit_button(t("Add field")):
            field = {
                "label": words.strip(),
                "kind": sort,
                "options": [part.strip() for part in choices.split(",") if part.strip()],
            }
            new = {**own, "fields": [*own.get("fields", []), field]}
            try:
                own_fields(new)
            except VocabularyError as error:
                st.error(session.plain(t(error.message)), icon=":material/error:")
            else:
                _save(OWN_SETTING, new)


def _own_fields(own: Mapping[str, Any]) -> None:
    """Show the practice's own fields, to be removed."""
    for number, row in enumerate(own.get("fields", [])):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            kind = t(OWN_KINDS[row["kind"]])
            st.markdown(session.plain(f"{row['label']}: {kind} {', '.join(row['options'])}"))
            if confirmed(
                t("Remove"),
                t(
                    "The field will be removed from the note. Visits that use it keep it, and "
                    "still show it under its name."
                ),
                key=f"own_remove.{number}",
                confirm=t("Remove the field"),
            ):
                rest = [r for n, r in enumerate(own["fields"]) if n != number]
                _save(OWN_SETTING, {**own, "fields": rest})
