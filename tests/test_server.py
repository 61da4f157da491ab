import socket
import tomllib
from pathlib import Path

import pytest

from posture.gate.options import Options, ServerError
from posture.server import SETTINGS, serve

CONFIG = Path(__file__).parents[1] / ".streamlit" / "config.toml"


def test_streamlit_run_gets_the_same_settings():
    config = tomllib.loads(CONFIG.read_text(encoding="utf-8"))

    def flattened(table, prefix=""):
        for name, value in table.items():
            if isinstance(value, dict):
                yield from flattened(value, f"{prefix}{name}.")
            else:
                yield f"{prefix}{name}", value

    flat = dict(flattened(config))
    assert flat == {**SETTINGS, "server.address": "127.0.0.1"}
    assert flat["browser.gatherUsageStats"] is False


def test_a_taken_port_is_told(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ServerError, match="--port"):
            serve(tmp_path, Options(port=taken.getsockname()[1]), browser=False)
