"""What people might type, in every field of a record: each text a sign of markup, and a mark."""

from dataclasses import replace
from datetime import datetime

from posture.measuring.take import IMPORTED
from posture.practice import protocols, settings
from posture.practice.settings import Letterhead
from posture.practice.sot import OWN_SETTING, Stage
from posture.records import (
    Correction,
    ImportedValue,
    NewPhoto,
    NewVisit,
    PatientDetails,
    Role,
    Scope,
    Store,
)
from posture.records.sessions import Sessions
from support.samples import SAMPLES, assessed, with_consent

SIGNS = (
    "+", "-", "=", "@", "+ Derefield left", "# x", "$x$ and $y$", "![i](http://far.invalid/i)",
    "[l](http://far.invalid)", "http://far.invalid/x www.far.invalid a@far.invalid",
    ":material/home: :material_home: :smile: :+1: :red[r] :streamlit: :small[x]{a=b}",
    "a -> b -- c <- d <-> e >= f <= g ~= h", "--", "->", "1. one", "123) one",
    "- x", "> q", "| a | b |",
    "*a* _b_ `c` ~~d~~ ^e^ \\ \\* \\\\", "<b>b</b> &amp; <img src=http://far.invalid/j>",
    "x :material/home: y :material_home:", "{0} {name} %s #{x} #x @y ``` = * /* // ~ \" 'q'",
    "== *** ___", "[^1] [x] [ ]", "::x :::y",
    '=HYPERLINK("http://far.invalid","y")', "'=1+1", "''+a", "left", "Export", "<!-- x -->",
)  # fmt: skip
"""Each does something somewhere: in markdown, HTML, Typst, a spreadsheet, or a catalog."""

UGLY = "# +1 *a* $b$ ![i](http://far.invalid/i) :smile: <b>c</b> &amp; d -> e -- {x} #y @z \"'\\* "
WHEN = datetime(2026, 9, 7, 9, 0)  # noqa: DTZ001
NAME = "m1_visit1_anterior.jpg"
OWN_KEY = "standing_sway"


def marked(mark: str) -> str:
    """Return an ugly text by which a field is known."""
    return f"{UGLY}{mark}"


MARKS = (
    "name", "number", "remarks", "practitioner", "option", "label", "choice", "text", "reason",
    "protocol", "clothing", "stance", "practice", "address", "record", "teaching", "sharing",
    "method", "cell",
)  # fmt: skip
"""One for each text field of the program."""


def ugly_record(store: Store) -> tuple[str, str]:
    """Fill a record with ugly texts; return the patient's id and a session's token."""
    protocol = replace(
        protocols.standard()[0], key="own-1", label=marked("protocol"),
        clothing=marked("clothing"), stance=marked("stance"),
    )  # fmt: skip
    store.settings.save(protocols.SETTING, [protocols.to_json(protocol)])
    store.settings.save(protocols.DEFAULT_SETTING, "own-1")
    head = Letterhead(marked("practice"), marked("address"))
    store.settings.save(
        settings.SETTING, settings.to_json(replace(settings.Practice(), letterhead=head))
    )
    field = {"label": marked("label"), "kind": "choice", "options": [marked("choice"), "left"]}
    store.settings.save(OWN_SETTING, {"options": {OWN_KEY: [marked("option")]}, "fields": [field]})
    for scope in Scope:
        store.consents.save_words(scope, marked(str(scope)))
    user = store.users.invite("*a*_b_$c$user@far.invalid", Role.OWNER)
    token = Sessions(store).begin(user, "test")
    mine = store.acting_as(Sessions(store).find(token).actor)
    details = PatientDetails(
        marked("name"), None, 176.9, marked("number"), f"{marked('remarks')}\n# second line"
    )
    patient = with_consent(mine, details, *Scope)
    found = replace(assessed(NAME, "anterior"), photo=marked("file"))
    photo = NewPhoto((SAMPLES / NAME).read_bytes(), Stage.PRE, found, "image/jpeg")
    own = f"own_{'_'.join(marked('label').casefold().split())}"
    notes = {
        Stage.PRE: {OWN_KEY: marked("option"), own: marked("choice"), "pain": 4},
        Stage.VISIT: {
            "plan": f"{marked('text')}\n# second line", "subjective": "left",
            "blocks": [{"placement": marked("cell"), "side": "left"}],
        },
    }  # fmt: skip
    value = ImportedValue(
        "shoulder_level", 1.0, Stage.PRE, None, f"{IMPORTED}{marked('method')}", "f"
    )
    for number in (0, 1):
        new = NewVisit(
            patient, WHEN.replace(day=7 + number), marked("practitioner"), (photo,), notes,
            (value,), protocol,
        )  # fmt: skip
        visit = mine.visits.save(new)
        photo = NewPhoto(
            (SAMPLES / NAME.replace("1_a", "3_a")).read_bytes(), Stage.PRE,
            replace(assessed(NAME.replace("1_a", "3_a"), "anterior"), photo=marked("file")),
            "image/jpeg",
        )  # fmt: skip
    correction = Correction(marked("reason"), notes={Stage.PRE: {**notes[Stage.PRE], "pain": 5}})
    mine.revisions.correct(visit, correction, seen=store.visits.get(visit).revision)
    return patient, token
