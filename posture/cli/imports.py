"""``posture import``: old photos and measurements into the record."""

import csv as tables
import io
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from posture.cli.record import opened
from posture.cli.terminal import explaining, tell

if TYPE_CHECKING:
    from posture.imports import Outcome, Plan
    from posture.records import Store

app = typer.Typer()
SHOWN = 20


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(metavar="FOLDER|CSV")],
    *,
    really: Annotated[
        bool,
        typer.Option("--really/--dry-run", help="Write to the record; otherwise only preview."),
    ] = False,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="OURS=THEIRS",
            help="Column mapping; can be repeated.",
        ),
    ] = None,
    consented_on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day on which these patients consented to photos."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a CSV of what was skipped, and why.")
    ] = None,
) -> None:
    """Import old photos (FOLDER/patient/date/photo) or a CSV of measurements.

    Without --really it only shows what it would do. Importing again creates no duplicates.
    docs/import.md has the rules.
    """
    from posture.files import kind_of
    from posture.imports import carry_out
    from posture.records.home import data_folder

    def run() -> None:
        if report is not None:
            kind_of(report)  # before the work is done, not after
        store = opened(data_folder())
        outcome = carry_out(
            _plan(source, columns or [], store),
            store,
            dry=not really,
            consented_on=consented_on.date() if consented_on else None,
            tell=lambda words: tell().print(words, style="dim") if really else None,
        )
        if report is not None:
            _write(outcome, report)
        _say(outcome, really=really)

    explaining(run)


def _plan(source: Path, columns: list[str], store: "Store") -> "Plan":
    from posture.files import is_folder
    from posture.imports import read_folder, read_table

    if is_folder(source):
        return read_folder(source)
    return read_table(source, _mapping(columns), own=store.visits.exists)


def _mapping(pairs: list[str]) -> Mapping[str, str]:
    from posture.errors import PostureError
    from posture.words import Message

    mapping = {}
    for pair in pairs:
        ours, equals, theirs = pair.partition("=")
        if not equals:
            raise PostureError(
                Message("--map {pair} does not have the form OURS=THEIRS.", pair=pair)
            )
        if ours.strip() in mapping:
            raise PostureError(Message("--map has {ours} twice. Give it once.", ours=ours.strip()))
        mapping[ours.strip()] = theirs.strip()
    return mapping


def _write(outcome: "Outcome", report: Path) -> None:
    from posture.files import write_out

    file = io.StringIO(newline="")
    rows = tables.writer(file)
    rows.writerow(["what", "why"])
    rows.writerows((skip.what, skip.why) for skip in outcome.skipped)
    write_out(report, file.getvalue().encode("utf-8-sig", "backslashreplace"))


def _say(outcome: "Outcome", *, really: bool) -> None:
    done = "Imported" if really else "Would import"
    tell().print(
        f"{done} {outcome.photos} photos and {outcome.values} values in {outcome.visits} visits, "
        f"with {outcome.patients} new patients. Skipped: {len(outcome.skipped)}."
    )
    for skip in outcome.skipped[:SHOWN]:
        tell().print(f"  {skip.what}: {skip.why}")
    if len(outcome.skipped) > SHOWN:
        tell().print(f"  … and {len(outcome.skipped) - SHOWN} more; --report FILE lists them all.")
    if not really:
        tell().print("Nothing was written. Pass --really to import.")
