"""Every route that is served, asked without a session, with wrong ones, and with one that holds.

``pytest tests/gate/test_routes.py -s`` prints the table.
"""

import re
import time

import pytest
from sqlalchemy import update
from support.route_walk import answer, opened_to_anybody, routes
from support.serving import Browser

from posture.gate.pages import REVEAL
from posture.records.tables import SessionRow


def test_nothing_is_served_without_a_session_that_holds(home, served, sessions):
    tokens = {"none": None, "made up": "x" * 43}
    for name in ("idle too long", "too old", "ended", "good"):
        tokens[name] = sessions.begin(None, "test")
    found = {name: sessions.find(token) for name, token in tokens.items() if token}
    ids = {name: live.id for name, live in found.items() if live}
    hour_ago, day_ago = time.time() - 3600, time.time() - 86400
    with sessions._db.writing() as session:
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
        opened = opened_to_anybody(method, path)
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
        assert re.findall(r"<script.*?(?=</script>)", page.text, re.DOTALL) == [f"<script>{REVEAL}"]
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
