"""Serving the dashboard: the one place where Streamlit is started, with the gate in front of it."""

import os
import socket
import sys
import threading
import time
import webbrowser
from pathlib import Path
from typing import Any

from posture import logs
from posture.gate.options import Options, ServerError

SCRIPT = Path(__file__).with_name("entry.py")

MAX_UPLOAD_MB = 200

SETTINGS: dict[str, Any] = {
    # Nothing leaves the machine: no usage statistics, no look-up of the public address.
    "browser.gatherUsageStats": False,
    "server.maxUploadSize": MAX_UPLOAD_MB,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    # Not after each run of a page: posture/collecting.py.
    "runner.postScriptGC": False,
    # An error page must not quote a patient's data.
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    "client.showSidebarNavigation": True,
    # Nor an offer to install coding tools, where Streamlit finds some in the home folder.
    "logger.hideWelcomeMessage": True,
    # One theme, light and dark: each text on its ground has a contrast of 4.5 to 1 at least.
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


def gated(home: Path, options: Options) -> Any:
    """Return the dashboard on a data folder as an ASGI application, with the gate in front."""
    import streamlit as st
    from starlette.formparsers import MultiPartParser
    from starlette.middleware import Middleware

    from posture import collecting, health
    from posture.capture import channel
    from posture.gate.entrance import Entrance
    from posture.gate.guard import Gate
    from posture.gate.keeper import keeper_of
    from posture.gate.oidc import ProviderEntrance, provider_from_settings
    from posture.records import schedule
    from posture.records.home import passphrase_from_settings

    os.environ["POSTURE_HOME"] = str(home)
    MultiPartParser.spool_max_size = 2 * MAX_UPLOAD_MB * 2**20  # no upload in a temporary file
    keeper = keeper_of(home)
    keeper.keeps_open = options.opens_itself
    if passphrase_from_settings() is not None:  # a service: it opens the record itself
        keeper.keeps_open = True
        keeper.store()
    provider = provider_from_settings()
    if provider is not None:
        keeper.keeps_open = True
        keeper.store()  # opened by the service's own passphrase, or the reason why not
    schedule.start(keeper.store)
    collecting.start()
    entrance = (
        ProviderEntrance(keeper, options, provider) if provider else Entrance(keeper, options)
    )
    gate = Middleware(
        Gate, keeper=keeper, options=options, entrance=entrance, open_paths=health.PATHS
    )
    return st.App(
        SCRIPT,
        # Behind a proxy everybody seems to ask from this computer.
        routes=[
            *health.routes(keeper.store, local=options.local and not options.behind_proxy),
            channel.route(keeper),
        ],
        middleware=[Middleware(health.Counted), gate],
        lifespan=keeper.on_rounds,
    )


def serve(home: Path, options: Options, *, browser: bool) -> None:
    """Serve the dashboard on a data folder until interrupted.

    Raises
    ------
    ServerError
        When the port is taken.
    """
    import uvicorn
    from streamlit.web import bootstrap

    _check_free(options.host, options.port)
    logging_settings = logs.set_up()
    flags = {
        **SETTINGS,
        **logging_settings,
        "server.address": options.host,
        "server.port": options.port,
        "server.headless": not browser,
        "server.enableXsrfProtection": True,
    }
    bootstrap.load_config_options({name.replace(".", "_"): value for name, value in flags.items()})
    app = gated(home, options)
    url = f"{'https' if options.cert else 'http'}://{_shown(options)}:{options.port}"
    sys.stderr.write(f"Plumbline's dashboard: {url}  (records in {home})\n")
    if browser:
        threading.Thread(target=_open_when_up, args=(url, options), daemon=True).start()
    uvicorn.run(
        app,
        host=options.host,
        port=options.port,
        ssl_certfile=options.cert,
        ssl_keyfile=options.key,
        ws="websockets-sansio",
        ws_max_size=MAX_UPLOAD_MB * 2**20,
        proxy_headers=False,  # nothing here asks who is behind a proxy
        server_header=False,
        access_log=False,
        log_level="warning",
        # With a log of its own, a clinic gets no lines in the server's format.
        log_config=None if logging_settings else uvicorn.config.LOGGING_CONFIG,
    )


def _shown(options: Options) -> str:
    return "localhost" if options.local else next(iter(options.names), options.host)


def _open_when_up(url: str, options: Options) -> None:
    for _ in range(150):
        with socket.socket(socket.AF_INET6 if ":" in options.host else socket.AF_INET) as probe:
            if probe.connect_ex((options.host, options.port)) == 0:
                webbrowser.open(url)
                return
        time.sleep(0.2)


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
