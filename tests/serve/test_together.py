"""The clinic's topology: two processes, PostgreSQL, S3, and the deployment's own proxy in front."""

import os
import shutil
import signal
import ssl
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
import s3fs
from support import servers
from support.samples import free_port, open_store, with_consent
from support.serving import Browser, serving
from support.waiting import until
from websockets.sync.client import connect

from posture.records import PatientDetails

DEPLOY = Path(__file__).parents[2] / "deploy"
NAME = "localhost"


@pytest.fixture
def clinic(home, tmp_path, monkeypatch):
    """Two processes' addresses, on one database and one bucket."""
    with ExitStack() as stack:
        address = stack.enter_context(servers.postgres())
        s3 = stack.enter_context(servers.s3())
        with psycopg.connect(address % "postgres", autocommit=True) as admin:
            admin.execute("CREATE DATABASE clinic")
        settings = {
            **servers.S3_KEYS,
            "AWS_ENDPOINT_URL": s3,
            "POSTURE_DATABASE_URL": address % "clinic",
            "POSTURE_PHOTOS_URL": "s3://photos/practice",
            "POSTURE_METRICS_TOKEN": "sesame",
            "POSTURE_LOG": "json",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        s3fs.S3FileSystem(skip_instance_cache=True).mkdir("photos")
        with_consent(open_store(home), PatientDetails("Ada Secret"))
        options = ("--behind-proxy", "--name", NAME)
        yield [stack.enter_context(serving(*options)) for _ in range(2)]


def test_a_session_of_one_process_holds_and_ends_in_the_other(clinic):
    one, other = map(Browser, clinic)
    for room in (one, other):  # as through the proxy, which speaks TLS
        room.headers["origin"] = f"https://{room.base_url.netloc.decode()}"
    assert all(room.get("/readyz").json() == {"ready": True} for room in (one, other))
    assert other.get("/").status_code == 401
    entered = one.unlock()
    assert entered.status_code == 303
    cookie = entered.headers["set-cookie"].split(";")[0]
    for room in (one, other):
        room.headers["cookie"] = cookie
        assert room.get("/").status_code == 200
    assert other.post("/gate/lock").status_code == 303
    # An answer is remembered for a second.
    until(lambda: one.get("/").status_code == 401, at_most_s=10)
    assert one.get("/metrics").status_code == 401
    metrics = one.get("/metrics", headers={"authorization": "Bearer sesame"})
    assert 'status="303"' in metrics.text
    assert "Secret" not in metrics.text


@contextmanager
def caddy(rooms: list[str], tmp_path: Path):
    """Run the deployment's proxy before these processes, on another port."""
    port = free_port()
    file = tmp_path / "Caddyfile"
    text = (DEPLOY / "Caddyfile").read_text()
    file.write_text(
        text.replace(
            "auto_https disable_redirects", "auto_https disable_redirects\n\tskip_install_trust"
        )
    )
    environment = os.environ | {
        "SITE": f"{NAME}:{port}", "STICKY": "x" * 16, "XDG_DATA_HOME": str(tmp_path / "caddy"),
        "ROOMS": " ".join(room.removeprefix("http://") for room in rooms),
    }  # fmt: skip
    command = ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]
    with (tmp_path / "caddy.log").open("w") as log:
        proxy = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    root = tmp_path / "caddy" / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    try:
        said = tmp_path / "caddy.log"
        until(lambda: root.exists() and "serving initial configuration" in said.read_text())
        trust = ssl.create_default_context(cafile=str(root))
        with Browser(f"https://{NAME}:{port}", verify=trust) as browser:
            until(lambda: browser.get("/").status_code < 500)  # the first round of health checks
        yield port, root
    finally:
        proxy.send_signal(signal.SIGTERM)
        proxy.wait()


@pytest.mark.skipif(shutil.which("caddy") is None, reason="needs Caddy (Debian's package caddy)")
def test_through_the_proxy_with_tls_and_websocket(clinic, tmp_path):
    with caddy(clinic, tmp_path) as (port, root):
        url = f"https://{NAME}:{port}"
        trust = ssl.create_default_context(cafile=str(root))
        browser = Browser(url, verify=trust)
        shut = browser.get("/")
        assert shut.status_code == 401
        assert "strict-transport-security" in shut.headers
        metrics = browser.get("/metrics", headers={"authorization": "Bearer sesame"})
        assert metrics.status_code == 404
        entered = browser.unlock()
        assert entered.status_code == 303
        session = entered.headers["set-cookie"]
        assert all(word in session for word in ("__Host-", "Secure", "HttpOnly", "SameSite=strict"))
        assert browser.get("/").status_code == 200
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        assert "plumbline_room" in cookies
        socket = f"wss://{NAME}:{port}/_stcore/stream"
        with connect(socket, ssl=trust, origin=url, additional_headers={"cookie": cookies},
                     subprotocols=["streamlit"]) as page:  # fmt: skip
            page.send(b"\x5a\x00")  # rerun: what a new page asks first
            assert page.recv(timeout=30)
