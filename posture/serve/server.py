"""Serving the dashboard: the one place that starts Streamlit, with the gate in front of it."""

import os
import socket
import ssl
import sys
import threading
import time
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import Any

from posture import logs
from posture.files import reason
from posture.gate.options import Options, ServerError
from posture.words import Message

SCRIPT = Path(__file__).parents[1] / "entry.py"

MAX_UPLOAD_MB = 200

SETTINGS: dict[str, Any] = {
    # Nothing leaves the computer: no usage statistics, no look-up of the public address.
    "browser.gatherUsageStats": False,
    "server.maxUploadSize": MAX_UPLOAD_MB,
    "server.enableXsrfProtection": True,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    # At its first start, Streamlit asks for an e-mail address and sends it home.
    "server.showEmailPrompt": False,
    # Not after each run of a page: posture/serve/memory.py.
    "runner.postScriptGC": False,
    # An error page must not quote a patient's data.
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    "client.showSidebarNavigation": True,
    # No offer to install coding tools, if Streamlit finds some in the home folder.
    "logger.hideWelcomeMessage": True,
    # One theme, light and dark: every text has a contrast of at least 4.5 to 1.
    "theme.baseRadius": "0.4rem",
    "theme.baseFontSize": 17,
    "theme.paddingTop": "3.5rem",
    "theme.showWidgetBorder": True,
    "theme.light.primaryColor": "#0b6e6e",
    "theme.light.textColor": "#14181f",
    "theme.light.linkColor": "#0b6e6e",
    "theme.light.codeTextColor": "#0b6e6e",
    "theme.light.grayTextColor": "#4b5563",
    "theme.light.sidebar.backgroundColor": "#eef3f3",
    "theme.dark.primaryColor": "#0f8080",
    "theme.dark.backgroundColor": "#12161c",
    "theme.dark.secondaryBackgroundColor": "#1e262f",
    "theme.dark.textColor": "#f2f5f7",
    "theme.dark.linkColor": "#6ad0c8",
    "theme.dark.codeTextColor": "#6ad0c8",
    "theme.dark.grayTextColor": "#bac4cf",
    "theme.dark.sidebar.backgroundColor": "#191f27",
}


STREAM = "/_stcore/stream"  # Streamlit's own websocket
WATCH_BYTES = 4_096
PAGE_BYTES = 4 * 2**20
"""The largest message of a page's websocket, with its fields' content; uploads use HTTP."""


def gated(home: Path, options: Options) -> Any:
    """Return the dashboard on a data folder as an ASGI application, with the gate in front."""
    import streamlit as st

    return st.App(**parts(home, options))


def parts(home: Path, options: Options) -> dict[str, Any]:
    """Return the arguments of :class:`streamlit.App` for the gated dashboard on a data folder."""
    from starlette.formparsers import MultiPartParser
    from starlette.middleware import Middleware

    from posture.capture import channel
    from posture.gate.middleware import Gate
    from posture.gate.oidc import ProviderRoutes, provider_from_settings
    from posture.gate.routes import GateRoutes
    from posture.gate.session_manager import session_manager_of
    from posture.records import schedule
    from posture.records.home import passphrase_from_settings
    from posture.serve import health, memory
    from posture.ui.deferred import tell_failures
    from posture.ui.page_errors import tell
    from posture.ui.streamlit_fix import keep_answers

    keep_answers()
    os.environ["POSTURE_HOME"] = str(home)
    MultiPartParser.spool_max_size = 2 * MAX_UPLOAD_MB * 2**20  # no upload in a temporary file
    manager = session_manager_of(home)
    manager.stays_open = options.opens_itself
    if passphrase_from_settings() is not None:  # a service opens the record itself
        manager.stays_open = True
        manager.store()
    provider = provider_from_settings()
    if provider is not None:
        manager.stays_open = True
        manager.store()  # opens with the service's own passphrase, or raises
    schedule.start(manager.store)
    tell_failures()
    memory.start()
    gate_routes = (
        ProviderRoutes(manager, options, provider) if provider else GateRoutes(manager, options)
    )
    gate = Middleware(
        Gate, manager=manager, options=options, gate_routes=gate_routes, open_paths=health.PATHS
    )
    return {
        "script_path": SCRIPT,
        # Behind a proxy, every request seems to come from this computer.
        "routes": [
            *health.routes(manager.store, local=options.local and not options.behind_proxy),
            channel.route(manager),
        ],
        "middleware": [Middleware(health.RequestMetrics), gate],
        "lifespan": manager.lifespan,
        "on_script_error": tell,
    }


def largest_message(path: str) -> int:
    """Return the largest allowed websocket message on a path, in bytes."""
    from posture.capture.channel import LARGEST_MESSAGE, is_channel

    if is_channel(path):
        return LARGEST_MESSAGE
    return PAGE_BYTES if path == STREAM else WATCH_BYTES


def serve(home: Path, options: Options, *, browser: bool) -> None:
    """Serve the dashboard on a data folder until interrupted.

    Raises
    ------
    ServerError
        If the port is taken, or the TLS files cannot be used.
    """
    import uvicorn
    from streamlit.web import bootstrap

    from posture.serve import log_limit
    from posture.serve.connections import bounded

    listening = _bound(options.host, options.port)
    logging_settings = logs.set_up()
    flags = {
        **SETTINGS,
        **logging_settings,
        "server.address": options.host,
        "server.port": options.port,
        "server.headless": not browser,
    }
    bootstrap.load_config_options({name.replace(".", "_"): value for name, value in flags.items()})
    app = gated(home, options)
    config = uvicorn.Config(
        app,
        host=options.host,
        port=options.port,
        ssl_certfile=options.cert,
        ssl_keyfile=options.key,
        ws="websockets-sansio",
        proxy_headers=False,  # the gate handles a proxy in front
        server_header=False,
        access_log=False,
        log_level="warning",
        # A clinic with its own log format gets no lines in the server's format.
        log_config=None if logging_settings else uvicorn.config.LOGGING_CONFIG,
    )
    try:
        config.load()
    except ssl.SSLError as error:
        raise ServerError(
            Message(
                "{cert} and {key} are not a TLS certificate and its key ({reason}). Give both as "
                "PEM files.",
                cert=options.cert,
                key=options.key,
                reason=error.reason or error,
            )
        ) from None
    log_limit.limit_all()
    announce(home, options, options.port, browser=browser)
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        server.run(sockets=list(bounded(config, [listening], largest_message)))


def announce(home: Path, options: Options, port: int, *, browser: bool) -> None:
    """Print the dashboard's address, and open it in a browser as soon as it answers."""
    url = f"{'https' if options.cert else 'http'}://{_shown(options)}:{port}"
    sys.stderr.write(f"Plumbline's dashboard: {url}  (records in {home})\n")
    if browser:
        threading.Thread(target=_open_when_up, args=(url, options.host, port), daemon=True).start()


def _shown(options: Options) -> str:
    return "localhost" if options.local else next(iter(options.names), options.host)


def _open_when_up(url: str, host: str, port: int) -> None:
    for _ in range(150):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            if probe.connect_ex((host, port)) == 0:
                webbrowser.open(url)
                return
        time.sleep(0.2)


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    if sys.platform != "win32":  # there it would let two programs share a port
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except (OSError, UnicodeError) as error:  # the latter: an invalid host name
        bound.close()
        raise ServerError(
            Message(
                "The dashboard cannot listen on {host}:{port} ({reason}). It may be running "
                "already; choose another port with --port.",
                host=host,
                port=port,
                reason=reason(error),
            )
        ) from None
    return bound
