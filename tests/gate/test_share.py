"""The way in by a link: no session, one page, clear words where it ended."""

import http.client
from urllib.parse import urlsplit

import pytest
from support.samples import with_consent
from support.serving import serving

from posture.records import PatientDetails, Scope
from posture.records.unlocking import record_access

PAGE = b"<!doctype html><title>x</title><p>Your posture</p>"


def asked(url: str, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    line.request("GET", path, headers=headers)
    answer = line.getresponse()
    body = answer.read().decode()
    line.close()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, body


@pytest.fixture
def store(home, served):
    return record_access(home).store()


def test_a_link_opens_one_page_and_nothing_else(served, store):
    patient = with_consent(store, PatientDetails("Ada"), Scope.RECORD, Scope.SHARING)
    token = store.shares.add(patient, PAGE, "two visits", 1)
    status, headers, body = asked(served, f"/share/{token}")
    assert (status, body) == (200, PAGE.decode())
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "script" not in headers["content-security-policy"]
    assert headers["x-robots-tag"] == "noindex"
    assert "set-cookie" not in headers
    for other in ("/", f"/share/{token}/x", f"/share/{token}x", f"/media/{token}"):
        status, _, body = asked(served, other, accept="text/html")
        assert status in (401, 404)
        assert "Ada" not in body

    [share] = store.shares.of(patient)
    store.shares.withdraw(share.id)
    status, _, body = asked(served, f"/share/{token}")
    assert status == 410
    assert "withdrawn" in body
    assert 'lang="de"' in asked(served, f"/share/{token}", **{"accept-language": "de-CH,en"})[2]


def test_a_link_to_a_closed_record_says_so(home):
    record_access(home).store()  # begun
    with serving(without=("POSTURE_PASSPHRASE_FILE",)) as url:
        status, headers, body = asked(url, "/share/" + "x" * 43)
    assert status == 503
    assert "closed at the moment" in body
    assert "style-src 'unsafe-inline'" in headers["content-security-policy"]
