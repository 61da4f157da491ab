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


def fork(arguments: Sequence[str]) -> BaseProcess:
    """Run the command line in a process, and a group, of its own, in this environment."""
    process = _FORKS.Process(target=_run, args=(arguments, dict(os.environ), str(Path.cwd())))
    process.start()
    return process


def _run(arguments: Sequence[str], environment: dict[str, str], folder: str) -> None:
    """Become what a process just started would be, but for the modules it has loaded."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    time.tzset()
    tempfile.tempdir = None
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    sys.argv = ["posture", *arguments]
    from posture.cli.main import main

    main()
