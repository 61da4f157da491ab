"""Coming in, going out, and what other sites' pages cannot make a browser do."""

import base64
import datetime as dt
import hashlib
import ipaddress
import re
import time

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import select, update
from starlette.testclient import TestClient
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from support.samples import PASSPHRASE, left_alone
from support.serving import Browser, serving
from support.waiting import until
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from posture.gate.middleware import Gate
from posture.gate.options import Options, ServerError
from posture.gate.routes import ENDED, GateRoutes
from posture.gate.session_manager import SessionManager
from posture.practice import settings
from posture.records.audit import Action
from posture.records.roles import Role
from posture.records.sessions import IDLE_SETTING, Sessions
from posture.records.tables import SessionRow
from posture.records.unlocking import LockState, record_access

HEX = "[0-9A-Z]{4}"


def inside(url: str, token: str, path: str = "/gate/watch", **options):
    """Open a websocket with a session."""
    return connect(
        url.replace("http", "ws") + path, origin=options.pop("origin", url),
        additional_headers={"cookie": f"posture={token}"}, **options,
    )  # fmt: skip


def closed(socket) -> int:
    """Return the code by which the gate closes a websocket."""
    try:
        for _ in range(1000):
            socket.recv(timeout=30)
    except ConnectionClosed as error:
        return error.rcvd.code
    raise AssertionError("the gate left it open")


def test_the_passphrase_opens_and_lock_ends_every_tab(home, served, sessions):
    with Browser(served) as browser:
        assert browser.unlock("not the passphrase").status_code == 401
        entered = browser.unlock()
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        cookie = entered.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "expires" not in cookie
        assert "max-age" not in cookie
        assert browser.get("/_stcore/health").text == "ok"
        token = browser.cookies["posture"]
        with (
            inside(served, token) as one_tab,
            inside(served, token, "/_stcore/stream", subprotocols=["streamlit"]) as its_stream,
            inside(served, token) as other_tab,
            inside(served, sessions.begin(None, "another browser")) as stranger,
        ):
            assert browser.post("/gate/lock").status_code == 303
            assert [closed(tab) for tab in (one_tab, its_stream, other_tab)] == [ENDED] * 3
            stranger.ping().wait(30)  # another browser's session goes on
    with Browser(served, token) as browser:
        assert browser.get("/").status_code == 401
    came_and_went = record_access(home).store().audit.entries(action=Action.SIGN_IN)
    assert [entry.what for entry in came_and_went] == ["ended", "begun", "begun"]


def test_wrong_passphrases_wait_longer_and_longer(served):
    with Browser(served) as browser:
        answers = [browser.unlock(f"wrong number {n}") for n in range(6)]
        assert answers[0].status_code == 401
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert "Try again in" in answers[-1].text
        assert browser.unlock().status_code == 429  # the right one waits, too


def test_what_an_interrupted_restoring_left_is_told_on_the_page(home):
    record_access(home).store()
    record_access(home).lock()
    (home / "restoring.to").write_bytes(b"")
    manager = SessionManager(record_access(home))
    gate_routes = GateRoutes(manager, Options())
    gate = Gate(_dashboard, manager=manager, options=Options(), gate_routes=gate_routes)
    browser = TestClient(gate, base_url="http://127.0.0.1:8501")
    page = browser.get("/", headers={"accept": "text/html"})
    assert page.status_code == 401
    assert "restoring.to cannot be read" in page.text


def test_the_first_start_sets_the_passphrase_and_shows_the_recovery_key_once(home):
    with serving(without=("POSTURE_PASSPHRASE_FILE",)) as url, Browser(url) as browser:
        assert "Choose a passphrase" in browser.get("/").text
        for one, again, why in (
            ("short", "short", "at least"),
            (PASSPHRASE, "other", "do not match"),
        ):
            refused = browser.post("/gate/begin", data={"passphrase": one, "again": again})
            assert refused.status_code == 401
            assert why in refused.text
        begun = browser.post("/gate/begin", data={"passphrase": PASSPHRASE, "again": PASSPHRASE})
        [key] = re.findall(rf"{HEX}(?:-{HEX})+", begun.text)
        assert browser.get("/_stcore/health").status_code == 200
        assert (
            browser.post(
                "/gate/begin", data={"passphrase": PASSPHRASE, "again": PASSPHRASE}
            ).status_code
            == 403
        )
        browser.post("/gate/lock")
        assert key not in browser.get("/").text
        assert browser.get("/_stcore/health").status_code == 401
        assert browser.unlock(key).status_code == 303  # the recovery key opens it, too


