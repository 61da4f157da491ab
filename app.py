"""The dashboard's entry, for ``streamlit run app.py``; ``posture app`` starts the same."""

import streamlit as st

from posture.serve.streamlit_run import arguments

app = st.App(**arguments())  # Streamlit reads this file for this very call
