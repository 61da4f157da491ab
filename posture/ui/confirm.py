"""Asks before something that cannot be undone."""

import streamlit as st

from posture.ui.words import t


def confirmed(
    label: str, happens: str, *, key: str, confirm: str = "", icon: str | None = None
) -> bool:
    """Show a button that says what will happen; return whether that was confirmed.

    Parameters
    ----------
    happens : str
        What will happen, in a sentence, and that it cannot be undone.
    confirm : str, optional
        The words of the button that does it; by default the label.
    """
    with st.popover(label, icon=icon, key=f"{key}.asked"):
        st.write(happens)
        return st.button(confirm or t("Yes: {what}", what=label), type="primary", key=key)
