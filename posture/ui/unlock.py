"""What stands before the pages while the record is shut: first passphrase, unlocking."""

import streamlit as st

from posture.errors import PostureError
from posture.records import Door, State, door_to
from posture.records.home import data_folder, passphrase_from_settings

SHOWN_ONCE = "recovery_key"


def ensure() -> None:
    """Return when the record is open; otherwise show what opens it and stop."""
    way_in = door_to(data_folder())
    if SHOWN_ONCE in st.session_state:
        _show_recovery_key()
    if way_in.state is State.OPEN or _opens_itself(way_in):
        return
    _, middle, _ = st.columns([1, 2, 1])
    with middle:
        if way_in.state is State.LOCKED:
            _unlock(way_in)
        else:
            _begin(way_in)
    st.stop()


def _opens_itself(way_in: Door) -> bool:
    try:
        if passphrase_from_settings() is None:
            return False
        way_in.store()
    except PostureError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()
    return True


def _unlock(way_in: Door) -> None:
    st.title("The record is locked")
    with st.form("unlock", clear_on_submit=True):
        secret = st.text_input(
            "Passphrase", type="password", help="The printed recovery key opens it too."
        )
        if st.form_submit_button("Unlock", type="primary", icon=":material/lock_open:"):
            try:
                with st.spinner("Opening ..."):
                    way_in.unlock(secret)
            except PostureError as error:
                st.error(str(error), icon=":material/error:")
            else:
                st.rerun()


def _begin(way_in: Door) -> None:
    st.title("Choose a passphrase")
    if way_in.state is State.PLAIN:
        st.info("The record that is here is not encrypted yet. It will be now; nothing is lost.")
    st.write(
        "Everything in the record is encrypted. The passphrase is asked for whenever the program "
        "is started, and nobody can open the record without it."
    )
    with st.form("begin"):
        passphrase = st.text_input("Passphrase", type="password")
        again = st.text_input("The same again", type="password")
        if not st.form_submit_button("Set passphrase", type="primary", icon=":material/lock:"):
            return
    if passphrase != again:
        st.error("The two are not the same.", icon=":material/error:")
        return
    try:
        with st.spinner("Encrypting ..."):
            st.session_state[SHOWN_ONCE] = way_in.begin(passphrase)
    except PostureError as error:
        st.error(str(error), icon=":material/error:")
    else:
        st.rerun()


def _show_recovery_key() -> None:
    key = st.session_state[SHOWN_ONCE]
    st.title("The recovery key")
    st.write(
        "It opens the record when the passphrase is forgotten. Print this page, or write the key "
        "down, and keep it where you keep contracts. It is shown this once."
    )
    st.code(key, language=None)
    if st.button("I have it on paper", type="primary"):
        del st.session_state[SHOWN_ONCE]
        st.rerun()
    st.stop()
