"""A clinic's sign-in, at a provider on another site, in a real browser."""

import pytest
from oidc_provider_mock import User, run_server_in_thread
from playwright.sync_api import expect
from support.serving import serving

from posture.records import Role
from posture.records.unlocking import record_access

pytestmark = pytest.mark.browser


def test_signing_in_elsewhere_leads_to_the_patients(browser, home, tmp_path):
    store = record_access(home).store()
    store.users.invite("ola@clinic.example", Role.OWNER)
    store.users.invite("reader@clinic.example", Role.READER)
    secret = tmp_path / "client_secret"
    secret.write_text("as agreed with the provider")
    people = [
        User(sub=name, claims={"email": f"{name}@clinic.example", "email_verified": True})
        for name in ("ola", "reader")
    ]
    with (
        run_server_in_thread(user_claims=people) as provider,
        serving(
            POSTURE_OIDC_ISSUER=f"http://localhost:{provider.server_port}",
            POSTURE_OIDC_CLIENT_ID="plumbline",
            POSTURE_OIDC_CLIENT_SECRET_FILE=str(secret),
        ) as url,
    ):
        for name, role in (("ola", "owner"), ("reader", "read-only")):
            page = browser.new_context(reduced_motion="reduce").new_page()
            page.goto(url)
            page.get_by_role("link", name="Sign in with").click()
            page.get_by_role("button", name=name).click()
            expect(page.get_by_text(f"{name}@clinic.example, {role}")).to_be_visible()
            expect(page.get_by_text("Add a patient")).to_have_count(int(role == "owner"))
            expect(page.get_by_role("link", name="Audit trail")).to_have_count(int(role == "owner"))
            page.get_by_role("button", name="Lock").click()
            expect(page.get_by_role("link", name="Sign in with")).to_be_visible()
