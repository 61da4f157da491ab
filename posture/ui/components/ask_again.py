"""A part of a page that is run again and again, for what goes on without the page."""

import streamlit as st

from posture.ui.components.scripts import script

_ask_again = st.components.v2.component(
    "posture_ask_again",
    js=script("ask_again.js"),
)


def ask_again(key: str) -> None:
    """Run the fragment that this stands in again each second, as long as it stands there."""
    _ask_again(key=key, height=1, on_again_change=lambda: None)
