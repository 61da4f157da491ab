"""What goes into a report of one visit, and of a comparison of two moments."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

from posture import __version__
from posture.changes.better_view import standing_back
from posture.changes.compare import Change, Verdict, compare_kept, notes
from posture.issues import Severity
from posture.landmarks import View
from posture.measuring.assessment import Assessment
from posture.measuring.measures import BY_KEY
from posture.measuring.take import Measurement
from posture.practice.protocols import Protocol, display_text, protocol_differences
from posture.practice.settings import Letterhead
from posture.practice.sot import Field, Stage, lines
from posture.present import phrases
from posture.records import Patient, Visit
from posture.records.types import StoredPhoto
from posture.report.document import Document, Figure, Section, Table
from posture.report.report_photos import photo_figure
from posture.words import day_words, speech, t

PhotoLoader = Callable[[str], bytes]
"""A photo's id in, its file out."""

Moment = tuple[Visit, Stage]
STAGES = (Stage.PRE, Stage.POST, Stage.VISIT)


@dataclass(frozen=True)
class ReportOptions:
    """What a report contains."""

    letterhead: Letterhead
    photos: bool = True
    note: bool = False
    definitions: bool = True
    hide_face: bool = False


def visit_report(
    patient: Patient,
    visit: Visit,
    photos: PhotoLoader,
    fields: tuple[Field, ...],
    wanted: ReportOptions,
) -> Document:
    """Return the report of one visit: each view with its values, and how they were made."""
    shown = visit.by_view
    sections = [_photo_section(photo, photos, wanted) for photo in shown]
    if wanted.note:
        sections += _note_sections([visit], fields)
    keys = [m.key for p in shown for m in p.assessment.measurements if m.value is not None]
    if wanted.definitions and keys:
        sections.append(_definitions(keys))
    sections.append(_conditions([(visit, visit.protocol)], [p.assessment for p in shown]))
    return _document(
        t("Posture report"), patient, wanted, sections,
        [(t("Visit"), _when(visit)), (t("Practitioner"), visit.practitioner)],
    )  # fmt: skip


def comparison_report(
    patient: Patient,
    moments: tuple[Moment, Moment],
    photos: PhotoLoader,
    fields: tuple[Field, ...],
    wanted: ReportOptions,
) -> Document:
    """Return the report of two moments, view by view; changes beyond the error come first."""
    before, after = moments
    anew = before[0].id != after[0].id
    sections: list[Section] = []
    used: list[Assessment] = []
    keys: list[str] = []
    remarks = protocol_differences(before[0].protocol, after[0].protocol)
    shown = {}
    for view in View:
        one, other = (visit.of_view(stage, view) for visit, stage in (before, after))
        if one is not None and other is not None:
            shown[view] = one, other, compare_kept(one, other, photos, marked_anew=anew)
    back = standing_back((view, change) for view, row in shown.items() for change in row[2])
    for view, (one, other, found) in shown.items():
        used += [one.assessment, other.assessment]
        better = {key: other_view for (of, key), other_view in back.items() if of is view}
        changes = sorted(found, key=lambda change: (change.key in better, *_weight(change)))
        keys += [c.key for c in changes if c.verdict is not Verdict.NOT_COMPARABLE]
        pictures, left_out = _pictures(
            [(t("Before"), one), (t("After"), other)] if wanted.photos else [], photos, wanted
        )
        sections.append(
            Section(
                t("{view} view", view=t(str(view)).capitalize()),
                pictures,
                (_change_table(changes, better),),
                (
                    *left_out,
                    *map(t, notes(one.assessment, other.assessment, marked_anew=anew)),
                    *_told(t("Before"), one.assessment),
                    *_told(t("After"), other.assessment),
                    *_reasons(changes),
                ),
            )
        )
    if remarks:
        words = t("The photos were taken with different protocols: {how}.", how="; ".join(remarks))
        sections.insert(0, Section(t("Read this first"), remarks=(words,)))
    if wanted.note:
        sections += _note_sections([before[0], after[0]], fields)
    if wanted.definitions and keys:
        sections.append(_definitions(keys))
    visits = {visit.id: (visit, visit.protocol) for visit, _ in (before, after)}
    sections.append(_conditions(visits.values(), used))
    facts = [
        (t("Before"), _moment_words(before)),
        (t("After"), _moment_words(after)),
    ]
    return _document(t("Posture: before and after"), patient, wanted, sections, facts)


