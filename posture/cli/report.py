"""``posture report``: a report from the record, as PDF or HTML."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from posture.cli.choices import LanguageChoice, PaperChoice
from posture.cli.record import opened
from posture.cli.terminal import explaining, tell

if TYPE_CHECKING:
    from posture.records import Patient, Store, Visit

app = typer.Typer()


@app.command()
def report(
    patient: Annotated[str, typer.Argument(help="Record number, or all or part of the name.")],
    target: Annotated[Path, typer.Argument(metavar="FILE.pdf|FILE.html")],
    *,
    visit: Annotated[
        str | None,
        typer.Option(help="Day of the visit, such as 2026-09-07; default: the last visit."),
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="Day of an earlier visit to compare with.")
    ] = None,
    note: Annotated[bool, typer.Option(help="Include the SOT note.")] = False,
    hide_face: Annotated[bool, typer.Option(help="Blur faces.")] = False,
    paper: Annotated[
        PaperChoice | None,
        typer.Option(case_sensitive=False, help="Paper size; by default as in the settings."),
    ] = None,
    language: Annotated[
        LanguageChoice | None, typer.Option(help="Language; by default as in the settings.")
    ] = None,
) -> None:
    """Write a report on one visit, or comparing two, with letterhead and photos."""

    def run() -> None:
        from dataclasses import replace

        from posture.errors import PostureError
        from posture.files import kind_of, write_out
        from posture.practice import settings
        from posture.practice.settings import Paper
        from posture.practice.sot import OWN_SETTING, Stage, vocabulary, with_own
        from posture.records.home import data_folder
        from posture.report import ReportOptions, comparison_report, to_html, to_pdf, visit_report
        from posture.words import Message, speaking

        if target.suffix.lower() not in (".pdf", ".html"):
            raise PostureError(
                Message(
                    "{target} is not a report file. End its name in .pdf or .html.", target=target
                )
            )
        kind_of(target)  # before the work is done, not after
        store = opened(data_folder())
        choices = settings.of(store.settings.get)
        person = _patient(store, patient)
        visits = [
            found for _, found in store.visits.export(person.id, form=f"{target.suffix} report")
        ]
        last = _visit(visits, visit)
        wanted = ReportOptions(choices.letterhead, note=note, hide_face=hide_face)
        fields = with_own(vocabulary(store.home), store.settings.get(OWN_SETTING))
        with speaking(replace(choices.speech, language=str(language or choices.speech.language))):
            if against is not None:
                first = _visit(visits, against)
                document = comparison_report(
                    person,
                    ((first, Stage.PRE), (last, Stage.PRE)),
                    store.photos.get,
                    fields,
                    wanted,
                )
            else:
                document = visit_report(person, last, store.photos.get, fields, wanted)
            made = (
                to_html(document)
                if target.suffix.lower() == ".html"
                else to_pdf(document, Paper[paper.name] if paper else choices.paper)
            )
        write_out(target, made)
        tell().print(f"Wrote the report to {target}. It names the patient.")

    explaining(run)


def _patient(store: "Store", wanted: str) -> "Patient":
    from posture.errors import PostureError
    from posture.words import Message

    found = store.patients.find(wanted) + store.patients.find(wanted, archived=True)
    exact = [p for p in found if wanted in (p.details.record_number, p.details.name)] or found
    if not exact:
        raise PostureError(Message("No patient matches “{wanted}”.", wanted=wanted))
    if len(exact) > 1:
        raise PostureError(
            Message(
                "{n} patients match “{wanted}”. Give the record number.",
                n=len(exact),
                wanted=wanted,
            )
        )
    return exact[0]


def _visit(visits: "list[Visit]", day: str | None) -> "Visit":
    from posture.errors import PostureError
    from posture.words import Message

    if not visits:
        raise PostureError(Message("The patient has no visits yet."))
    found = [v for v in visits if day is None or f"{v.visited_at:%Y-%m-%d}" == day]
    if not found:
        days = [f"{v.visited_at:%Y-%m-%d}" for v in visits]
        raise PostureError(
            Message("There is no visit on {day}. Visits: {days}.", day=day, days=days)
        )
    return found[-1]
