"""Every route that is served, one after the other: what anybody gets, and what needs a session."""

import http.client
import json
import re
import subprocess
import sys
from urllib.parse import urlsplit

from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

OPEN = {
    ("GET", "/gate/unlock"): {303},
    ("GET", "/gate/begin"): {303},
    ("POST", "/gate/unlock"): {401, 429},  # no passphrase was given, again and again
    ("POST", "/gate/begin"): {403},  # only at the first start
    ("POST", "/gate/lock"): {303},  # it ends what session there is
    ("GET", "/gate/state"): {200},
    ("GET", "/gate/static/style.css"): {200},
    ("GET", "/gate/static/tab.js"): {200},
    ("GET", "/gate/static/mend.js"): {200},
    ("GET", "/gate/static/none"): {404},
    ("GET", "/gate/static/../routes.py"): {404},
    ("GET", "/healthz"): {200},
    ("GET", "/readyz"): {200},
    ("GET", "/metrics"): {200},
    ("GET", "/gate/"): {404},
    ("GET", "/share/x"): {404},  # a token that was never given
    ("GET", "/gate%2Funlock"): {303},
    ("GET", "/gate/../_stcore/health"): {404},
}
"""What the gate answers to anybody, and how."""

LIST_ROUTES = """
import json, sys
from pathlib import Path
from posture.gate.routes import GateRoutes
from posture.gate.session_manager import session_manager_of
from posture.gate.options import Options
from posture.serve.server import gated
home = Path(sys.argv[1])
routes = gated(home, Options())._build_starlette_app().routes
routes += GateRoutes(session_manager_of(home), Options()).routes()
for route in routes:
    methods = getattr(route, "methods", None)
    kind = type(route).__name__
    print(json.dumps([kind, route.path, sorted(methods or []), ]))
"""

EXAMPLES = (
    "/", "/patients", "/patient", "/anything/else", "/favicon.png", "/static/js/index.js",
    "/static/media/x.woff2", "/media/0123456789abcdef.jpg", "/_stcore/bidi-components/x/y.js",
    "/component/x/index.html", "//gate/unlock", "/gate/../_stcore/health", "/gate%2Funlock",
    "/gate/static/style.css", "/gate/static/tab.js", "/gate/static/mend.js",
    "/gate/static/../routes.py", "/gate/static/none", "/GATE/unlock", "/gate", "/gate/",
    "/_stcore/health/../../gate/state", "/app/static/x",
)  # fmt: skip


def routes(home) -> list[tuple[str, str]]:
    """Return method and path of everything that the application serves."""
    lines = subprocess.run(
        [sys.executable, "-c", LIST_ROUTES, str(home)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    found = set()
    for kind, pattern, methods in map(json.loads, lines):
        path = re.sub(r"{\w+(:path)?}", "x", pattern)
        if "WebSocket" in kind:
            found.add(("WEBSOCKET", path))
        elif path:
            found.update((method, path) for method in methods)
    assert ("WEBSOCKET", "/_stcore/stream") in found
    assert ("PUT", "/_stcore/upload_file/x/x") in found
    assert ("GET", "/media/x") in found
    return sorted(found | {("GET", path) for path in EXAMPLES})


def answer(url: str, method: str, path: str, token: str | None) -> int:
    """Return the status that a request gets."""
    if method == "WEBSOCKET":
        cookie = {"cookie": f"posture={token}"} if token else {}
        try:
            with connect(
                url.replace("http", "ws") + path, origin=url, additional_headers=cookie,
                subprotocols=["streamlit"] if "stream" in path else None,
            ):  # fmt: skip
                return 101
        except InvalidStatus as error:
            return error.response.status_code
    host = urlsplit(url).netloc
    headers = {"host": host, "origin": url, "accept": "text/html"}
    line = http.client.HTTPConnection(host, timeout=30)  # sends the path as it is
    line.request(method, path, headers=headers | ({"cookie": f"posture={token}"} if token else {}))
    status = line.getresponse().status
    line.close()
    return status


def opened_to_anybody(method: str, path: str) -> set[int] | None:
    """Return the statuses that anybody may get; None where a session is needed."""
    return OPEN.get(("GET" if method == "HEAD" else method, path))
