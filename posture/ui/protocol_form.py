"""A practice's own protocols: added, changed and removed on the Settings page."""

from collections.abc import Callable
from uuid import uuid4

import streamlit as st

from posture.landmarks import View
from posture.practice.protocols import (
    MOST_REPEATS,
    SETTING,
    Protocol,
    ProtocolError,
    available,
    display_text,
    from_json,
    to_json,
)
from posture.records import Store
from posture.ui import fields
from posture.ui.confirm import confirmed
from posture.ui.words import t

Save = Callable[[str, object], None]


def own_protocols(store: Store, save: Save) -> None:
    """Show the form of the practice's own protocols; ``save`` saves a setting."""
    own = list(store.settings.get(SETTING))
    mine = {row["key"] for row in own}
    found = {protocol.key: protocol for protocol in available(own)}
    with st.expander(t("Own protocols ({n})", n=len(own))):
        st.caption(t("Saved visits keep the protocol they were taken with, as it was that day."))
        key = st.selectbox(
            t("Start from"), list(found), key="protocol_base",
            format_func=lambda key: display_text(found[key], found[key].label),
        )  # fmt: skip
        base = found[key]
        is_own = base.key in mine
        with st.form(f"protocol.{key}"):
            made, wrong = _fields(base, is_own=is_own)
            words = t("Save this protocol") if is_own else t("Add as own protocol")
            sent = st.form_submit_button(words, type="primary")
            if sent and wrong:
                st.error(t("Nothing was saved: see the fields above."))
            elif sent:
                try:
                    protocol = to_json(from_json(made))
                except ProtocolError as error:
                    fields.say(error.message)
                else:
                    fields.forget("protocol.")
                    others = [row for row in own if row["key"] != protocol["key"]]
                    save(SETTING, [*others, protocol])
        if is_own and confirmed(
            t("Remove this protocol"),
            t("It can no longer be chosen and will be deleted. Saved visits keep it."),
            key="protocol_remove",
            confirm=t("Remove permanently"),
            icon=":material/delete:",
        ):
            save(SETTING, [row for row in own if row["key"] != base.key])


def _fields(base: Protocol, *, is_own: bool) -> tuple[dict[str, object], bool]:
    """Show the form's fields, initially a protocol's; return them, and whether any is wrong."""
    at = f"protocol.{base.key}"
    label = fields.text(t("Name"), base.label if is_own else "", key=f"{at}.name")
    views = st.multiselect(
        t("Views, in their order"), list(View), base.views,
        format_func=lambda view: t(view).capitalize(),
    )  # fmt: skip
    one, two, three = st.columns(3)
    numbers = (
        fields.number(
            t("Photos per view"), base.repeats, 1, MOST_REPEATS, place=one, needed=True,
            key=f"{at}.repeats",
        ),
        fields.number(
            t("Camera distance (m)"), base.distance_m, 0.5, 20.0, place=two, needed=True,
            step=0.1, key=f"{at}.distance",
        ),
        fields.number(
            t("Lens above the floor (cm)"), base.camera_height_cm, 0.0, 300.0, place=three,
            needed=True, key=f"{at}.height",
        ),
    )  # fmt: skip
    repeats, distance, height = (entered.value for entered in numbers)
    stand_again = st.checkbox(
        t("The patient steps away and stands again between the photos of a view"),
        base.stand_again,
        help=t(
            "Their spread then includes how the patient's stance varies; otherwise they are a "
            "burst of about a second."
        ),
    )
    clothing = fields.text(t("Clothing"), display_text(base, base.clothing), key=f"{at}.clothing")
    stance = fields.text(t("Stance"), display_text(base, base.stance), key=f"{at}.stance")
    return {
        "key": base.key if is_own else f"own-{uuid4().hex[:8]}",
        "label": label.strip(),
        "views": views,
        "repeats": repeats,
        "distance_m": distance,
        "camera_height_cm": height,
        "clothing": clothing.strip(),
        "stance": stance.strip(),
        "stand_again": stand_again,
    }, any(entered.wrong for entered in numbers)
