"""Photos removed from an unsaved visit: they can be put back for a day."""

import streamlit as st

from posture.errors import PostureError
from posture.records.drafts import DiscardedDraft
from posture.ui import session
from posture.ui.draft import Draft
from posture.ui.words import t

SHOWN = 10


def offers(draft: Draft) -> None:
    """Offer to put back photos removed from the patient's unsaved visits, unless they are here.

    The photos of a discarded visit are restored with it.
    """
    found = [
        one
        for one in session.store().drafts.discarded("visit.")
        if one.key.count(".") == 2
        and one.patient_id == draft.patient_id
        and one.key.rpartition(".")[2] not in draft.files
    ][:SHOWN]
    for one in found:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(session.plain(t("Removed: {name}", name=one.data.get("name", ""))))
            if st.button(t("Put back"), icon=":material/undo:", key=f"put_back.{one.key}"):
                _put_back(draft, one)


def _put_back(draft: Draft, found: DiscardedDraft) -> None:
    try:
        data = session.store().drafts.file(f"{found.key}.file", discarded=True)
        draft.restore_photo(found.data, data)
    except PostureError as error:
        draft.refuse(found.data.get("name", ""), error.message)
    st.rerun()