def _document(
    title: str,
    patient: Patient,
    wanted: ReportOptions,
    sections: Iterable[Section],
    facts: Iterable[tuple[str, str]],
) -> Document:
    details = patient.details
    born = day_words(details.date_of_birth) if details.date_of_birth else ""
    height = t("{n:g} cm", n=details.height_cm) if details.height_cm else ""
    all_facts = (
        (t("Patient"), details.name),
        (t("Record number"), details.record_number),
        (t("Born"), born),
        (t("Height"), height),
        *facts,
    )
    return Document(
        language=speech().language,
        title=title,
        letterhead=wanted.letterhead,
        facts=tuple(fact for fact in all_facts if fact[1]),
        sections=tuple(sections),
        foot=t(
            "Left and right are the patient's. This report documents and compares; it does not "
            "diagnose. Made with Plumbline {version} on {day}.",
            version=__version__,
            day=day_words(date.today()),  # noqa: DTZ011 - the practice's own day
        ),
        page_words=t("Page"),
    )


def _photo_section(photo: StoredPhoto, photos: PhotoLoader, wanted: ReportOptions) -> Section:
    assessment = photo.assessment
    heading = t("{view} view", view=t(str(assessment.view or "unknown")).capitalize())
    found = [m for m in assessment.measurements if m.value is not None]
    table = Table(
        (t("Measure"), t("Found"), t("± SD"), t("Smallest real change"), t("How")),
        tuple(
            (
                t(m.label), phrases.found(m), phrases.amount(m.sd, m.unit),
                phrases.amount(m.mdc, m.unit), phrases.how(m, assessment.view),
            )
            for m in found
        ),
    )  # fmt: skip
    pictures, left_out = _pictures([(heading, photo)] if wanted.photos else [], photos, wanted)
    return Section(
        f"{heading} · {t(photo.stage.words)}",
        pictures,
        (table,) if found else (),
        (
            *left_out,
            phrases.scene(assessment.scene),
            *map(phrases.issue, assessment.active_issues),
            *_missing(assessment.measurements),
        ),
    )


def _pictures(
    shown: Iterable[tuple[str, StoredPhoto]], photos: PhotoLoader, wanted: ReportOptions
) -> tuple[tuple[Figure, ...], tuple[str, ...]]:
    made = [
        photo_figure(photos(photo.id), photo.assessment, caption, hide_face=wanted.hide_face)
        for caption, photo in shown
    ]
    return (
        tuple(p for p in made if isinstance(p, Figure)),
        tuple(p for p in made if isinstance(p, str)),
    )


def _change_table(changes: Iterable[Change], better: Mapping[str, View]) -> Table:
    """Return changes as a table; ``better`` has the views that show a change better."""
    shown = [c for c in changes if c.verdict is not Verdict.NOT_COMPARABLE]
    return Table(
        (t("Measure"), t("Before"), t("After"), t("Difference"), t("Smallest real change"),
         t("Verdict")),
        tuple(
            (
                t(c.label),
                *_both_values(c),
                phrases.difference(c),
                phrases.amount(c.mdc, c.unit),
                phrases.better_in(better[c.key]) if c.key in better else t(c.verdict),
            )
            for c in shown
        ),
        frozenset(n for n, c in enumerate(shown) if _is_stated(c, better)),
    )  # fmt: skip


def _is_stated(change: Change, better: Mapping[str, View]) -> bool:
    return change.verdict is Verdict.CHANGE and change.key not in better


