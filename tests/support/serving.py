"""A dashboard served in a process of its own, and who asks it."""

import os
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

import httpx
import pytest

from support.forked import fork
from support.samples import PASSPHRASE, free_port
from support.waiting import until

SERVE = ("app", "--no-browser", "--port")


@contextmanager
def serving(
    *options: str,
    wrap: Callable[[list[str]], list[str]] | None = None,
    without: tuple[str, ...] = (),
    port: int | None = None,
    program: Sequence[str] = ("-m", "posture.cli", *SERVE),
    cwd: Path | None = None,
    **extra: str,
) -> Iterator[str]:
    """Serve the dashboard on this test's record and give its address.

    Parameters
    ----------
    wrap : callable, optional
        What runs the command, such as one that watches it.
    without : tuple of str
        Environment variables that the server does not get.
    port : int, optional
        Where it answers, such as where another one did.
    program : sequence of str
        What Python is to run, the port and the options after it.
    cwd : Path, optional
        The folder in which it runs. Where this, ``wrap`` and ``program`` are left as they are,
        the process is forked, which spares it two seconds of loading.
    extra : str
        Environment variables that it gets besides.
    """
    port = port or free_port()
    url = f"{'https' if '--cert' in options else 'http'}://127.0.0.1:{port}"
    with NamedTemporaryFile(suffix=".log") as log:
        with pytest.MonkeyPatch.context() as environment:
            for name in without:
                environment.delenv(name, raising=False)
            for name, value in extra.items():
                environment.setenv(name, value)
            command = [sys.executable, *program, str(port), *options]
            if wrap is cwd is None and program[2:] == SERVE:
                group, running = _forked([*SERVE, str(port), *options], log.name)
                # A fork is a short cut: what it cannot do, the command itself does or explains.
                until(lambda: not running() or _answers(url, log.name))
                if not running():
                    group, running = _started(command, cwd, log.name)
            else:
                # Who watches what is written is not given a file of the tests' own.
                printed = os.devnull if wrap else log.name
                group, running = _started(wrap(command) if wrap else command, cwd, printed)
        try:
            until(lambda: _answers(url, log.name, running))
            yield url
        finally:
            with suppress(ProcessLookupError):  # it ended by itself
                os.killpg(group, signal.SIGKILL)
            until(lambda: not running())


def _forked(arguments: list[str], log: str) -> tuple[int, Callable[[], bool]]:
    """Fork a server; return its process group, and whether it runs."""
    server = fork(arguments, log)
    return server.pid, server.is_alive


def _started(command: list[str], cwd: Path | None, log: str) -> tuple[int, Callable[[], bool]]:
    """Start a server; return its process group, and whether it runs."""
    with Path(log).open("a", encoding="utf-8") as printed:
        server = subprocess.Popen(
            command, stdout=printed, stderr=printed, start_new_session=True, cwd=cwd
        )
    return server.pid, lambda: server.poll() is None


def _answers(url: str, log: str, running: Callable[[], bool] = lambda: True) -> bool:
    assert running(), "the server did not start: " + Path(log).read_text(encoding="utf-8")
    try:
        urllib.request.urlopen(
            f"{url}/gate/state", timeout=1, context=ssl._create_unverified_context()
        )
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


class Browser(httpx.Client):
    """A client that says, as browsers do, where it comes from and that it wants pages."""

    def __init__(self, url: str, token: str | None = None, **options) -> None:
        cookies = {"posture": token} if token else None
        headers = {"origin": url, "accept": "text/html"}
        super().__init__(base_url=url, headers=headers, cookies=cookies, timeout=30, **options)

    def unlock(self, passphrase: str = PASSPHRASE) -> httpx.Response:
        return self.post("/gate/unlock", data={"passphrase": passphrase})
