"""The log for a clinic's log collector (``POSTURE_LOG=json``): a JSON object per line.

It contains no patient data. Our own messages are written as they are; they never name a patient. Of
other libraries' messages, and of every error, only the kind and the place are written, never the
text, which may quote a patient.
"""

import hashlib
import json
import logging
import os
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

OURS = ("posture", "uvicorn")
log = logging.getLogger(__name__)


def note(error: BaseException) -> str:
    """Log an unforeseen error, and return the short code by which to find it in the log.

    Its kind and place are logged, never its text; the same fault always has the same code.
    """
    kind, trace = type(error).__name__, places(error.__traceback__)
    text = f"{kind} {[place.rsplit('/', 1)[-1] for place in trace]}"
    code = hashlib.sha256(text.encode()).hexdigest()[:6].upper()
    told = {"code": code, "error": kind, "trace": trace}
    log.error("Unforeseen error %s: %s at %s", code, kind, trace, extra={"told": told})
    return code


def places(trace: TracebackType | None) -> list[str]:
    """Return where an error came from, innermost place last."""
    return [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)]


class Line(logging.LogRecord):
    """A record whose message is the whole line, for any handler."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        error = self.exc_info if isinstance(self.exc_info, tuple) else None
        self._error = error[0].__name__ if error and error[0] else None
        self._trace = places(error[2]) if error else None
        self.exc_info = None  # its text would follow the line
        self.stack_info = None

    def getMessage(self) -> str:  # noqa: N802 - the library's name
        """Return the record as JSON."""
        ours = self.name.split(".")[0] in OURS
        line = {
            "time": datetime.fromtimestamp(self.created, UTC).isoformat(timespec="milliseconds"),
            "level": self.levelname.lower(),
            "logger": self.name,
            "process": self.process,
            "message": str(self.msg) if ours else f"at {self.filename}:{self.lineno}",
            **getattr(self, "told", {}),
        }
        if self._error:
            line |= {"error": self._error, "trace": self._trace}
        return json.dumps(line)


def set_up() -> dict[str, Any]:
    """Set up logging as the environment asks; return the settings that Streamlit needs for it."""
    if os.environ.get("POSTURE_LOG") != "json":
        return {}
    logging.setLogRecordFactory(Line)
    logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.WARNING, force=True)
    logging.getLogger("posture").setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    return {"logger.messageFormat": "%(message)s"}
