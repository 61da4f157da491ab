"""Pages as somebody sees them whom the gate let in."""

import pytest

from posture.records import Actor, Role
from posture.records.sessions import OWNER, ActiveSession


@pytest.fixture(autouse=True)
def signed_in(monkeypatch):
    """Sign the owner in; the function given signs somebody else in."""

    def sign_in(role: Role | None) -> None:
        actor = OWNER if role is Role.OWNER else Actor(f"{role}@clinic.example", role)
        found = ActiveSession(f"session of {role}", actor) if role else None
        monkeypatch.setattr("posture.ui.session.live", lambda: found)

    sign_in(Role.OWNER)
    return sign_in
