"""What ``posture assess`` reports on a photo: its table, overlay and CSV rows, or its error."""

import io
from pathlib import Path

from PIL import Image
from rich.table import Table

from posture import logs
from posture.cli.console import Plain
from posture.cli.terminal import WRONG_USE, stop
from posture.errors import FileError, PhotoError, PostureError
from posture.export.tidy import of_assessments, to_csv
from posture.files import kind_of, write_out
from posture.imaging.photo import Photo
from posture.measuring.assessment import Assessment
from posture.present import phrases
from posture.present.overlay import overlay
from posture.words import Message

OVERLAYS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}


def trouble(error: Exception) -> tuple[str, Message]:
    """Return the code and the message for what went wrong with one photo."""
    if isinstance(error, PhotoError):
        return error.code, error.message
    if isinstance(error, PostureError):
        return type(error).__name__.removesuffix("Error").lower(), error.message
    place = logs.places(error.__traceback__)[-1]
    return "fault", Message(
        "A fault in the program ({kind} at {place}). The other photos are not affected. "
        "Please report it.",
        kind=type(error).__name__,
        place=place,
    )


def print_table(result: Assessment) -> None:
    """Print the measurements of one photo, and what could not be measured."""
    scale = result.scene.scale_source.words if result.scene.scale_source else "no scale"
    console = Plain()
    console.print(
        f"{result.photo}: {result.view or 'unknown'} view ({result.view_source}), "
        f"{result.scene.vertical_source.words}, {scale}",
        style="bold",
    )
    table = Table(show_edge=False, pad_edge=False)
    for heading in ("measure", "found", "± sd", "smallest real change", "points"):
        table.add_column(heading, overflow="fold")
    missing: dict[str, list[str]] = {}
    for row in result.measurements:
        if row.value is None:
            missing.setdefault(row.reason or "", []).append(row.label)
            continue
        error, change = (phrases.amount(amount, row.unit) for amount in (row.sd, row.mdc))
        table.add_row(row.label, phrases.found(row), error, change, phrases.how(row, result.view))
    if table.row_count:
        console.print(table)
    for reason, labels in missing.items() if result.pose else ():
        console.print(f"not measured: {', '.join(labels)}: {reason}", style="dim")
    for issue in result.active_issues:
        console.print(f"{issue.severity} ({issue.code}): {issue.message}")
    console.print()


def check(
    photos: list[Path], *, points: Path | None, csv: Path | None, overlay: Path | None
) -> None:
    """Stop if the options do not fit the photos, or an output cannot be written.

    Better now than after minutes of measuring.
    """
    if points is not None and len({path.name for path in photos}) < len(photos):
        stop("With --points, the photos need different file names.", WRONG_USE)
    several = len(photos) > 1
    if overlay is not None and len({path.stem for path in photos}) < len(photos):
        stop("With --overlay, the photos need different file names.", WRONG_USE)
    try:
        if csv is not None:
            kind_of(csv)
        if overlay is not None and not several:
            kind_of(overlay)
            _overlay_kind(overlay)
    except FileError as error:
        stop(str(error), WRONG_USE)


def _overlay_kind(target: Path) -> str:
    """Return the picture format for a file name; without an ending it is PNG."""
    kind = OVERLAYS.get(target.suffix.lower() or ".png")
    if kind is None:
        raise FileError(
            Message("{target} is not a picture file. End its name in .png or .jpg.", target=target)
        )
    return kind


def write_overlay(photo: Photo, result: Assessment, target: Path, *, several: bool) -> None:
    """Write a photo with its measurements to a file, or with several photos to a folder.

    Raises
    ------
    PostureError
        If it cannot be written.
    """
    drawn = Image.fromarray(overlay(photo.pixels, result))
    file = io.BytesIO()
    try:
        if several:
            target.mkdir(parents=True, exist_ok=True)
            target /= f"{Path(photo.name).stem}_overlay.png"
        drawn.save(file, _overlay_kind(target))
        write_out(target, file.getvalue())
    except OSError as error:
        raise PostureError(
            Message(
                "The folder {target} could not be created: {strerror}.",
                target=target,
                strerror=error.strerror,
            )
        ) from error


def write_csv(results: list[Assessment], target: Path) -> None:
    """Write one CSV row per measurement; stop if that fails."""
    try:
        write_out(target, to_csv(of_assessments(results)))
    except FileError as error:
        stop(str(error))
