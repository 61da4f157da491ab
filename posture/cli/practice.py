"""Commands for the person responsible for the record: the audit trail, and the users."""

from typing import TYPE_CHECKING, Annotated

import typer

from posture.cli.choices import RoleChoice
from posture.cli.record import opened
from posture.cli.terminal import explaining

if TYPE_CHECKING:
    from posture.records import Store

audit = typer.Typer(no_args_is_help=True, help="The audit trail: who did what, and when.")
user = typer.Typer(no_args_is_help=True, help="Users who may sign in to a clinic's dashboard.")


def _store() -> "Store":
    from posture.records.home import data_folder

    return opened(data_folder())


@audit.command()
def verify(
    *,
    noted: Annotated[
        str | None, typer.Option(help="Checksum printed by an earlier verification.")
    ] = None,
) -> None:
    """Check that no entry of the audit trail was changed, removed, moved or cut off.

    Exit code 0: no tampering found. 1: tampering found, or the check failed.
    """

    def run() -> None:
        from posture.cli.console import Plain

        verdict = _store().audit.verify(noted)
        console = Plain(soft_wrap=True)
        for finding in verdict.findings:
            console.print(finding, style="red")
        if not verdict.findings:
            console.print(f"{verdict.rows} entries, no tampering found.")
        if verdict.earlier:
            console.print(verdict.earlier)
        console.print(f"Checksum to keep somewhere else, for --noted next time:\n{verdict.head}")
        if verdict.findings:
            raise typer.Exit(1)

    explaining(run)


@user.command()
def invite(
    email: Annotated[str, typer.Argument(metavar="EMAIL")],
    *,
    role: Annotated[
        RoleChoice, typer.Option(help="What the person may do.")
    ] = RoleChoice.PRACTITIONER,
) -> None:
    """Allow the person with this e-mail address to sign in. The first should be an owner."""

    def run() -> None:
        from posture.cli.console import Plain
        from posture.records import Role

        _store().users.invite(email, Role(role))
        Plain(soft_wrap=True).print(f"{email} may sign in as {role}.")

    explaining(run)


@user.command("list")
def list_() -> None:
    """List the users who may sign in."""

    def run() -> None:
        from rich.table import Table

        from posture.cli.console import Plain, shown

        table = Table(show_edge=False, pad_edge=False)
        for heading in ("e-mail", "role", "may sign in", "has signed in"):
            table.add_column(heading)
        for found in _store().users.all():
            yes_no = ("yes" if fact else "no" for fact in (found.active, found.has_signed_in))
            table.add_row(shown(found.email), str(found.role), *yes_no)
        Plain().print(table)

    explaining(run)
