"""What wheels carry: found in their bytes, and told once its makers' care has ended."""

from datetime import date

import pytest

from posture.records import bundled_libraries
from posture.records.bundled_libraries import ENDED, OPENSSL, Carried, carried, no_longer_mended


@pytest.mark.parametrize(
    ("written", "version"),
    [
        (b"\0OpenSSL 1.1.1k  FIPS 25 Mar 2021\0", b"1.1.1k"),
        (b"\0OpenSSL 3.6.0 1 Oct 2025\0", b"3.6.0"),
        (b"\0OpenSSL 1.0.2u-fips  20 Dec 2019\0", None),
        (b"see OpenSSL 3.0 for more", None),
    ],
)
def test_a_copy_says_its_version_in_its_bytes(written, version):
    found = OPENSSL.search(written)
    assert (found and found[1]) == version


def test_the_wheels_of_this_environment_are_looked_through():
    wheels = {one.wheel.split()[0] for one in carried()}
    assert {"cryptography", "sqlcipher3"} <= wheels  # both encrypt with a copy of their own
    for one in carried():
        assert (one.ended is not None) == (".".join(one.library.split()[1].split(".")[:2]) in ENDED)


def test_only_what_is_past_its_end_is_told(monkeypatch):
    end = ENDED["1.1"]
    old, new = Carried("a 1.0", "OpenSSL 1.1.1k", end), Carried("b 1.0", "OpenSSL 9.9.9", None)
    monkeypatch.setattr(bundled_libraries, "carried", lambda: (old, new))
    assert no_longer_mended(end) == []
    assert no_longer_mended(date(2024, 1, 1)) == [old]
