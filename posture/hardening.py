"""Protection against memory dumps of the process."""

import ctypes
import sys
from contextlib import suppress

PR_SET_DUMPABLE = 4


def no_core_dumps() -> None:
    """Prevent a crash from writing the process's memory, with patient data, to the disk.

    The limit stops core files; on Linux, the flag also stops programs that collect dumps.
    """
    if sys.platform == "win32":
        return
    import resource

    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
