"""The browser tab that a run of a page belongs to."""

import streamlit as st

from posture.gate.middleware import TAB_HEADER


def name() -> str:
    """Return the random name that the gate's script gave the tab; empty if it gave none."""
    return st.context.headers.get(TAB_HEADER) or ""
