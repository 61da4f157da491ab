"""Every route that is served, asked without a session, with wrong ones, and with one that holds.

``pytest tests/gate/test_routes.py -s`` prints the table.
"""

import http.client
import json
import re
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest
from serving import Browser
from sqlalchemy import update
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from posture.records.models import SessionRow

OPEN = {
    ("GET", "/gate/unlock"): {303},
    ("GET", "/gate/begin"): {303},
    ("POST", "/gate/unlock"): {401, 429},  # no passphrase was given, again and again
    ("POST", "/gate/begin"): {403},  # only at the first start
    ("GET", "/gate/state"): {200},
    ("GET", "/gate/style.css"): {200},
    ("GET", "/gate/tab.js"): {200},
    ("GET", "/gate/mend.js"): {200},
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
from posture.gate.entrance import Entrance
from posture.gate.keeper import keeper_of
from posture.gate.options import Options
from posture.server import gated
home = Path(sys.argv[1])
routes = gated(home, Options())._build_starlette_app().routes
routes += Entrance(keeper_of(home), Options()).routes()
for route in routes:
    methods = getattr(route, "methods", None)
    kind = type(route).__name__
    print(json.dumps([kind, route.path, sorted(methods or []), ]))
"""

EXAMPLES = (
    "/", "/patients", "/patient", "/anything/else", "/favicon.png", "/static/js/index.js",
    "/static/media/x.woff2", "/media/0123456789abcdef.jpg", "/_stcore/bidi-components/x/y.js",
    "/component/x/index.html", "//gate/unlock", "/gate/../_stcore/health", "/gate%2Funlock",
    "/GATE/unlock", "/gate", "/gate/", "/_stcore/health/../../gate/state", "/app/static/x",
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


def test_nothing_is_served_without_a_session_that_holds(home, served, sessions):
    tokens = {"none": None, "made up": "x" * 43}
    for name in ("idle too long", "too old", "ended", "good"):
        tokens[name] = sessions.begin(None, "test")
    found = {name: sessions.find(token) for name, token in tokens.items() if token}
    ids = {name: live.id for name, live in found.items() if live}
    hour_ago, day_ago = time.time() - 3600, time.time() - 86400
    with sessions._writing() as session:
        for name, change in (
            ("idle too long", {"active_at": hour_ago}),
            ("too old", {"began_at": day_ago}),
        ):
            session.execute(update(SessionRow).where(SessionRow.id == ids[name]).values(change))
    sessions.end(ids["ended"])

    table = []
    for method, path in routes(home):
        if path == "/gate/lock" and method == "POST":
            continue  # ends the session; tested beside
        got = {name: answer(served, method, path, token) for name, token in tokens.items()}
        table.append((method, path, got))
    names = list(tokens)
    print(f"\n{'method':<10}{'path':<40}" + "".join(f"{name:<15}" for name in names))
    for method, path, got in table:
        print(f"{method:<10}{path:<40}" + "".join(f"{got[name]:<15}" for name in names))

    for method, path, got in table:
        opened = OPEN.get(("GET" if method == "HEAD" else method, path))
        if opened is not None:
            assert set(got.values()) <= opened, (method, path, got)
            continue
        assert {status for name, status in got.items() if name != "good"} == {401}, (method, path)
        assert got["good"] not in (401, 500), (method, path)
    assert len(table) > 40


def test_what_anybody_gets_tells_nothing(served):
    with Browser(served) as anybody:
        page = anybody.get("/patients")
        assert page.status_code == 401
        assert "The record is locked" in page.text
        assert "<script" not in page.text
        assert anybody.get("/gate/state").json() == {"inside": False}
        assert anybody.get("/_stcore/health").headers["cache-control"] == "no-store"
        assert (
            anybody.post("/gate/begin", data={"passphrase": "a", "again": "a"}).status_code == 403
        )


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/static/js/none.js", "/gate/state"])
def test_every_answer_is_protected(served, sessions, path):
    for token in (None, sessions.begin(None, "test")):
        with Browser(served, token) as browser:
            headers = browser.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-frame-options"] == "DENY"
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe-eval" not in policy.replace("wasm-unsafe-eval", "")
        assert "script-src 'unsafe-inline'" not in policy
        assert "http" not in policy
