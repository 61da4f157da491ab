"""A gate to knock at."""

import pytest
from support.serving import serving

from posture.records.sessions import Sessions
from posture.records.unlocking import record_access


@pytest.fixture
def served(home):
    """Serve this test's record, begun already, and return the address."""
    record_access(home).store()
    with serving() as url:
        yield url


@pytest.fixture
def sessions(home) -> Sessions:
    """Return the record's sessions, as another process sees them."""
    return Sessions(record_access(home).store())