def test_the_gate_speaks_the_browsers_language_and_a_new_record_keeps_it(home):
    german, both = {"accept-language": "de-CH,de;q=0.9"}, {"passphrase": PASSPHRASE}
    with serving(without=("POSTURE_PASSPHRASE_FILE",)) as url, Browser(url) as browser:
        assert "Choose a passphrase" in browser.get("/").text
        page = browser.get("/", headers=german).text
        assert '<html lang="de">' in page
        assert "Wählen Sie einen Kennsatz" in page
        begun = browser.post("/gate/begin", data=both | {"again": PASSPHRASE}, headers=german)
        assert "Wiederherstellungsschlüssel" in begun.text
        assert settings.of(record_access(home).store().settings.get).speech.language == "de"
        with Browser(url) as other:  # while the record is open, its own choice is known
            assert "Die Akte ist gesperrt" in other.get("/").text
            assert "weder der Kennsatz" in other.unlock("not the passphrase").text
        browser.post("/gate/lock")
        assert "The record is locked" in browser.get("/").text


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80", ""])
def test_a_name_that_is_not_ours_is_not_answered(served, sessions, host):
    with Browser(served, sessions.begin(None, "test")) as browser:
        for path in ("/", "/gate/state", "/media/x"):
            assert browser.get(path, headers={"host": host}).status_code == 400


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "", "http://127.0.0.1:1", "https"]
)
def test_another_sites_page_cannot_act(served, sessions, origin):
    token = sessions.begin(None, "test")
    if origin == "https":  # this very name and port, as another program on it would answer
        origin = served.replace("http://", "https://")
    with Browser(served, token) as browser:
        for method, path in (
            ("POST", "/gate/unlock"), ("POST", "/gate/lock"), ("PUT", "/_stcore/upload_file/x/x"),
            ("DELETE", "/_stcore/upload_file/x/x"), ("POST", "/_stcore/agent/interact"),
        ):  # fmt: skip
            assert browser.request(method, path, headers={"origin": origin}).status_code == 403
        assert browser.get("/gate/state").json() == {"inside": True}
    for path in ("/gate/watch", "/_stcore/stream"):
        with (
            pytest.raises(InvalidStatus) as error,
            inside(served, token, path, origin=origin or None),
        ):
            pass
        assert error.value.response.status_code == 403


def test_nobody_at_work_is_locked_out_though_the_connection_is_alive(served, sessions):
    token = sessions.begin(None, "test")
    with inside(served, token) as tab, inside(served, token, "/_stcore/stream") as stream:
        tab.ping().wait(30)
        stream.ping().wait(30)
        before = at_work(sessions, token)
        with sessions._db.writing() as session:
            session.execute(update(SessionRow).values(active_at=before - 14 * 60))
        tab.send("at work")  # real work makes it hold for another quarter of an hour
        until(lambda: at_work(sessions, token) > before - 60)
        with sessions._db.writing() as session:
            session.execute(update(SessionRow).values(active_at=before - 16 * 60))
        assert [closed(tab), closed(stream)] == [ENDED, ENDED]
    with Browser(served, token) as browser:
        assert browser.get("/").status_code == 401


def at_work(sessions, token: str) -> float:
    with sessions._db.reading() as session:
        return session.get_one(SessionRow, sessions.find(token).id).active_at


def test_the_idle_time_is_the_practices(sessions):
    token = sessions.begin(None, "test")
    assert sessions.find(token)
    left_alone(sessions._db, 3)
    assert sessions.find(token)
    sessions._settings.save(IDLE_SETTING, 2)
    assert sessions.find(token) is None


