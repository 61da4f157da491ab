"""The application in ``app.py``: the same gated dashboard, served by ``streamlit run app.py``.

Streamlit looks in the file's text for a call of ``streamlit.App`` and serves its result with its
own settings. This module sets them to those of ``posture app``.
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

USAGE = (
    "With streamlit run: --server.address 127.0.0.1 for this computer only; for others, "
    "--server.sslCertFile and --server.sslKeyFile, and --browser.serverAddress with the name "
    "that browsers use. posture app --help lists all options."
)

_begin = uvicorn.Server.startup


def arguments() -> dict[str, Any]:
    """Return the arguments of :class:`streamlit.App`, and make its server keep to our settings.

    If Streamlit treats ``app.py`` as a page instead, the page says what to do.

    Raises
    ------
    SystemExit
        If the dashboard could not be served safely; it says why.
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
    config.on_config_parsed(
        hold, force_connect=True
    )  # a settings file is read again when it changes
    home = data_folder()
    try:
        options = _options()
        taken = parts(home, options)
    except ServerError as error:
        raise SystemExit(f"{error}\n{USAGE}") from None
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

    # The server that serves our application also imports it, and has no setting for our limits.
    uvicorn.Server.startup = startup  # type: ignore[method-assign, assignment]
    return taken


def _set(settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        config.set_option(name, value)


def _options() -> Options:
    """Return the options that Streamlit's command line or settings ask for."""
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
    """Refuse to listen on the network if the settings allow this computer only."""
    inet = [one for one in sockets if one.family in (socket.AF_INET, socket.AF_INET6)]
    hosts = [one.getsockname()[0] for one in inet]
    strange = [host for host in hosts if not is_loopback(host)]
    if options.local and strange:
        for one in sockets:
            one.close()
        raise SystemExit(
            f"Listening on {strange[0]} lets others on the network read the traffic.\n{USAGE}"
        )


def _quiet(*, own_format: bool) -> None:
    """Make the server log as ``posture app`` does: without addresses, some of which are secret."""
    log_limit.limit_all()
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        log = logging.getLogger(name)
        log.setLevel(logging.WARNING)
        if own_format:
            log.handlers.clear()
            log.propagate = True