def _both_values(change: Change) -> tuple[str, str]:
    if change.registered:  # measured from both photos together: the single values mislead
        return "", ""
    before, after = (phrases.found(m) if m else "" for m in (change.before, change.after))
    return before, after


def _weight(change: Change) -> tuple[bool, float]:
    """Order changes: those beyond the error first, the largest in terms of it before others."""
    size = abs(change.difference or 0.0) / (change.mdc or 1.0)
    return change.verdict is not Verdict.CHANGE, -size


def _missing(measurements: Iterable[Measurement]) -> tuple[str, ...]:
    reasons: dict[str, list[str]] = {}
    for m in measurements:
        if m.value is None:
            reasons.setdefault(m.reason or "", []).append(t(m.label))
    return tuple(
        t("Not measured: {measures}: {reason}.", measures=", ".join(names), reason=t(reason))
        for reason, names in reasons.items()
    )


def _told(when: str, assessment: Assessment) -> tuple[str, ...]:
    """Return the issues, except notes, of a photo or of those combined into it."""
    weighing = (issue for issue in assessment.active_issues if issue.severity is not Severity.NOTE)
    return tuple(f"{when}: {phrases.issue(issue)}" for issue in weighing)


def _reasons(changes: Iterable[Change]) -> tuple[str, ...]:
    reasons: dict[str, list[str]] = {}
    for change in changes:
        if change.verdict is Verdict.NOT_COMPARABLE:
            reasons.setdefault(phrases.why_not(change), []).append(t(change.label))
    return tuple(
        t("Not comparable: {measures}: {reason}.", measures=", ".join(names), reason=reason)
        for reason, names in reasons.items()
    )


def _note_sections(visits: Sequence[Visit], fields: tuple[Field, ...]) -> list[Section]:
    """Return all findings of these visits, stage by stage, each visit's once."""
    sections = []
    for visit, stage in product({visit.id: visit for visit in visits}.values(), STAGES):
        rows = tuple(lines(visit.notes.get(stage, {}), fields, t))
        if rows:
            table = Table((t("Finding"), t("Recorded")), rows)
            heading = f"{t('SOT note')} · {_when(visit)} · {t(stage.words)}"
            sections.append(Section(heading, tables=(table,)))
    return sections


def _definitions(keys: Iterable[str]) -> Section:
    rows = tuple(
        (t(row.label), t(row.definition), t(row.reference) if row.reference else "")
        for row in (BY_KEY[key] for key in BY_KEY if key in set(keys))
    )
    return Section(
        t("About the measures"),
        tables=(Table((t("Measure"), t("Definition"), t("Reported in the literature")), rows),),
        remarks=(
            t(
                "SD is the standard deviation of the measuring error: the true value lies within "
                "± 2 SD in 95% of cases."
            ),
            t(
                "A difference counts as a change only if it is larger than the smallest real "
                "change, the minimal detectable change (95%) of the measure."
            ),
        ),
    )


def _conditions(
    visits: Iterable[tuple[Visit, Protocol | None]], assessments: Iterable[Assessment]
) -> Section:
    rows = []
    for visit, protocol in visits:
        words = (
            phrases.conditions(protocol) if protocol else t("no protocol is stored with this visit")
        )
        if protocol:
            words = f"{display_text(protocol, protocol.label)}: {words}"
        rows.append((_when(visit), words))
    for assessment in assessments:
        view = t("{view} view", view=t(str(assessment.view or "unknown")).capitalize())
        width, height = assessment.image_size
        model = t("{width} × {height} pixels, model {model}", width=width, height=height,
                  model=assessment.model)  # fmt: skip
        row = (view, f"{phrases.scene(assessment.scene)} {model}")
        if row not in rows:
            rows.append(row)
    return Section(
        t("How the photos were taken"), tables=(Table((t("What"), t("How")), tuple(rows)),)
    )


def _when(visit: Visit) -> str:
    return f"{day_words(visit.visited_at.date())}, {visit.visited_at:%H:%M}"


def _moment_words(moment: Moment) -> str:
    return f"{_when(moment[0])} · {t(moment[1].words)}"
