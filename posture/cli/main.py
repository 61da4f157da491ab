"""The command line. Whatever is heavy is imported by the command that needs it."""

import faulthandler
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from posture import __version__
from posture.cli import dashboard, imports, measure, practice, record, report, terminal


class Group(TyperGroup):
    """Typer's own, which would load pydantic to find out that ``--help`` was not given."""

    def get_help_option(self, ctx: Any) -> Any:  # noqa: D102
        option = super().get_help_option(ctx)
        if option is not None:
            option.default = False
        return option


app = typer.Typer(
    name="posture",
    cls=Group,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Plumbline measures standing posture from photos, offline, and states its uncertainty.",
)
app.add_typer(measure.app)
app.add_typer(dashboard.app)
app.add_typer(record.app)
app.add_typer(report.app)
app.add_typer(imports.app)
app.add_typer(practice.audit, name="audit")
app.add_typer(practice.user, name="user")


@app.callback(invoke_without_command=True)
def root(
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Handle the options that belong to no command."""
    if version:
        typer.echo(f"posture {__version__}")
        raise typer.Exit
    from posture.hardening import no_core_dumps

    no_core_dumps()
    _hush_native_log()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; without arguments, on those of the process."""
    terminal.main(app, arguments)


def _hush_native_log() -> None:
    """Keep the model library's own log lines out of the terminal; ours still reach it.

    The library writes them straight to the process's standard error. A crash inside it is still
    told, by Python's fault handler.
    """
    if os.environ.get("POSTURE_NATIVE_LOG"):
        return
    kept = os.dup(2)
    sys.stderr = os.fdopen(kept, "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    faulthandler.enable(sys.stderr)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    os.close(silence)
