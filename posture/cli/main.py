"""The command line. Whatever is heavy is imported by the command that needs it."""

import faulthandler
import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from posture import __version__, logs
from posture.cli import imports, practice, record, report, terminal
from posture.cli.terminal import WRONG_USE, Plain, explaining, stop, tell
from posture.errors import FileError, PhotoError, PointsError, PostureError
from posture.hardening import no_core_dumps
from posture.ranges import CAMERA_MM, POSTER_MM, WALL_MM
from posture.words import Message

if TYPE_CHECKING:
    from posture.imaging.photo import Photo
    from posture.measuring.assessment import Assessment
    from posture.measuring.options import AssessmentOptions

app = typer.Typer(
    name="posture",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Plumbline measures standing posture from photos, offline, and says how sure it is.",
)
app.add_typer(record.app)
app.add_typer(practice.audit, name="audit")
app.add_typer(practice.user, name="user")
app.add_typer(imports.app)
app.add_typer(report.app)

VIEWS = ("anterior", "posterior", "left", "right", "auto")
OVERLAYS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}

Host = Annotated[str, typer.Option(help="Address to listen on; the default is this computer only.")]
Port = Annotated[int, typer.Option(min=1, max=65535)]
Cert = Annotated[
    Path | None,
    typer.Option(envvar="POSTURE_TLS_CERT", help="TLS certificate, PEM, for other computers."),
]
Key = Annotated[
    Path | None, typer.Option(envvar="POSTURE_TLS_KEY", help="The certificate's private key, PEM.")
]
BehindProxy = Annotated[
    bool,
    typer.Option(
        "--behind-proxy",
        envvar="POSTURE_BEHIND_PROXY",
        help="A proxy in front speaks TLS, and nobody else reaches this address.",
    ),
]
Names = Annotated[
    list[str] | None,
    typer.Option(
        "--name",
        envvar="POSTURE_NAMES",
        help="Host name under which browsers ask, such as clinic.example; may be given repeatedly.",
    ),
]
Browser = Annotated[bool, typer.Option(help="Open the dashboard in the browser.")]


def _one_of(*allowed: str) -> Callable[[str], str]:
    """Return an option's callback that allows these values only."""

    def check(value: str) -> str:
        if value not in allowed:
            raise typer.BadParameter(f"{value!r} is none of {', '.join(allowed)}.")
        return value

    return check


def _detection_options(model: str, *, fast: bool) -> "AssessmentOptions":
    """Return the options that the flags ``--model`` and ``--fast`` choose."""
    from posture.measuring.options import AssessmentOptions
    from posture.pose.detect import FAST_PASSES
    from posture.pose.models import Model

    if not fast:
        return AssessmentOptions(model=None if model == "auto" else Model(model))
    if model == "heavy":
        stop("--fast and --model heavy exclude each other: choose one.", WRONG_USE)
    return AssessmentOptions(model=Model.FULL, passes=FAST_PASSES, refine=False)


