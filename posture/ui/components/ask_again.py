"""A part of a page that is run again and again, for what goes on without the page."""

from importlib.resources import files

import streamlit as st

_ask_again = st.components.v2.component(
    "posture_ask_again",
    js=files("posture.ui.components").joinpath("ask_again.js").read_text(encoding="utf-8"),
)


def ask_again(key: str) -> None:
    """Run the fragment that this stands in again each second, as long as it stands there."""
    _ask_again(key=key, height=1, on_again_change=lambda: None)
