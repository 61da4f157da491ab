"""Sign-in at a real OpenID Connect provider on loopback, and what each person may do then."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from oidc_provider_mock import User, run_server_in_thread
from support.samples import PASSPHRASE
from support.serving import Browser, serving

from posture.gate.oidc import provider_from_settings
from posture.gate.options import ServerError
from posture.records import NotAllowedError, PatientDetails, Role
from posture.records.audit import Action
from posture.records.sessions import Sessions
from posture.records.unlocking import record_access

PEOPLE = [
    User(sub="1", claims={"email": "Ola@clinic.example", "email_verified": True}),
    User(sub="2", claims={"email": "assistant@clinic.example", "email_verified": True}),
    User(sub="3", claims={"email": "stranger@clinic.example", "email_verified": True}),
    User(sub="4", claims={"email": "ola@clinic.example", "email_verified": False}),
    User(sub="5", claims={"email": "ola@clinic.example", "email_verified": True}),
]


@pytest.fixture(scope="module")
def provider():
    with run_server_in_thread(user_claims=PEOPLE) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def store(home):
    return record_access(home).store()


@pytest.fixture
def clinic(home, store, provider, tmp_path):
    """Serve a clinic's dashboard, to which an owner and an assistant are invited."""
    store.users.invite("ola@clinic.example", Role.OWNER)
    store.users.invite("assistant@clinic.example", Role.ASSISTANT)
    secret = tmp_path / "client_secret"
    secret.write_text("as agreed with the provider")
    with serving(
        POSTURE_OIDC_ISSUER=provider,
        POSTURE_OIDC_CLIENT_ID="plumbline",
        POSTURE_OIDC_CLIENT_SECRET_FILE=str(secret),
        POSTURE_OIDC_NAME="Clinic <account>",
    ) as url:
        yield url


def sign_in(browser: Browser, sub: str) -> httpx.Response:
    """Go to the provider, sign in there, and come back."""
    away = browser.get("/gate/signin")
    assert away.status_code == 302
    at_provider = httpx.post(away.headers["location"], data={"sub": sub})
    back = urlsplit(at_provider.headers["location"])
    return browser.get(f"{back.path}?{back.query}")


def test_an_invited_person_comes_in_with_the_invited_role(clinic, home, store):
    with Browser(clinic) as browser:
        assert "Sign in with Clinic &lt;account&gt;" in browser.get("/").text
        assert browser.unlock(PASSPHRASE).status_code == 404  # roles are not to be gone round
        come = sign_in(browser, "1")
        assert come.status_code == 200
        cookie = next(c for c in come.headers.get_list("set-cookie") if c.startswith("posture="))
        assert "samesite=strict" in cookie.lower()
        assert browser.get("/_stcore/health").status_code == 200
        live = Sessions(store).find(browser.cookies["posture"])
        assert (live.actor.name, live.actor.role) == ("ola@clinic.example", Role.OWNER)
        browser.post("/gate/lock")
        assert browser.get("/_stcore/health").status_code == 401
    assert store.audit.entries(action=Action.SIGN_IN)[0].actor == "ola@clinic.example"


def test_a_role_is_of_this_moment_and_holds_in_the_store(clinic, store):
    with Browser(clinic) as browser:
        sign_in(browser, "2")
        token = browser.cookies["posture"]
        actor = Sessions(store).find(token).actor
        assert actor.role is Role.ASSISTANT
        patient = store.acting_as(actor).patients.add(PatientDetails("Ada"))
        with pytest.raises(NotAllowedError):
            list(store.acting_as(actor).visits.export(patient))
        [assistant] = [user for user in store.users.all() if user.role is Role.ASSISTANT]
        assert assistant.has_signed_in
        store.users.change(assistant.id, role=Role.READER, active=True)
        assert Sessions(store).find(token).actor.role is Role.READER
        store.users.change(assistant.id, role=Role.READER, active=False)
        assert Sessions(store).find(token) is None
        assert sign_in(browser, "2").status_code == 403


@pytest.mark.parametrize("sub", ["3", "4"])
def test_who_is_not_invited_or_not_confirmed_stays_out(clinic, store, sub):
    with Browser(clinic) as browser:
        refused = sign_in(browser, sub)
        assert refused.status_code == 403
        assert "not invited" in refused.text
        assert "posture" not in browser.cookies
        for _ in range(3):
            sign_in(browser, sub)
    assert [one.what for one in store.audit.entries(action=Action.REFUSED)] == ["sign-in"]


def test_an_address_belongs_to_the_first_subject_that_came_with_it(clinic):
    with Browser(clinic) as first, Browser(clinic) as second:
        assert sign_in(first, "1").status_code == 200
        assert sign_in(second, "5").status_code == 403
        assert sign_in(first, "1").status_code == 200


def test_what_the_provider_did_not_send_us_for_is_refused(clinic):
    with Browser(clinic) as browser, Browser(clinic) as other:
        away = browser.get("/gate/signin")
        asked = parse_qs(urlsplit(away.headers["location"]).query)
        assert asked["code_challenge_method"] == ["S256"]
        assert asked["nonce"]
        back = urlsplit(httpx.post(away.headers["location"], data={"sub": "1"}).headers["location"])
        callback = f"{back.path}?{back.query}"
        assert other.get(callback).status_code == 401  # somebody else's browser
        assert browser.get("/gate/callback?code=x&state=y").status_code == 401
        assert browser.get("/gate/callback").status_code == 401
        assert browser.get("/gate/callback?error=access_denied").status_code == 401
        assert "posture" not in browser.cookies


def test_half_a_configuration_is_told(monkeypatch):
    monkeypatch.setenv("POSTURE_OIDC_ISSUER", "https://id.example")
    with pytest.raises(ServerError, match="POSTURE_OIDC_CLIENT_ID"):
        provider_from_settings()