def test_the_record_keeps_only_the_hash_of_a_cookie_and_its_session_is_the_owners(sessions):
    token = sessions.begin(None, "passphrase")
    assert sessions.find(token).actor.role is Role.OWNER
    with sessions._db.reading() as session:
        row = session.scalars(select(SessionRow)).one()
    assert token not in str(vars(row))
    assert row.token_sha256 == hashlib.sha256(token.encode()).hexdigest()


def test_an_upload_is_somebody_at_work(home):
    browser = at_the_gate(home, Options(opens_itself=True))
    browser.get("/", headers={"accept": "text/html"})
    sessions = Sessions(record_access(home).store())
    for method, works in (("GET", False), ("PUT", True)):
        left_alone(sessions._db, 10)
        before = at_work(sessions, browser.cookies["posture"])
        browser.request(method, "/x", headers={"origin": "http://127.0.0.1:8501"})
        assert (at_work(sessions, browser.cookies["posture"]) > before) is works


@pytest.mark.parametrize("stays_open", [True, False])
def test_with_the_last_session_the_keys_leave_unless_it_is_a_service(home, stays_open):
    manager = SessionManager(record_access(home))
    manager.store()
    manager.stays_open = stays_open
    live = manager.find(manager.begin(None, "test"))
    manager.end(live.id)
    assert (manager.access.state is LockState.OPEN) is stays_open


@pytest.mark.parametrize("column", ["active_at", "began_at"])
def test_a_session_from_the_future_does_not_hold(sessions, column):
    token = sessions.begin(None, "test")
    for ahead_s, holds in ((60, True), (4 * 365 * 86400, False)):  # begun with the clock ahead
        with sessions._db.writing() as session:
            session.execute(update(SessionRow).values({column: time.time() + ahead_s}))
        assert (sessions.find(token) is not None) is holds
        assert sessions.any_hold() is holds


def test_a_session_holds_in_every_process_and_ends_in_every_process(served, home):
    with serving() as other, Browser(served) as browser:
        browser.unlock()
        token = browser.cookies["posture"]
        with Browser(other, token) as elsewhere:
            assert elsewhere.get("/_stcore/health").status_code == 200
            with inside(other, token) as tab:
                browser.post("/gate/lock")
                assert closed(tab) == ENDED
            # What it remembers of sessions, it forgets after a second.
            until(lambda: elsewhere.get("/_stcore/health").status_code == 401, at_most_s=10)


def test_the_record_is_shut_when_the_last_session_ends(home):
    with serving(without=("POSTURE_PASSPHRASE_FILE",)) as url, Browser(url) as browser:
        browser.post("/gate/begin", data={"passphrase": PASSPHRASE, "again": PASSPHRASE})
        browser.post("/gate/lock")
        assert "The record is locked" in browser.get("/").text


