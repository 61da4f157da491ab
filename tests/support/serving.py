"""A dashboard served in a process of its own, and who asks it."""

import os
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from support.samples import PASSPHRASE, free_port
from support.waiting import until


@contextmanager
def serving(
    *options: str,
    wrap=list,
    without: tuple[str, ...] = (),
    port: int | None = None,
    program: Sequence[str] = ("-m", "posture.cli", "app", "--no-browser", "--port"),
    cwd: Path | None = None,
    **extra: str,
) -> Iterator[str]:
    """Serve the dashboard on this test's record and give its address.

    Parameters
    ----------
    wrap : callable
        What runs the command, such as one that watches it.
    without : tuple of str
        Environment variables that the server does not get.
    port : int, optional
        Where it answers, such as where another one did.
    program : sequence of str
        What Python is to run, the port and the options after it.
    cwd : Path, optional
        The folder in which it runs.
    extra : str
        Environment variables that it gets besides.
    """
    port = port or free_port()
    command = [sys.executable, *program, str(port)]
    environment = {k: v for k, v in os.environ.items() if k not in without} | extra
    server = subprocess.Popen(
        wrap([*command, *options]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, env=environment, cwd=cwd,
    )  # fmt: skip
    url = f"{'https' if '--cert' in options else 'http'}://127.0.0.1:{port}"
    blind = ssl._create_unverified_context()

    def answers() -> bool:
        assert server.poll() is None, "the server did not start"
        try:
            urllib.request.urlopen(f"{url}/gate/state", timeout=1, context=blind)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    try:
        until(answers)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


class Browser(httpx.Client):
    """A client that says, as browsers do, where it comes from and that it wants pages."""

    def __init__(self, url: str, token: str | None = None, **options) -> None:
        cookies = {"posture": token} if token else None
        headers = {"origin": url, "accept": "text/html"}
        super().__init__(base_url=url, headers=headers, cookies=cookies, timeout=30, **options)

    def unlock(self, passphrase: str = PASSPHRASE) -> httpx.Response:
        return self.post("/gate/unlock", data={"passphrase": passphrase})
