"""Runs a part of a page again and again, for work that goes on in the background."""

import streamlit as st

from posture.ui.components.scripts import script

_ask_again = st.components.v2.component(
    "posture_ask_again",
    js=script("ask_again.js"),
)


def ask_again(key: str) -> None:
    """Run the enclosing fragment again each second, as long as this is on the page."""
    _ask_again(key=key, height=1, on_again_change=lambda: None)
