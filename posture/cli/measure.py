"""``posture assess`` and ``posture poster``: measuring photos, and the wall poster for them."""

import io
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from posture.cli.choices import MarkerChoice, ModelChoice, PaperChoice, ViewChoice
from posture.cli.terminal import WRONG_USE, explaining, stop, tell
from posture.ranges import CAMERA_MM, POSTER_MM, WALL_MM

if TYPE_CHECKING:
    from posture.measuring.assessment import Assessment
    from posture.measuring.options import AssessmentOptions

app = typer.Typer()


@app.command()
def assess(
    photos: Annotated[list[Path], typer.Argument(metavar="PHOTO...", help="Photos to measure.")],
    *,
    view: Annotated[
        ViewChoice,
        typer.Option(help="Side of the patient that the camera sees; auto detects it."),
    ] = ViewChoice.AUTO,
    height_cm: Annotated[
        float | None, typer.Option(help="The patient's height; needed for values in mm.")
    ] = None,
    points: Annotated[
        Path | None,
        typer.Option(help="JSON file of landmarks placed by hand, {name: [x, y]}; they win."),
    ] = None,
    markers: Annotated[
        MarkerChoice, typer.Option(help="Colour of the adhesive markers to find.")
    ] = MarkerChoice.GREEN,
    poster_mm: Annotated[
        float,
        typer.Option(
            min=POSTER_MM.least,
            max=POSTER_MM.most,
            help="Distance between the centres of the wall poster's patterns.",
        ),
    ] = 1000.0,
    wall_mm: Annotated[
        float,
        typer.Option(
            min=WALL_MM.least,
            max=WALL_MM.most,
            help="Distance from the wall to the middle of the body.",
        ),
    ] = 250.0,
    camera_mm: Annotated[
        float | None,
        typer.Option(
            min=CAMERA_MM.least,
            max=CAMERA_MM.most,
            help="Distance from the camera to the body; default: from the photo's lens data.",
        ),
    ] = None,
    model: Annotated[
        ModelChoice,
        typer.Option(help="Pose model. heavy is slower; auto uses it for side views."),
    ] = ModelChoice.AUTO,
    fast: Annotated[
        bool,
        typer.Option("--fast", help="Four times as fast; the stated errors are larger."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the results as one JSON array.")
    ] = False,
    csv: Annotated[
        Path | None, typer.Option(help="Write a CSV with one row per measurement.")
    ] = None,
    overlay: Annotated[
        Path | None,
        typer.Option(
            help="Draw the measurements on the photo and write it to this PNG or JPEG; with "
            "several photos, to this folder."
        ),
    ] = None,
) -> None:
    """Measure standing posture from photos.

    Exit code 0: every photo was measured, and drawn if requested. 1: at least one failed; the
    others are complete. 2: incorrect usage.
    """
    if as_json and csv is not None:
        stop("--json and --csv cannot be combined.", WRONG_USE)
    from posture.cli import outputs
    from posture.errors import PointsError
    from posture.imaging.photo import load_photo
    from posture.imaging.scene import Setup
    from posture.measuring.assess import assess as measure
    from posture.measuring.placed import Placed, load_placed
    from posture.present.serialise import refused_to_json, to_json

    outputs.check(photos, points=points, csv=csv, overlay=overlay)
    options = replace(
        _detection_options(model, fast=fast),
        markers=None if markers is MarkerChoice.NONE else str(markers),
        setup=Setup(poster_mm, wall_mm, camera_mm),
    )
    try:
        placed = load_placed(points, [path.name for path in photos]) if points else {}
    except PointsError as error:
        stop(str(error), WRONG_USE)

    found: list[Assessment] = []
    output = []
    failed = False
    wrong = 0
    for path in photos:
        hand = placed.get(path.name, Placed())
        try:
            photo = load_photo(path)
            result = measure(
                photo,
                str(view),
                height_cm=height_cm,
                points=hand.points,
                plumb_line=hand.plumb_line,
                options=options,
            )
        except Exception as error:  # one photo's trouble takes no other one's result
            failed = True
            wrong += isinstance(error, PointsError)
            code, why = outputs.trouble(error)
            output.append(refused_to_json(path.name, code, why))
            tell().print(f"{path.name}: not measured. {why}", style="red")
            continue
        failed = failed or not result.measured
        found.append(result)
        output.append(to_json(result))
        if not as_json:
            outputs.print_table(result)
        if overlay is not None:
            try:
                outputs.write_overlay(photo, result, overlay, several=len(photos) > 1)
            except Exception as error:  # nor does a picture of it
                failed = True
                tell().print(f"{path.name}: no overlay. {outputs.trouble(error)[1]}", style="red")
    if as_json:
        ascii_only = not str(sys.stdout.encoding).lower().startswith("utf")
        sys.stdout.write(json.dumps(output, indent=1, ensure_ascii=ascii_only) + "\n")
    if csv is not None:
        outputs.write_csv(found, csv)
    raise typer.Exit(WRONG_USE if wrong == len(photos) else int(failed))


@app.command()
def poster(
    target: Annotated[Path, typer.Argument(metavar="FILE.pdf")] = Path("poster.pdf"),
    *,
    paper: Annotated[
        PaperChoice, typer.Option(case_sensitive=False, help="Paper size.")
    ] = PaperChoice.A4,
) -> None:
    """Write the wall poster, a PDF of two pages that gives the true vertical and the scale."""
    from posture.files import kind_of, write_out
    from posture.imaging.poster import DPI, sheets

    def run() -> None:
        kind_of(target)  # before the work is done, not after
        pages = sheets(str(paper))
        file = io.BytesIO()
        pages[0].save(file, "PDF", save_all=True, append_images=pages[1:], resolution=DPI)
        write_out(target, file.getvalue())
        tell().print(f"Wrote {target}. Print it at 100%, not fitted to the page.")

    explaining(run)


def _detection_options(model: ModelChoice, *, fast: bool) -> "AssessmentOptions":
    """Return the options that the flags ``--model`` and ``--fast`` choose."""
    from posture.measuring.options import AssessmentOptions
    from posture.pose.detect import FAST_PASSES
    from posture.pose.models import Model

    if not fast:
        return AssessmentOptions(model=None if model is ModelChoice.AUTO else Model(model))
    if model is ModelChoice.HEAVY:
        stop("--fast and --model heavy cannot be combined.", WRONG_USE)
    return AssessmentOptions(model=Model.FULL, passes=FAST_PASSES, refine=False)
