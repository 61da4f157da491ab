"""Servers forked off a process that has loaded all that they need: they answer at once."""

import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

from posture.serve import memory

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["pytest", "uvicorn", "posture.cli.main", "posture.serve.server", "posture.gate.routes",
     *memory.LASTING]
)  # fmt: skip


def fork(arguments: Sequence[str], log: str) -> BaseProcess:
    """Run the command line in a process, and a group, of its own, in this environment.

    What it prints goes to the file ``log``.
    """
    process = _FORKS.Process(target=_run, args=(arguments, dict(os.environ), str(Path.cwd()), log))
    process.start()
    return process


def _run(arguments: Sequence[str], environment: dict[str, str], folder: str, log: str) -> None:
    """Become what a process just started would be, but for the modules it has loaded."""
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    printed = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(printed, stream)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    time.tzset()
    tempfile.tempdir = None
    sys.argv = ["posture", *arguments]
    from posture.cli.main import main

    main()
