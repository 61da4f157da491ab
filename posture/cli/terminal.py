"""How commands print for people, stop, and report a fault in the program."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import typer

if TYPE_CHECKING:
    from posture.cli.console import Plain

WRONG_USE = 2
SHOW_TRACEBACK = "POSTURE_TRACEBACK"


def tell() -> "Plain":
    """Return the console for people: standard error, apart from what other programs read."""
    from posture.cli.console import Plain

    return Plain(stderr=True, soft_wrap=True)


def stop(message: str, code: int = 1) -> NoReturn:
    """End a command with a message."""
    tell().print(message, style="red")
    raise typer.Exit(code)


def explaining(run: Callable[[], None]) -> None:
    """Run a command; print an error of ours as a message, without a traceback."""
    from posture.errors import PostureError

    try:
        run()
    except PostureError as error:
        stop(str(error))


def main(app: typer.Typer, arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 success, 1 failure, 2 incorrect usage."""
    _have_streams()
    command = typer.main.get_command(app)
    _only_text(command)
    try:
        try:
            command.main(None if arguments is None else list(arguments), prog_name="posture")
        finally:
            sys.stdout.flush()
    except Exception as error:
        from posture.errors import PostureError

        if isinstance(error, PostureError):
            tell().print(str(error), style="red")
        elif not _output_is_gone():
            unforeseen(error)
    sys.exit(1)


def unforeseen(error: Exception) -> None:
    """Report a fault in the program by its place, without its text, which may quote a patient."""
    import traceback

    if os.environ.get(SHOW_TRACEBACK):
        tell().print("".join(traceback.format_exception(error)))
        return
    place = traceback.extract_tb(error.__traceback__)[-1]
    tell().print(
        f"This should not have happened: {type(error).__name__} at {place.filename}:{place.lineno}."
        f" Please report it. With {SHOW_TRACEBACK}=1 the same command shows more; check that for "
        "names before you send it.",
        style="red",
    )


def _have_streams() -> None:
    """Open all three streams, for any character: a closed one would go to the next file opened."""
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
    """Whether standard output is closed; say so, unless it was a pipe."""
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
    """Make commands refuse text that is not UTF-8, which could be neither stored nor found."""
    for inner in getattr(command, "commands", {}).values():
        _only_text(inner)
    run = command.callback

    def checked(**values: Any) -> Any:
        for value in values.values():
            for text in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(text, str) and not _is_utf8(text):
                    from posture.files import readable

                    raise typer.BadParameter(f"{readable(text)} is not UTF-8 text.")
        return run(**values)

    command.callback = run and checked


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
