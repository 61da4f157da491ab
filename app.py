"""The dashboard's entry, for ``streamlit run app.py``; ``posture app`` starts the same."""

from posture.gate.options import Options
from posture.records.home import data_folder
from posture.server import gated

app = gated(data_folder(), Options())  # on this computer only: .streamlit/config.toml
