"""Commands that open the record: its passphrase is asked for here, or read from its file."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from posture.errors import PostureError

if TYPE_CHECKING:
    from posture.records import Door, Keys, Store

app = typer.Typer()
TRIES = 3


def opened(home: Path) -> "Store":
    """Return the record, asking for its passphrase; on the first start, for a new one."""
    from posture.records import State, door_to
    from posture.records.home import passphrase_from_settings

    way_in = door_to(home)
    if way_in.state is State.OPEN or passphrase_from_settings() is not None:
        return way_in.store()
    if way_in.state is State.LOCKED:
        _ask(way_in)
    else:
        _begin(way_in)
    return way_in.store()


@app.command()
def passphrase() -> None:
    """Change the passphrase that opens the record."""

    def run() -> None:
        from posture.records import door_to
        from posture.records.home import data_folder

        way_in = door_to(data_folder())
        keys = _ask(way_in)
        way_in.key_file.set_passphrase(keys, _new_passphrase())
        tell().print("The passphrase is changed. Backups made before open with the old one.")

    _explaining(run)


@app.command("recovery-key")
def recovery_key() -> None:
    """Make a new recovery key, to be printed; the one before no longer opens the record."""

    def run() -> None:
        from posture.records import door_to
        from posture.records.home import data_folder

        way_in = door_to(data_folder())
        _show(way_in.key_file.new_recovery_key(_ask(way_in)))

    _explaining(run)


def tell() -> Console:
    """Return where people are told things: beside what goes to other programs."""
    return Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


def _ask(way_in: "Door") -> "Keys":
    from posture.records import WrongSecretError
    from posture.records.home import passphrase_from_settings

    configured = passphrase_from_settings()
    if configured is not None:
        return way_in.unlock(configured)
    for left in reversed(range(TRIES)):
        try:
            return way_in.unlock(typer.prompt("Passphrase", hide_input=True, err=True))
        except WrongSecretError as error:
            if not left:
                raise
            tell().print(str(error), style="red")
    raise AssertionError


def _begin(way_in: "Door") -> None:
    from posture.records import State

    if way_in.state is State.PLAIN:
        tell().print("The record is not encrypted yet. It will be now; nothing is lost.")
    tell().print("Choose the passphrase that opens the record from now on.")
    _show(way_in.begin(_new_passphrase()))


def _new_passphrase() -> str:
    from posture.records import WeakPassphraseError
    from posture.records.keys import check_passphrase

    while True:
        chosen: str = typer.prompt(
            "New passphrase", hide_input=True, confirmation_prompt=True, err=True
        )
        try:
            check_passphrase(chosen)
        except WeakPassphraseError as error:
            tell().print(str(error), style="red")
        else:
            return chosen


def _show(key: str) -> None:
    tell().print("The recovery key opens the record when the passphrase is forgotten. It is shown")
    tell().print("this once: write it down, and keep it where you keep contracts.\n")
    tell().print(f"    {key}\n", style="bold")


def _explaining(run: Callable[[], None]) -> None:
    try:
        run()
    except PostureError as error:
        tell().print(str(error), style="red")
        raise typer.Exit(1) from None
