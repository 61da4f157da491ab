"""The record's tests run on both databases; marks say where one suffices."""

import urllib.request
from collections.abc import Iterator
from itertools import count

import psycopg
import pytest
from support import servers

NUMBERS = count()


def pytest_generate_tests(metafunc):
    """Run whatever opens a record on both databases."""
    asked = {"store", "home"} & set(metafunc.definition._fixtureinfo.argnames)
    marked = metafunc.definition.get_closest_marker
    if asked and not marked("embedded"):
        kinds = ["postgres"] if marked("clinic") else ["sqlite", "postgres"]
        metafunc.parametrize("database", kinds, indirect=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Run a PostgreSQL server and give its address, less the database."""
    with servers.postgres() as address:
        yield address


@pytest.fixture(autouse=True)
def database(request, home, monkeypatch) -> Iterator[str]:
    """Give the test an empty database of the kind it is run with."""
    kind = getattr(request, "param", "sqlite")
    if kind == "sqlite":
        yield kind
        return
    server = request.getfixturevalue("postgres_server")
    name = f"test{next(NUMBERS)}"
    with psycopg.connect(server % "postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        monkeypatch.setenv("POSTURE_DATABASE_URL", server % name)
        yield kind
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Run an S3 server and give its address."""
    with servers.s3() as url:
        yield url


@pytest.fixture
def s3(s3_server, monkeypatch) -> str:
    """Return the URL of an empty bucket, with the keys to it in the environment."""
    import s3fs

    for name, value in {**servers.S3_KEYS, "AWS_ENDPOINT_URL": s3_server}.items():
        monkeypatch.setenv(name, value)
    urllib.request.urlopen(
        urllib.request.Request(f"{s3_server}/moto-api/reset", method="POST"), timeout=10
    )
    s3fs.S3FileSystem(skip_instance_cache=True).mkdir("photos")
    return "s3://photos/practice"
