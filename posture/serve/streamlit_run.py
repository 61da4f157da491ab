"""What ``app.py`` is made of: the same gated dashboard, for a server that another program starts.

``streamlit run app.py`` reads the file's text for a call of ``streamlit.App``, and serves what it
gives with settings of its own. Here they are brought to those of ``posture app``.
"""

import logging
import socket
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st
import uvicorn
from streamlit import config
from streamlit.runtime.scriptrunner import get_script_run_ctx

from posture import logs
from posture.errors import PostureError
from posture.gate.options import Options, ServerError, is_loopback
from posture.hardening import no_core_dumps
from posture.records.home import data_folder
from posture.serve import log_limit
from posture.serve.connections import bounded
from posture.serve.server import SETTINGS, announce, largest_message, parts
from posture.words import t

HOW = (
    "With streamlit run: --server.address 127.0.0.1 for this computer alone; for others "
    "--server.sslCertFile and --server.sslKeyFile, and --browser.serverAddress with the name "
    "under which browsers ask. posture app --help lists the rest."
)

_begin = uvicorn.Server.startup


def arguments() -> dict[str, Any]:
    """Return what :class:`streamlit.App` takes, and see that its server keeps to our settings.

    Where Streamlit takes ``app.py`` for a page instead, the page says what to do.

    Raises
    ------
    SystemExit
        When the dashboard could not be served safely; in words.
    """
    if get_script_run_ctx(suppress_warning=True) is not None:
        st.error(
            t(
                "This version of Streamlit cannot start Plumbline this way. Close this page, "
                "stop the program, and start it with: posture app"
            )
        )
        st.stop()
    no_core_dumps()
    settings = {**SETTINGS, **logs.set_up()}
    hold = partial(_set, settings)
    hold()
    config.on_config_parsed(hold, force_connect=True)  # a settings file that changes is read anew
    home = data_folder()
    try:
        options = _options()
        taken = parts(home, options)
    except ServerError as error:
        raise SystemExit(f"{error}\n{HOW}") from None
    except PostureError as error:
        raise SystemExit(str(error)) from None

    async def startup(
        server: uvicorn.Server, sockets: Sequence[socket.socket] | None = None
    ) -> None:
        given = list(sockets or [server.config.bind_socket()])
        _demand_safe(options, given)
        _quiet(own_format=bool(settings.keys() - SETTINGS.keys()))
        announce(
            home, options, given[0].getsockname()[1],
            browser=bool(sockets) and not config.get_option("server.headless"),
        )  # fmt: skip
        await _begin(server, list(bounded(server.config, given, largest_message)))

    # Our application is imported by the server that is to serve it, which asks nobody for limits.
    uvicorn.Server.startup = startup  # type: ignore[method-assign, assignment]
    return taken


def _set(settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        config.set_option(name, value)


def _options() -> Options:
    """Return how the command line of Streamlit, or its settings, want the dashboard reached."""
    cert, key = config.get_option("server.sslCertFile"), config.get_option("server.sslKeyFile")
    named = config.is_manually_set("browser.serverAddress")
    return Options(
        host=config.get_option("server.address") or Options.host,
        port=config.get_option("server.port"),
        cert=Path(cert) if cert else None,
        key=Path(key) if key else None,
        names=(config.get_option("browser.serverAddress"),) if named else (),
    )


def _demand_safe(options: Options, sockets: Sequence[socket.socket]) -> None:
    """Refuse to listen for others, whatever the settings say, where this computer was meant."""
    inet = [one for one in sockets if one.family in (socket.AF_INET, socket.AF_INET6)]
    hosts = [one.getsockname()[0] for one in inet]
    strange = [host for host in hosts if not is_loopback(host)]
    if options.local and strange:
        for one in sockets:
            one.close()
        raise SystemExit(f"Listening on {strange[0]} lets others on the network read along.\n{HOW}")


def _quiet(*, own_format: bool) -> None:
    """Let the server log as under ``posture app``: no addresses, of which some are secrets."""
    log_limit.limit_all()
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        log = logging.getLogger(name)
        log.setLevel(logging.WARNING)
        if own_format:
            log.handlers.clear()
            log.propagate = True
