"""Real servers on this machine, private to a test run: PostgreSQL and S3."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from support.samples import free_port
from support.waiting import until

S3_KEYS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""What a test's database does without: it need not outlive a power cut."""


def programs() -> Path:
    """Return the folder of PostgreSQL's newest server programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    named = shutil.which("initdb")
    if not found and not named:
        raise RuntimeError("No PostgreSQL server is installed. Run tools/servers.sh.")
    return found[-1].parent if found else Path(named).parent


@contextmanager
def postgres(settings: Mapping[str, str] = CARELESS) -> Iterator[str]:
    """Run a PostgreSQL server on a socket of its own; give its address, less the database."""
    folder = Path(tempfile.mkdtemp(prefix="plumbline-pg-"))
    user = pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:  # the server refuses to run as root
        user = "postgres"
        shutil.chown(folder, user)
    run = {"user": user} if os.getuid() == 0 else {}
    options = {"listen_addresses": "", "unix_socket_directories": str(folder), **settings}
    try:
        subprocess.run(
            [programs() / "initdb", "-D", folder / "data", "-A", "trust", "-U", "plumbline",
             "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, cwd="/", **run,
        )  # fmt: skip
        server = subprocess.Popen(
            [programs() / "postgres", "-D", folder / "data",
             *(f"-c{name}={value}" for name, value in options.items())],
            stdout=subprocess.DEVNULL, stderr=(folder / "log").open("w"), cwd="/",
            start_new_session=True, **run,
        )  # fmt: skip
        try:
            ready = [programs() / "pg_isready", "-q", "-h", folder]
            until(
                lambda: subprocess.run(ready, check=False).returncode == 0,
                told=(folder / "log").read_text,
            )
            yield f"postgresql://plumbline@/%s?host={folder}"
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait()
    finally:
        shutil.rmtree(folder)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=1)
    except OSError:
        return False
    return True


@contextmanager
def s3() -> Iterator[str]:
    """Run an S3 server on loopback and give its address."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(f"{url}/moto-api/"))
        yield url
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
