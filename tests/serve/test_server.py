import json
import os
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.web.server.app_discovery import discover_asgi_app
from support.samples import free_port

from posture.gate.options import Options, ServerError
from posture.serve.server import MAX_UPLOAD_MB, SETTINGS, serve

APP = Path(__file__).parents[2] / "app.py"
CONFIG = APP.parent / ".streamlit" / "config.toml"


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


def test_streamlit_finds_the_application_in_the_file():
    assert discover_asgi_app(APP).import_string == "app:app"


def test_where_streamlit_takes_it_for_a_page_the_page_says_what_to_do():
    page = AppTest.from_file(str(APP)).run(timeout=60)
    assert [error.value for error in page.error] == [
        "This version of Streamlit cannot start Plumbline this way. Close this page, stop the "
        "program, and start it with: posture app"
    ]
    assert not page.exception


@pytest.mark.parametrize(
    ("program", "settings"),
    [
        (["-m", "streamlit", "run", str(APP), "--server.address=0.0.0.0"], {}),
        (["-m", "streamlit", "run", str(APP)], {"STREAMLIT_SERVER_ADDRESS": "0.0.0.0"}),
        (["-m", "uvicorn", "--app-dir", str(APP.parent), "app:app", "--host", "0.0.0.0"], {}),
    ],
)
def test_others_are_not_served_without_tls_whoever_starts_it(program, settings, tmp_path):
    port = str(free_port())
    flag = ["--port", port] if "uvicorn" in program else [f"--server.port={port}"]
    environment = os.environ | {"HOME": str(tmp_path), "STREAMLIT_SERVER_HEADLESS": "true"}
    ended = subprocess.run(
        [sys.executable, *program, *flag], cwd=tmp_path, env=environment | settings, check=False,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "lets others on the network read the traffic" in ended.stderr
    assert "Traceback" not in ended.stderr


TELL = """
import json, sys
sys.path.insert(0, sys.argv[1])
from streamlit import config
from streamlit.web.bootstrap import load_config_options
flags = {"client_showErrorDetails": "full", "server_maxUploadSize": 9999}
load_config_options(flags)
import app
from posture.serve.server import SETTINGS
from starlette.formparsers import MultiPartParser
def held(): return all(config.get_option(name) == value for name, value in SETTINGS.items())
first = held()
load_config_options(flags)  # as when a settings file changes
print(json.dumps([first, held(), MultiPartParser.spool_max_size]))
"""


def test_the_settings_hold_from_any_folder_and_against_flags(tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", TELL, str(APP.parent)], cwd=tmp_path, check=True, text=True,
        capture_output=True, env=os.environ | {"HOME": str(tmp_path)},
    )  # fmt: skip
    assert json.loads(told.stdout) == [True, True, 2 * MAX_UPLOAD_MB * 2**20]