@app.callback(invoke_without_command=True)
def root(
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Take the options that belong to no command."""
    if version:
        typer.echo(f"posture {__version__}")
        raise typer.Exit
    no_core_dumps()
    _hush_native_log()


@app.command()
def assess(
    photos: Annotated[list[Path], typer.Argument(metavar="PHOTO...", help="Photos to measure.")],
    *,
    view: Annotated[
        str,
        typer.Option(
            help="The side of the patient the camera sees: anterior, posterior, left, right, or "
            "auto to guess.",
            callback=_one_of(*VIEWS),
        ),
    ] = "auto",
    height_cm: Annotated[
        float | None, typer.Option(help="The patient's height: gives millimetres.")
    ] = None,
    points: Annotated[
        Path | None,
        typer.Option(help="Landmarks placed by hand, JSON: {name: [x, y]}; they win."),
    ] = None,
    markers: Annotated[
        str,
        typer.Option(
            help="Colour of adhesive markers: green, blue, pink, yellow, orange; none: no markers.",
            callback=_one_of("green", "blue", "pink", "yellow", "orange", "none"),
        ),
    ] = "green",
    poster_mm: Annotated[
        float,
        typer.Option(
            min=POSTER_MM.least,
            max=POSTER_MM.most,
            help="Between the centres of the wall poster's patterns.",
        ),
    ] = 1000.0,
    wall_mm: Annotated[
        float,
        typer.Option(
            min=WALL_MM.least, max=WALL_MM.most, help="From the wall to the middle of the body."
        ),
    ] = 250.0,
    camera_mm: Annotated[
        float | None,
        typer.Option(
            min=CAMERA_MM.least,
            max=CAMERA_MM.most,
            help="From the camera to the body; otherwise from the photo's own data of the lens.",
        ),
    ] = None,
    model: Annotated[
        str,
        typer.Option(
            help="full, heavy (slower), or auto: heavy from the side.",
            callback=_one_of("auto", "full", "heavy"),
        ),
    ] = "auto",
    fast: Annotated[
        bool,
        typer.Option("--fast", help="Four times as fast, with larger errors, which it states."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON array on standard output.")
    ] = False,
    csv: Annotated[
        Path | None, typer.Option(help="Write one CSV row per measurement to this file.")
    ] = None,
    overlay: Annotated[
        Path | None,
        typer.Option(
            help="Write the photo with what was measured to this PNG or JPEG; with several "
            "photos, to this folder."
        ),
    ] = None,
) -> None:
    """Measure the standing posture on photos.

    Exit code 0: all were measured, and drawn where asked for. 1: at least one could not be; the
    others are there all the same. 2: wrong use.
    """
    if as_json and csv is not None:
        stop("--json and --csv exclude each other: choose one.", WRONG_USE)
    if points is not None and len({path.name for path in photos}) < len(photos):
        stop("With --points, photos must have different file names.", WRONG_USE)
    _check_outputs(photos, csv, overlay)

    from posture.imaging.photo import load_photo
    from posture.imaging.scene import Setup
    from posture.measuring.assess import assess as measure
    from posture.measuring.placed import Placed, load_placed
    from posture.present.serialise import refused_to_json, to_json

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
                view,
                height_cm=height_cm,
                points=hand.points,
                plumb_line=hand.plumb_line,
                options=replace(
                    _detection_options(model, fast=fast),
                    markers=None if markers == "none" else markers,
                    setup=Setup(poster_mm, wall_mm, camera_mm),
                ),
            )
        except Exception as error:  # one photo's trouble takes no other one's result
            failed = True
            wrong += isinstance(error, PointsError)
            code, why = _trouble(error)
            output.append(refused_to_json(path.name, code, why))
            tell().print(f"{path.name}: not measured. {why}", style="red")
            continue
        failed = failed or not result.measured
        found.append(result)
        output.append(to_json(result))
        if not as_json:
            _print_table(result)
        if overlay is not None:
            try:
                _write_overlay(photo, result, overlay, several=len(photos) > 1)
            except Exception as error:  # nor does a picture of it
                failed = True
                tell().print(f"{path.name}: no overlay. {_trouble(error)[1]}", style="red")
    if as_json:
        ascii_only = not str(sys.stdout.encoding).lower().startswith("utf")
        sys.stdout.write(json.dumps(output, indent=1, ensure_ascii=ascii_only) + "\n")
    if csv is not None:
        _write_csv(found, csv)
    if wrong == len(photos):
        raise typer.Exit(WRONG_USE)
    raise typer.Exit(1 if failed else 0)


@app.command()
def poster(
    target: Annotated[Path, typer.Argument(metavar="FILE.pdf")] = Path("poster.pdf"),
    *,
    paper: Annotated[
        str, typer.Option(help="a4 or letter.", callback=_one_of("a4", "letter"))
    ] = "a4",
) -> None:
    """Write the wall poster as a PDF of two pages: it gives true vertical and scale."""
    from posture.files import kind_of, write_out
    from posture.imaging.poster import DPI, sheets

    def run() -> None:
        kind_of(target)  # before the work is done, not after
        pages = sheets(paper)
        file = io.BytesIO()
        pages[0].save(file, "PDF", save_all=True, append_images=pages[1:], resolution=DPI)
        write_out(target, file.getvalue())
        tell().print(f"{target} is written. Print it at 100 %, without fitting it to the page.")

    explaining(run)


@app.command("app")
def app_(
    *,
    host: Host = "127.0.0.1",
    port: Port = 8501,
    browser: Browser = True,
    cert: Cert = None,
    key: Key = None,
    behind_proxy: BehindProxy = False,
    name: Names = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask for the passphrase here, not in the browser.")
    ] = False,
) -> None:
    """Serve the dashboard on your records.

    They are opened by a passphrase: on the unlock page, here with --ask, or from the file that
    POSTURE_PASSPHRASE_FILE names.
    """
    from posture.gate.options import Options
    from posture.records.home import data_folder
    from posture.serve.server import serve

    def run() -> None:
        if ask:
            record.opened(data_folder())
        options = Options(host, port, cert, key, behind_proxy=behind_proxy, names=tuple(name or ()))
        serve(data_folder(), options, browser=browser)

    explaining(run)


@app.command()
def demo(
    *,
    port: Port = 8501,
    browser: Browser = True,
) -> None:
    """Serve the dashboard with the sample patients, kept apart, on this computer only."""
    from posture.cli.demo import fill
    from posture.gate.options import Options
    from posture.records.home import apart_from_the_clinic, demo_folder
    from posture.serve.server import serve

    def run() -> None:
        apart_from_the_clinic()
        fill(demo_folder(), tell=tell().print)
        serve(demo_folder(), Options(port=port, opens_itself=True), browser=browser)

    explaining(run)


def main() -> None:
    """Run the command line."""
    terminal.main(app)


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


def _trouble(error: Exception) -> tuple[str, Message]:
    """Return a code and what is said of what went wrong with one photo."""
    if isinstance(error, PhotoError):
        return error.code, error.message
    if isinstance(error, PostureError):
        return type(error).__name__.removesuffix("Error").lower(), error.message
    place = logs.places(error.__traceback__)[-1]
    return "fault", Message(
        "A fault in the program ({kind} at {place}). The other photos are not touched by it. "
        "Please report it.",
        kind=type(error).__name__,
        place=place,
    )


def _print_table(result: "Assessment") -> None:
    from rich.table import Table

    from posture.present import phrases

    scale = result.scene.scale_source.words if result.scene.scale_source else "no scale"
    console = Plain()
    console.print(
        f"{result.photo}: {result.view or 'unknown'} view ({result.view_source}), "
        f"{result.scene.vertical_source.words}, {scale}",
        style="bold",
    )
    table = Table(show_edge=False, pad_edge=False)
    for heading in ("measure", "found", "± sd", "a change exceeds", "points"):
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


def _check_outputs(photos: list[Path], csv: Path | None, overlay: Path | None) -> None:
    """Refuse a place where nothing can be written, before photos are measured for minutes."""
    from posture.files import kind_of

    several = len(photos) > 1
    if overlay is not None and len({path.stem for path in photos}) < len(photos):
        stop("With --overlay, photos must have different file names.", WRONG_USE)
    try:
        if csv is not None:
            kind_of(csv)
        if overlay is not None and not several:
            kind_of(overlay)
            _overlay_kind(overlay)
    except FileError as error:
        stop(str(error), WRONG_USE)


def _overlay_kind(target: Path) -> str:
    """Return the kind of picture that a name asks for; one without an ending is a PNG."""
    kind = OVERLAYS.get(target.suffix.lower() or ".png")
    if kind is None:
        raise FileError(
            Message("{target} names no picture. End its name in .png or .jpg.", target=target)
        )
    return kind


def _write_overlay(photo: "Photo", result: "Assessment", target: Path, *, several: bool) -> None:
    from PIL import Image

    from posture.files import write_out
    from posture.present.overlay import overlay

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
                "The folder {target} could not be made: {strerror}.",
                target=target,
                strerror=error.strerror,
            )
        ) from error


def _write_csv(results: "list[Assessment]", target: Path) -> None:
    from posture.export.tidy import of_assessments, to_csv
    from posture.files import write_out

    try:
        write_out(target, to_csv(of_assessments(results)))
    except FileError as error:
        stop(str(error))
