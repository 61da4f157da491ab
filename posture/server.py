"""Serving the dashboard: the one place where Streamlit is started and its settings are made."""

import os
import socket
import sys
from pathlib import Path
from typing import Any

from posture.errors import PostureError

SCRIPT = Path(__file__).parent / "ui" / "dashboard.py"
LOOPBACK = ("127.0.0.1", "localhost", "::1")

SETTINGS: dict[str, Any] = {
    # Nothing leaves the machine: no usage statistics, no look-up of the public address.
    "browser.gatherUsageStats": False,
    "server.maxUploadSize": 200,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    # An error page must not quote a patient's data.
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    "client.showSidebarNavigation": True,
    "theme.primaryColor": "#0b6e6e",
    "theme.baseRadius": "0.4rem",
}


class ServerError(PostureError):
    """The dashboard cannot be served."""


def serve(home: Path, *, host: str, port: int, browser: bool) -> None:
    """Serve the dashboard on a data folder until interrupted.

    Raises
    ------
    ServerError
        When the port is taken.
    """
    from streamlit.web import bootstrap

    _check_free(host, port)
    os.environ["POSTURE_HOME"] = str(home)
    if host not in LOOPBACK:
        sys.stderr.write(
            f"Careful: the dashboard listens on {host}, and it has no sign-in yet. Everybody who "
            "reaches this address sees all patients.\n"
        )
    options = {
        **SETTINGS,
        "server.address": host,
        "server.port": port,
        "server.headless": not browser,
        "browser.serverAddress": "localhost" if host in LOOPBACK else host,
    }
    sys.stderr.write(f"Plumbline's dashboard: http://localhost:{port}  (records in {home})\n")
    flags = {name.replace(".", "_"): value for name, value in options.items()}
    bootstrap.load_config_options(flag_options=flags)
    bootstrap.run(str(SCRIPT), is_hello=False, args=[], flag_options=flags)


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServerError(
                f"The dashboard cannot listen on {host}:{port} ({error.strerror}). It may be "
                "running already; choose another port with --port."
            ) from None
