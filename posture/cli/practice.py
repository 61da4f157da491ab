"""Commands for whoever is responsible for the record: the audit trail, and who may sign in."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from posture.cli.record import opened
from posture.cli.terminal import Plain, explaining, shown

if TYPE_CHECKING:
    from posture.records import Store

audit = typer.Typer(no_args_is_help=True, help="The audit trail: who did what, when.")
user = typer.Typer(no_args_is_help=True, help="Who may sign in at a clinic's dashboard.")
ROLES = ("owner", "practitioner", "assistant", "read-only")


def _store() -> "Store":
    from posture.records.home import data_folder

    return opened(data_folder())


@audit.command()
def verify(
    *,
    noted: Annotated[
        str | None, typer.Option(help="The head that an earlier verification printed.")
    ] = None,
) -> None:
    """Check that no row of the audit trail was changed, removed, moved or cut off.

    Exit code 0: it is whole. 1: it is not, or could not be checked.
    """

    def run() -> None:
        verdict = _store().audit.verify(noted)
        console = Plain(soft_wrap=True)
        for finding in verdict.findings:
            console.print(finding, style="red")
        if not verdict.findings:
            console.print(f"All {verdict.rows} rows fit.")
        if verdict.earlier:
            console.print(verdict.earlier)
        console.print(f"Head, to be noted elsewhere and given with --noted:\n{verdict.head}")
        if verdict.findings:
            raise typer.Exit(1)

    explaining(run)


@user.command()
def invite(
    email: Annotated[str, typer.Argument(metavar="EMAIL")],
    *,
    role: Annotated[str, typer.Option(help=", ".join(ROLES))] = "practitioner",
) -> None:
    """Let the person with this e-mail address sign in. The first one should be an owner."""
    if role not in ROLES:
        raise typer.BadParameter(f"{role!r} is none of {', '.join(ROLES)}.")

    def run() -> None:
        from posture.records import Role

        _store().users.invite(email, Role(role))
        Plain(soft_wrap=True).print(f"{email} may sign in, as {role}.")

    explaining(run)


@user.command("list")
def list_() -> None:
    """Print who may sign in."""

    def run() -> None:
        table = Table(show_edge=False, pad_edge=False)
        for heading in ("e-mail", "role", "may sign in", "has been here"):
            table.add_column(heading)
        for found in _store().users.all():
            yes_no = ("yes" if fact else "no" for fact in (found.active, found.has_signed_in))
            table.add_row(shown(found.email), str(found.role), *yes_no)
        Plain().print(table)

    explaining(run)
