"""The script that Streamlit runs. Beside it is no folder ``pages``, which Streamlit would serve."""

from posture.ui.dashboard import run

run()