def certificate(folder):
    """Write a certificate of this computer for an hour; return its and its key's file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    built = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now).not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(names, critical=False).sign(key, hashes.SHA256())
    )  # fmt: skip
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )  # fmt: skip
    return cert, secret


def test_under_tls_the_cookie_is_secure(home, tmp_path):
    cert, key = certificate(tmp_path)
    with (
        serving("--cert", str(cert), "--key", str(key)) as url,
        Browser(url, verify=False) as browser,
    ):
        entered = browser.unlock()
        cookie = entered.headers["set-cookie"]
        assert cookie.startswith("__Host-posture=")
        assert "secure" in cookie.lower()
        assert entered.headers["strict-transport-security"]
        assert browser.get("/_stcore/health").status_code == 200


def test_behind_a_proxy_only_its_names_are_answered(home):
    with serving("--behind-proxy", "--name", "clinic.example") as url:
        headers = {"host": "clinic.example", "origin": "https://clinic.example"}
        with httpx.Client(base_url=url, headers=headers) as proxy:
            entered = proxy.post("/gate/unlock", data={"passphrase": PASSPHRASE})
            assert entered.status_code == 303
            assert "secure" in entered.headers["set-cookie"].lower()
            headers["host"] = "other.example"
            assert proxy.get("/", headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"host": "0.0.0.0"}, "TLS"),
        ({"host": "192.168.1.5"}, "TLS"),
        ({"host": "::"}, "TLS"),
        ({"host": "clinic.example"}, "TLS"),
        ({"host": "0.0.0.0", "behind_proxy": True}, "name"),
        (
            {"host": "0.0.0.0", "behind_proxy": True, "names": ("x.com",), "opens_itself": True},
            "this computer only",
        ),
        ({"cert": "cert.pem"}, "must be given together"),
    ],
)  # fmt: skip
def test_what_is_not_safe_does_not_start(options, why):
    with pytest.raises(ServerError, match=why):
        Options(**options)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_this_computer_alone_needs_no_tls(host):
    assert Options(host=host).local


async def _dashboard(scope, _receive, send):
    """Stand for Streamlit behind the gate."""
    page = b"<html><head></head><script>one</script></html>"
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-type", b"text/html"), (b"etag", b"x")]})  # fmt: skip
    await send({"type": "http.response.body", "body": page[:20], "more_body": True})
    await send({"type": "http.response.body", "body": page[20:]})


def at_the_gate(home, options: Options, open_paths=()) -> httpx.Client:
    manager = SessionManager(record_access(home))
    manager.store()
    routes = GateRoutes(manager, options)
    gate = Gate(
        _dashboard, manager=manager, options=options, gate_routes=routes, open_paths=open_paths
    )
    return TestClient(gate, base_url="http://127.0.0.1:8501")


def test_the_sample_patients_open_themselves_but_through_the_gate(home):
    browser = at_the_gate(home, Options(opens_itself=True))
    assert browser.get("/media/x").status_code == 401  # only a page begins a session
    page = browser.get("/", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "posture" in browser.cookies
    assert browser.get("/media/x").status_code == 200


def test_a_page_gets_the_gates_script_and_its_own_are_allowed_by_their_hash(home):
    browser = at_the_gate(home, Options(opens_itself=True))
    page = browser.get("/", headers={"accept": "text/html", "accept-encoding": "gzip"})
    assert page.text.count("/gate/static/tab.js") == 1
    assert int(page.headers["content-length"]) == len(page.content)
    assert "etag" not in page.headers
    of_one = base64.b64encode(hashlib.sha256(b"one").digest()).decode()
    assert f"'sha256-{of_one}'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"data": {"passphrase": "x" * 16_000}}, 401),
        ({"data": {"passphrase": "x" * 17_000}}, 413),
        ({"content": iter([b"passphrase=" + b"x" * 9_000] * 2)}, 413),  # its length is not said
        ({"files": {"passphrase": b"x" * 17_000}}, 413),
        ({"files": {"passphrase": b"x"}}, 401),
        ({"content": b"a=1&" * 4_000}, 401),
        ({"content": b"--", "headers": {"content-type": "multipart/form-data"}}, 401),
        ({"content": b"{}", "headers": {"content-type": "application/json"}}, 401),
    ],
)
def test_a_form_that_is_none_or_too_large_opens_nothing(home, form, status):
    browser = at_the_gate(home, Options())
    form.setdefault("headers", {}).setdefault("origin", "http://127.0.0.1:8501")
    if "content" in form:
        form["headers"].setdefault("content-type", "application/x-www-form-urlencoded")
    assert browser.post("/gate/unlock", **form).status_code == status


def test_only_the_paths_named_need_no_session(home):
    browser = at_the_gate(home, Options(), open_paths={"/healthz"})
    assert browser.get("/healthz").status_code == 200
    for path in ("/healthz/", "/healthz/x", "/x/healthz", "/healthzz", "/"):
        assert browser.get(path).status_code == 401


def test_streamlit_forgets_a_tab_that_was_cut_after_two_minutes():
    storage = MemorySessionStorage()
    assert storage._cache.ttl == 120
