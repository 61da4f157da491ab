"""What changed, for the patient: one page in plain words and large type."""

from collections.abc import Callable
from dataclasses import dataclass

from posture.changes.better_view import standing_back
from posture.changes.compare import Change, Verdict, compare_kept
from posture.landmarks import View
from posture.practice.protocols import protocol_differences
from posture.practice.settings import Letterhead
from posture.practice.sot import Stage
from posture.present import phrases
from posture.present.phrases import unit_sign
from posture.records import Visit
from posture.report.document import Figure
from posture.report.html import style
from posture.report.patient_words import PATIENT_WORDS, VIEW_HEADINGS
from posture.report.report_photos import photo_figure
from posture.templates import render
from posture.words import day_words, in_sentence, number_words, speech, t

LEAST = {"deg": 0.5, "mm": 1.0}
"""Smaller changes count as "about the same" here, however precisely they were measured."""


@dataclass(frozen=True)
class ChangeInWords:
    """One change in words: its subject, its size, and both values if they are worth showing."""

    name: str
    change: str
    before: str = ""
    now: str = ""


@dataclass(frozen=True)
class Side:
    """The body from one side: two photos, what changed, and what stayed about the same.

    ``elsewhere``: some changes are described from another side, which shows them better.
    """

    heading: str
    pictures: tuple[Figure, ...]
    changed: tuple[ChangeInWords, ...]
    same: tuple[str, ...]
    elsewhere: bool = False


@dataclass(frozen=True)
class PatientSummary:
    """A patient's page: dates, sides, and remarks for reading it. It contains no names."""

    language: str
    title: str
    dates: tuple[str, str]
    sides: tuple[Side, ...]
    remarks: tuple[str, ...]
    practice: str


def summarise(
    moments: tuple[tuple[Visit, Stage], tuple[Visit, Stage]],
    photos: Callable[[str], bytes],
    *,
    hide_face: bool,
    lines: bool = True,
    letterhead: Letterhead | None = None,
) -> PatientSummary:
    """Return what changed between two moments in plain words.

    Parameters
    ----------
    moments : pair of (visit, stage)
        Before, and now.
    photos : callable
        A photo's id in, its file out.
    hide_face : bool
        Whether to blur the head; a photo in which no head was found is then left out.
    lines : bool
        Whether to draw the measured lines.
    letterhead : Letterhead, optional
        Its name goes at the foot of the page.
    """
    before, now = moments
    sides, remarks = [], []
    shown = {}
    for view in View:
        one, other = (visit.of_view(stage, view) for visit, stage in moments)
        if one is not None and other is not None:
            changes = compare_kept(one, other, photos, marked_anew=before[0].id != now[0].id)
            shown[view] = one, other, [c for c in changes if c.key in PATIENT_WORDS]
    back = standing_back((view, c) for view, row in shown.items() for c in row[2])
    for view, (one, other, found) in shown.items():
        told = [c for c in found if (view, c.key) not in back]
        told.sort(key=lambda c: -c.in_errors)
        made = [
            photo_figure(
                photos(p.id), p.assessment, caption, hide_face=hide_face, lines=lines, words=False
            )
            for p, caption in ((one, t("Before")), (other, t("Now")))
        ]
        remarks += [m for m in made if isinstance(m, str)]
        sides.append(
            Side(
                t(VIEW_HEADINGS[str(view)]),
                tuple(m for m in made if isinstance(m, Figure)),
                tuple(_told(c) for c in told if _worth_telling(c)),
                tuple(t(PATIENT_WORDS[c.key].name) for c in told if _about_the_same(c)),
                elsewhere=len(told) < len(found),
            )
        )
    if protocol_differences(before[0].protocol, now[0].protocol):
        remarks.append(
            t(
                "The photos were taken in different ways, which may account for part of a "
                "difference."
            )
        )
    return PatientSummary(
        speech().language,
        t("Your posture, before and now"),
        (_day(before), _day(now)),
        tuple(sides),
        tuple(remarks),
        letterhead.name if letterhead else "",
    )


def summary_page(story: PatientSummary) -> bytes:
    """Return the summary as one self-contained HTML file."""
    page = render(
        "posture.report",
        "patient.html",
        language=story.language,
        title=story.title,
        css=style("patient.css"),
        story=story,
        words=_words(),
    )
    return page.encode()


def summary_body(story: PatientSummary) -> str:
    """Return the summary as the body of an HTML page, for :file:`patient.css`."""
    return render("posture.report", "patient_body.html", story=story, words=_words())


def _words() -> dict[str, str]:
    """Return the page's own texts."""
    return {
        "changed": t("What changed"),
        "now": t("now"),
        "nothing": t("No changes larger than the measuring error."),
        "not_comparable": t("The measurements from this side cannot be compared."),
        "same": t("About the same:"),
        "how": t(
            "We list only changes larger than the normal difference between two photos. The "
            "photos show how you stood at that moment; they are not a diagnosis. Ask your "
            "practitioner what they mean for you. “Left” and “right” are your own left and right."
        ),
    }


def _worth_telling(change: Change) -> bool:
    size = abs(change.difference or 0.0)
    return change.verdict is Verdict.CHANGE and round(size, 1) >= LEAST[change.unit]


def _about_the_same(change: Change) -> bool:
    return change.verdict is not Verdict.NOT_COMPARABLE and not _worth_telling(change)


def _told(change: Change) -> ChangeInWords:
    name, sides = PATIENT_WORDS[change.key]
    before, now = (
        None if value is None else phrases.exact(value, change.unit)
        for value in phrases.values(change)
    )
    by = phrases.exact(change.difference or 0.0, change.unit)
    # Whole degrees and millimetres where that keeps the change; one decimal more where the two
    # look alike, or differ by something else than the change.
    whole = abs(by) >= 1 and unit_sign(change.unit).strip() != "in"
    decimals = 0 if whole else 1
    if before is not None and now is not None:
        apart = round(round(now, decimals) - round(before, decimals), decimals)
        if apart == 0 or apart != round(by, decimals):
            decimals += 1
        before, now = round(before, decimals), round(now, decimals)
        by = now - before
    step = phrases.step(sides, before, now, by, _amount(change, by, decimals))
    told = t("{change} than before", change=step)
    if before is None or now is None:
        return ChangeInWords(t(name), told)
    was, is_ = (
        phrases.position(sides, value, _amount(change, value, decimals)) for value in (before, now)
    )
    return ChangeInWords(t(name), told, was, is_)


def _amount(change: Change, value: float, decimals: int) -> str:
    return number_words(abs(value), decimals) + unit_sign(change.unit)


def _day(moment: tuple[Visit, Stage]) -> str:
    visit, stage = moment
    return f"{day_words(visit.visited_at.date())}, {in_sentence(t(stage.words))}"
