"""The command line's one way to print, to stop, and to say what was not foreseen."""

import os
import sys
import traceback
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NoReturn

import typer
from rich.console import Console

from posture.errors import PostureError
from posture.files import readable

WRONG_USE = 2
SHOW_TRACEBACK = "POSTURE_TRACEBACK"
_INVISIBLE = {"Cc", "Cs"}  # control signs, and halves of signs: what names of files may hold


def shown(text: str) -> str:
    r"""Return a text with escapes such as ``\x1b`` for what a terminal would obey or not encode."""
    return "".join(
        sign.encode("unicode_escape").decode()
        if unicodedata.category(sign) in _INVISIBLE and sign not in "\n\t"
        else sign
        for sign in text
    )


class Plain(Console):
    """A console that prints texts letter by letter: no markup, no pictures for words."""

    def __init__(self, **named: Any) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, **named)

    def print(self, *objects: Any, **named: Any) -> None:
        """Print texts and tables."""
        super().print(*(shown(o) if isinstance(o, str) else o for o in objects), **named)


def tell() -> Plain:
    """Return where people are told things: beside what goes to other programs."""
    return Plain(stderr=True, soft_wrap=True)


def stop(message: str, code: int = 1) -> NoReturn:
    """End a command with a message."""
    tell().print(message, style="red")
    raise typer.Exit(code)


def explaining(run: Callable[[], None]) -> None:
    """Run a command; what it cannot do is told, without a traceback."""
    try:
        run()
    except PostureError as error:
        stop(str(error))


def main(app: typer.Typer, arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process: 0 it is done, 1 it is not, 2 wrong use."""
    _have_streams()
    command = typer.main.get_command(app)
    _only_text(command)
    try:
        try:
            command.main(None if arguments is None else list(arguments), prog_name="posture")
        finally:
            sys.stdout.flush()
    except SystemExit:
        raise
    except PostureError as error:
        tell().print(str(error), style="red")
    except Exception as error:
        if not _output_is_gone():
            unforeseen(error)
    sys.exit(1)


def unforeseen(error: Exception) -> None:
    """Say that the program is at fault, and where; what an error quotes may be a patient's."""
    if os.environ.get(SHOW_TRACEBACK):
        tell().print("".join(traceback.format_exception(error)))
        return
    place = traceback.extract_tb(error.__traceback__)[-1]
    tell().print(
        f"This should not have happened: {type(error).__name__} at {place.filename}:{place.lineno}."
        f" Please report it. With {SHOW_TRACEBACK}=1 the same command shows more; look through "
        "that for names before you send it.",
        style="red",
    )


def _have_streams() -> None:
    """Have three open streams that take any sign; a closed one would go to the next file opened."""
    for handle in range(3):
        try:
            os.fstat(handle)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # takes the lowest free number; writing to it fails
    for handle, name in enumerate(("stdout", "stderr"), start=1):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace"))
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _output_is_gone() -> bool:
    """Whether standard output takes nothing any more, which is told unless a pipe was closed."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        pass
    except OSError as error:
        with suppress(OSError):
            tell().print(f"The output could not be written: {error.strerror}.", style="red")
    else:
        return False
    # What is left in the buffer would be tried once more at the end, with a traceback.
    sink = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError):
        os.dup2(sink, sys.stdout.fileno())
    os.close(sink)
    return True


def _only_text(command: Any) -> None:
    """Have texts refused that are none: bytes of another encoding can be neither kept nor found."""
    for inner in getattr(command, "commands", {}).values():
        _only_text(inner)
    run = command.callback

    def checked(**values: Any) -> Any:
        for value in values.values():
            for text in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(text, str) and readable(text) != text:
                    raise typer.BadParameter(f"{readable(text)} is not text in UTF-8.")
        return run(**values)

    command.callback = run and checked
