"""What anybody may ask, again and again, and that nothing grows by it."""

import http.client
import logging
from itertools import product
from urllib.parse import urlsplit

import httpx
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.testclient import TestClient
from support.route_walk import answer, routes
from support.samples import with_consent
from support.serving import Browser, serving

from posture.gate.rate_limit import MOST_KNOWN, RateLimit, address_of
from posture.records import PatientDetails, Scope
from posture.records.audit import Action
from posture.records.database import Database
from posture.records.shared_pages import Ended, SharedPages
from posture.records.tables import Base as Tables
from posture.records.unlocking import record_access
from posture.serve.health import RequestMetrics
from posture.serve.log_limit import MOST, LineLimit

PAGE = b"<!doctype html><p>Your posture</p>"


@pytest.fixture
def store(home):
    return record_access(home).store()


def rows(store) -> dict[str, int]:
    """Return how many rows each table has."""
    with store.database.reading() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table))
            for table in Tables.metadata.sorted_tables
        }


def shared(store) -> tuple[str, str]:
    """Return a patient's id and the token of a link to a page."""
    patient = with_consent(store, PatientDetails("Ada"), Scope.RECORD, Scope.SHARING)
    return patient, store.shares.add(patient, PAGE, "two visits", 1)


def test_no_route_lets_strangers_grow_the_record(home, served, store):
    _, token = shared(store)
    asks = [*routes(home), ("GET", f"/share/{token}"), ("GET", "/share/" + "x" * 43)]

    def ask_all():
        for method, path in asks:
            answer(served, method, path, None)
        return rows(store), sorted(file.name for file in home.rglob("*"))

    first = ask_all()
    for _ in range(3):
        assert ask_all() == first


@pytest.mark.parametrize("ended", [False, True])
def test_asking_for_a_link_again_is_told_once_and_counted(store, ended):
    patient, token = shared(store)
    [share] = store.shares.of(patient)
    if ended:
        store.shares.withdraw(share.id)
    before = rows(store)
    answers = {SharedPages(store).open(token) for _ in range(200)}
    assert answers == {Ended.WITHDRAWN if ended else PAGE}
    after = rows(store)
    assert after.pop("audit") == before.pop("audit") + 1
    assert after == before
    assert store.shares.of(patient)[0].opened == (0 if ended else 200)
    action = Action.REFUSED if ended else Action.SEEN
    assert store.audit.entries(action=action)[0].detail["share"] == share.id


def test_a_link_that_never_was_writes_nothing(store, monkeypatch):
    pages = SharedPages(store)
    monkeypatch.setattr(Database, "writing", lambda _: pytest.fail("it wrote"))
    assert pages.open("x" * 43) is None


def test_one_address_gets_so_many_answers_a_minute(served, store):
    _, token = shared(store)
    with httpx.Client(base_url=served) as anybody:
        got = [anybody.get(f"/share/{token}") for _ in range(70)]
    assert [one.status_code for one in got] == [200] * 60 + [429] * 10
    assert int(got[-1].headers["retry-after"]) == 60
    assert "Try again in a minute" in got[-1].text
    assert "style-src 'unsafe-inline'" in got[-1].headers["content-security-policy"]
    with Browser(served) as browser:
        assert browser.unlock().status_code == 303  # who works here is not held up


def test_behind_a_proxy_each_reader_has_a_rate_of_their_own(home, store):
    _, token = shared(store)
    with (
        serving("--behind-proxy", "--name", "clinic.example") as url,
        httpx.Client(base_url=url, headers={"host": "clinic.example"}) as proxy,
    ):

        def ask(forwarded: str) -> int:
            headers = {"x-forwarded-for": forwarded}
            return proxy.get(f"/share/{token}", headers=headers).status_code

        # Whatever the reader wrote before it, the proxy names its address last.
        one = [ask(f"10.0.0.{n}, 203.0.113.7") for n in range(61)]
        assert one == [200] * 60 + [429]
        assert ask("203.0.113.8") == 200


@pytest.mark.parametrize(
    ("client", "forwarded", "behind_proxy", "address"),
    [
        ("203.0.113.7", None, False, "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", False, "203.0.113.7"),  # anybody may write it
        ("10.0.0.2", "198.51.100.1", True, "198.51.100.1"),
        ("10.0.0.2", "1.2.3.4, 198.51.100.1", True, "198.51.100.1"),
        ("10.0.0.2", None, True, "10.0.0.2"),
        ("10.0.0.2", "x" * 10_000, True, "x" * 64),
        ("2001:db8:1:2:3:4:5:6", None, False, "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", None, False, "203.0.113.7"),
        (None, None, False, ""),
    ],
)
def test_who_asks(client, forwarded, behind_proxy, address):
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope = {"type": "http", "client": client and (client, 1), "headers": headers}
    assert address_of(scope, behind_proxy=behind_proxy) == address


def test_of_addresses_a_bounded_number_is_remembered():
    rate = RateLimit(1)
    assert all(rate.allows(str(n)) for n in range(3 * MOST_KNOWN))
    assert len(rate._asked) == MOST_KNOWN
    assert not rate.allows(str(3 * MOST_KNOWN - 1))


ODD = (
    "*", "http://127.0.0.1/gate/state", "gate/state", "//", "/%00", "/%ff%fe", "/static/%00",
    "/share/%00", "/media/%2e%2e/%00", "/\\x", "/" + "a" * 4000, "/?%00=%ff&tab=%00",
)  # fmt: skip


def test_no_odd_address_is_an_error_of_ours(served, sessions):
    for token in ("", sessions.begin(None, "test")):
        headers = {"origin": served, "cookie": f"posture={token}"}
        for method, target in product(("GET", "OPTIONS", "POST", "MADEUP"), ODD):
            line = http.client.HTTPConnection(urlsplit(served).netloc, timeout=30)
            line._validate_path = lambda _: None
            line.request(method, target, headers=headers)
            assert line.getresponse().status < 500, (method, target)
            line.close()


def test_metrics_tell_no_more_methods_apart_than_there_are():
    client = TestClient(RequestMetrics(Starlette()))
    for n in range(50):
        client.request(f"MADEUP{n}", "/")
    methods = {
        sample.labels["method"]
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if "method" in sample.labels
    }
    assert "other" in methods
    assert not any("MADEUP" in method for method in methods)


def test_one_kind_of_line_is_written_so_many_times_a_minute(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("posture.serve.log_limit.time.monotonic", lambda: now[0])
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    handler.addFilter(LineLimit())
    log = logging.getLogger("test.limited")
    log.handlers, log.propagate = [handler], False

    def broke(n: int) -> None:
        log.warning("connection %d broke", n)

    for n in range(1000):
        broke(n)
    log.warning("something else")
    assert len(lines) == MOST + 1
    assert lines[-1] == "something else"
    now[0] = 61.0
    broke(7)
    assert lines[-1] == f"connection 7 broke ({1000 - MOST} more like this were left out)"
