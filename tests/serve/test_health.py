"""What monitoring sees, and that it sees nothing of a patient."""

import asyncio
import json
import subprocess
import sys

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from support.samples import open_store

from posture.records import RecordError
from posture.serve.health import RequestMetrics, routes


async def patient_page(_request):
    return PlainTextResponse("Ada")


class Client:
    """Asks the routes as a server would."""

    def __init__(self, store, *, local=True) -> None:
        pages = [*routes(store, local=local), Route("/patients/{name}", patient_page)]
        self._app = RequestMetrics(Starlette(routes=pages))

    def get(self, path: str, authorization: str = "") -> tuple[int, str]:
        """Return the status and the body."""
        sent = []
        scope = {
            "type": "http", "method": "GET", "path": path, "query_string": b"", "root_path": "",
            "http_version": "1.1", "headers": [(b"authorization", authorization.encode())],
        }  # fmt: skip

        async def receive():
            return {"type": "http.request", "body": b""}

        async def send(message):
            sent.append(message)

        asyncio.run(self._app(scope, receive, send))
        return sent[0]["status"], b"".join(m.get("body", b"") for m in sent).decode()


def test_ready_means_that_database_and_photos_can_be_reached(home, monkeypatch):
    store = open_store(home)
    assert Client(lambda: store).get("/healthz") == (200, "alive")
    assert Client(lambda: store).get("/readyz") == (200, '{"ready":true}')

    def gone(*_):
        raise OSError("no route to the photos")

    monkeypatch.setattr(store.database.files._target, "exists", gone)
    assert Client(lambda: store).get("/readyz") == (503, '{"ready":false}')

    def locked():
        raise RecordError("locked")

    assert Client(locked).get("/readyz")[0] == 503
    assert Client(locked).get("/healthz")[0] == 200


def test_metrics_count_without_naming_and_need_a_token_from_outside(home, monkeypatch):
    store = open_store(home)
    asked = Client(lambda: store)
    asked.get("/patients/Ada-Secret")
    text = asked.get("/metrics")[1]
    assert 'plumbline_requests_total{kind="page",method="GET",status="200"}' in text
    assert "Secret" not in text
    outside = Client(lambda: store, local=False)
    assert outside.get("/metrics")[0] == 401
    monkeypatch.setenv("POSTURE_METRICS_TOKEN", "sesame")
    for given, status in (("", 401), ("Bearer wrong", 401), ("Bearer sesame", 200)):
        assert outside.get("/metrics", given)[0] == status


@pytest.mark.parametrize("thrower", ["posture.x", "streamlit.x", "other"])
def test_the_log_is_json_and_quotes_nobody(thrower):
    code = (
        "import logging, warnings; from posture.logs import set_up; settings = set_up()\n"
        "from streamlit.web.bootstrap import load_config_options\n"
        "load_config_options({k.replace('.', '_'): v for k, v in settings.items()})\n"
        "from streamlit.logger import get_logger\n"
        f"get = get_logger if {thrower!r}.startswith('streamlit') else logging.getLogger\n"
        f"log = get({thrower!r})\n"
        "log.warning('of %s', 'Ada Secret')\n"
        "try: raise ValueError('Ada Secret')\n"
        "except ValueError: log.exception('failed')\n"
        "warnings.warn('Ada Secret')\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={"POSTURE_LOG": "json"},
    )  # fmt: skip
    assert "Secret" not in run.stderr + run.stdout
    lines = [json.loads(line) for line in run.stderr.splitlines()]
    assert [line["logger"] for line in lines] == [thrower, thrower, "py.warnings"]
    assert lines[1]["error"] == "ValueError"
