"""The dashboard's entry, for ``streamlit run app.py``; ``posture app`` starts the same."""

from posture.ui.dashboard import run

run()
