"""Commands on the record. They ask for its passphrase, or read it from the file that holds it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from posture.cli.terminal import explaining, tell

if TYPE_CHECKING:
    from posture.records import Keys, RecordAccess, Store

app = typer.Typer()
TRIES = 3


def opened(home: Path) -> "Store":
    """Return the open record; ask for its passphrase, or for a new one on the first start."""
    from posture.records import LockState, record_access
    from posture.records.home import passphrase_from_settings

    access = record_access(home)
    if access.state is LockState.OPEN or passphrase_from_settings() is not None:
        return access.store()
    if access.state is LockState.LOCKED:
        _ask(access)
    else:
        _begin(access)
    return access.store()


@app.command()
def passphrase() -> None:
    """Change the passphrase of the record."""

    def run() -> None:
        from posture.records import record_access
        from posture.records.home import data_folder

        access = record_access(data_folder())
        keys = _ask(access)
        access.key_file.set_passphrase(keys, _new_passphrase())
        tell().print("Passphrase changed. Backups made until now still open with the old one.")

    explaining(run)


@app.command("recovery-key")
def recovery_key() -> None:
    """Make a new recovery key to print. The previous one stops working."""

    def run() -> None:
        from posture.records import record_access
        from posture.records.home import data_folder

        access = record_access(data_folder())
        _show(access.key_file.new_recovery_key(_ask(access)))

    explaining(run)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE")],
) -> None:
    """Write an encrypted backup of the whole record and verify it; the record may be in use."""

    def run() -> None:
        from posture.records.backups import back_up
        from posture.records.home import data_folder

        report = back_up(opened(data_folder()), target)
        tell().print(
            f"Backed up the record with {report.photos} photos to {target} "
            f"({report.size / 1e6:.1f} MB) and verified it. It opens with today's passphrase or "
            "the recovery key."
        )
        if report.damaged:
            tell().print(
                f"{len(report.damaged)} photo files were already missing or damaged; posture "
                "doctor lists them. Keep older backups.",
                style="red",
            )
            raise typer.Exit(1)

    explaining(run)


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE")],
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the existing record; it is set aside.")
    ] = False,
    photos_only: Annotated[
        bool, typer.Option("--photos-only", help="Restore only missing and damaged photos.")
    ] = False,
) -> None:
    """Restore the record from a backup, or only its missing and damaged photos."""

    def run() -> None:
        from posture.records.backups import keys_of
        from posture.records.home import data_folder, passphrase_from_settings
        from posture.records.restoring import mend_photos
        from posture.records.restoring import restore as put_back

        home = data_folder()
        if photos_only:
            mended, left = mend_photos(source, opened(home))
            tell().print(f"Restored {mended} photo files; {left} are not in this backup.")
            raise typer.Exit(1 if left else 0)
        secret = passphrase_from_settings() or typer.prompt(
            "Passphrase of the backup, or the recovery key", hide_input=True, err=True
        )
        report = put_back(source, home, keys_of(source, secret), replace=replace)
        tell().print(
            f"Restored the record of {report.made_at.astimezone():%Y-%m-%d %H:%M} to {home}, with "
            f"{report.photos} photos. It opens with the backup's passphrase."
        )
        if report.damaged:
            tell().print(f"{len(report.damaged)} of its photo files were damaged.", style="red")

    explaining(run)


@app.command()
def doctor() -> None:
    """Check the record and the program, and say how to fix what is wrong."""

    def run() -> None:
        from posture.records import record_access
        from posture.records.doctor import Grade, examine
        from posture.records.home import data_folder

        home = data_folder()
        bad = False
        for finding in examine(home, _keys(record_access(home))):
            bad = bad or finding.grade is Grade.BAD
            style = {Grade.GOOD: "green", Grade.CARE: "yellow", Grade.BAD: "red"}[finding.grade]
            tell().print(f"{finding.grade:4}  {finding.check}: {finding.found}", style=style)
            if finding.mend:
                tell().print(f"      fix: {finding.mend}")
        raise typer.Exit(1 if bad else 0)

    explaining(run)


def _ask(access: "RecordAccess") -> "Keys":
    keys = _keys(access)
    access.unlock_with(keys)
    return keys


def _keys(access: "RecordAccess") -> "Keys":
    """Return the keys of a record that has a passphrase, without opening the record itself."""
    from posture.records import WrongSecretError
    from posture.records.home import passphrase_from_settings

    configured = passphrase_from_settings()
    if configured is not None:
        return access.key_file.open(configured)
    for left in reversed(range(TRIES)):
        try:
            return access.key_file.open(typer.prompt("Passphrase", hide_input=True, err=True))
        except WrongSecretError as error:
            if not left:
                raise
            tell().print(str(error), style="red")
    raise AssertionError


def _begin(access: "RecordAccess") -> None:
    from posture.records import LockState

    if access.state is LockState.PLAIN:
        tell().print("The record is not encrypted yet. It is encrypted now; nothing is lost.")
    tell().print("Choose a passphrase for the record.")
    _show(access.begin(_new_passphrase()))


def _new_passphrase() -> str:
    from posture.records import WeakPassphraseError
    from posture.records.passphrase import check_passphrase

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
    tell().print(
        "The recovery key opens the record if you forget the passphrase. Store it somewhere"
    )
    tell().print("safe; it will not be shown again.\n")
    tell().print(f"    {key}\n", style="bold")
