"""Every button and every download of every page is clicked, by each role, and none breaks.

Nothing here names a button to be clicked: what a page offers is found on the page.
"""

import io
import re
import zipfile
from datetime import datetime
from pathlib import Path

import pandas as pd
import pypdf
import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as Late
from support.page_ready import settled, watched
from support.samples import SAMPLES, assessed, open_store, with_consent
from support.serving import serving

from posture.practice.sot import OWN_SETTING, Stage
from posture.records import NewPhoto, NewVisit, PatientDetails, Role, Scope
from posture.records.roles import RIGHTS, Right
from posture.records.sessions import Sessions

pytestmark = pytest.mark.browser

LAST = re.compile("Done|Save visit|Save correction|Discard|Remove|Erase|Withdraw|Archive|Back|Lock")
"""What leads away, or takes away what other buttons are for, comes after them."""
MOST_CLICKS = 80  # on one page
ALIKE = 1  # how many buttons of one name are clicked: lists have one in each row
MOST_LATE = 3
UPLOADED = SAMPLES / "f1_visit1_anterior.jpg"

# Several of a kind, quick: their runs may overtake each other, as they do for people in a hurry.
CLICK_CHOICES = """seen => {
    let clicked = 0
    const roots = [document.querySelector('.stMain')]
    document.querySelectorAll('.stMain *').forEach(
        one => one.shadowRoot && roots.push(one.shadowRoot))
    for (const root of roots) for (const one of root.querySelectorAll(
        root instanceof ShadowRoot && !root.querySelector('dialog') ? 'button, g.point'
        : '[role=tab], summary, [data-testid=stButtonGroup] button:first-of-type'
    )) {
        const place = one.closest('[data-testid=stExpander], [data-testid=stButtonGroup]')
        const name = (place ?? one).textContent.slice(0, 80) + one.getAttribute('aria-label')
        if (one.matches('summary') ? one.parentElement.open : seen.includes(name)) continue
        if (one.disabled || !one.isConnected) continue
        seen.push(name)
        one.click?.()
        clicked += 1
    }
    return [seen, clicked]
}"""
BUTTONS = """stamp => {
    const found = []
    const roots = [document.querySelector('.stMain')]
    document.querySelectorAll('.stMain *').forEach(
        one => one.shadowRoot && roots.push(one.shadowRoot))
    const dialogs = roots.flatMap(root => [...root.querySelectorAll('dialog[open]')])
    for (const root of dialogs.length ? dialogs : roots)
        for (const one of root.querySelectorAll('button')) {
            const own = root.matches?.('dialog') || root.querySelector('dialog')
            if (!own && !one.matches('[data-testid^="stBaseButton"]')) continue
            if (one.closest(
                '[data-testid=stButtonGroup], [data-testid=stElementToolbar], .stCode')) continue
            if (!one.checkVisibility() || !/\\S/.test(one.textContent + one.ariaLabel)) continue
            const name = (one.ariaLabel || one.innerText).trim().replace(/\\s+/g, ' ')
            const download = Boolean(one.closest('[data-testid=stDownloadButton]'))
            found.push({ name, download, disabled: one.disabled })
            one.dataset.clickable = `${stamp}.${found.length - 1}`
        }
    return found
}"""
PLAIN_HTML = "</html>"


def arrived(kind: str, data: bytes) -> None:
    """Say so where a file is not what its name says."""
    assert data, kind
    if kind == ".zip":
        assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
        assert len(zipfile.ZipFile(io.BytesIO(data)).namelist()) > 1
    elif kind == ".csv":
        assert len(pd.read_csv(io.BytesIO(data)).columns) > 1
    elif kind == ".pdf":
        assert pypdf.PdfReader(io.BytesIO(data)).pages
    else:
        assert kind == ".html"
        assert PLAIN_HTML in data.decode()


class Person:
    """Somebody of one role, who clicks."""

    def __init__(self, browser, url: str, token: str, patient: str, folder: Path) -> None:
        context = browser.new_context(viewport={"width": 1366, "height": 1600})
        context.set_default_timeout(30_000)
        context.add_cookies([{"name": "posture", "value": token, "url": url}])
        self.page: Page = watched(context.new_page())
        self.patient, self.folder = patient, folder
        self.wrong: list[str] = []
        self.clicked: set[str] = set()
        self.offered: set[str] = set()
        self.files: list[str] = []
        self.where = ""
        self.page.on("response", self._answered)
        self.page.on("pageerror", lambda error: self._note(f"script: {error}"))
        self.page.goto(url)
        self.settle()

    def _answered(self, response) -> None:
        if response.status >= 400:
            self._note(f"HTTP {response.status} {response.url}")

    def _note(self, what: str) -> None:
        self.wrong.append(f"{self.where}: {what}")

    def settle(self) -> None:
        """Wait until the page has answered what was done on it."""
        settled(self.page)
        for box in self.page.get_by_test_id("stException").all():
            self._note(f"red box: {box.inner_text()}")

    def at(self) -> str:
        return self.page.url.partition("?")[0].rpartition("/")[2] or "patients"

    def go(self, name: str) -> None:
        if self.at() != name:
            path = "" if name == "patients" else name
            link = self.page.locator(f'[data-testid="stSidebarNavLink"][href$="/{path}"]')
            for _ in range(5):  # a click goes nowhere while the menu is drawn anew
                link.click()
                self.settle()
                if self.at() == name:
                    return
            pytest.fail(f"{name} does not open")

    def prepare(self, name: str) -> None:
        """Fill in what a page's buttons wait for."""
        for label, words in {
            "patients": {"Find by name": self.patient},
            "backup": {"Backup folder": str(self.folder)},
            "import": {"Folder of photos": str(self.folder / "old.csv")},
            "settings": {"Own options, one per line": "An option"},
        }.get(name, {}).items():
            field = self.page.get_by_label(label).first
            if field.input_value() == "":
                field.fill(words)
                field.blur()
                self.settle()
        if name == "patients":  # nobody else's is opened
            expect(self.page.get_by_role("button", name="Open")).to_have_count(1)
        if name == "new_visit":
            save = self.page.get_by_role("button", name="Save visit")
            upload = self.page.locator("input[type=file]").first
            if save.is_visible() and save.is_disabled() and upload.is_enabled():
                upload.set_input_files(UPLOADED)
                expect(save).to_be_enabled(timeout=90_000)
                self.settle()
        whom = self.page.get_by_role("combobox", name="Patient", exact=True)
        if name == "privacy" and whom.count():
            if self.page.get_by_label("Type the patient's name").count() == 0:
                whom.fill("Gone")
                whom.press("Enter")
                self.settle()
            typed = self.page.get_by_label("Type the patient's name")
            if typed.count() and typed.input_value() == "":
                typed.fill("Gone")
                typed.blur()
                self.settle()

    def work_through(self, name: str) -> None:
        """Click whatever a page offers, until nothing of it is new."""
        times: dict[str, int] = {}
        late: dict[str, int] = {}
        seen: list[str] = []
        for stamp in range(MOST_CLICKS):
            self.where = name
            if name != "points" or self.at() == "points":
                self.go(name)
            if name == "points" and self.at() != name:
                return  # they are left, and opened from a photo only
            self.prepare(name)
            seen, new = self.page.evaluate(CLICK_CHOICES, seen)
            if new:
                self.settle()
                continue
            buttons = self.page.evaluate(BUTTONS, stamp)
            self.offered |= {f"{name}: {one['name']}" for one in buttons}
            fresh = [
                (bool(LAST.search(one["name"])), number)
                for number, one in enumerate(buttons)
                if not one["disabled"] and times.get(one["name"], 0) < ALIKE
            ]
            if not fresh:
                return
            number = min(fresh)[1]
            one = buttons[number]
            times[one["name"]] = times.get(one["name"], 0) + 1
            self.clicked.add(f"{name}: {one['name']}")
            self.where = f"{name}: {one['name']}"
            button = self.page.locator(f'[data-clickable="{stamp}.{number}"]')
            if one["download"]:
                self.download(button)
                times[one["name"]] = ALIKE
            else:
                try:
                    button.click(timeout=10_000)
                except Late:  # the page was being left, or what holds the button was closing
                    late[one["name"]] = late.get(one["name"], 0) + 1
                    assert late[one["name"]] < MOST_LATE, self.where
                    times[one["name"]] -= 1
                    self.settle()
                else:
                    self.settle()
            if self.at() == "points" and name != "points" and "points" not in self.been:
                self.been.add("points")
                self.work_through("points")
        pytest.fail(f"{name} has no end of buttons: {times}")

    been: set[str] = set()  # noqa: RUF012 - set anew for each person

    def download(self, button) -> None:
        with self.page.expect_download(timeout=90_000) as coming:
            button.click()
        name = coming.value.suggested_filename
        arrived(Path(name).suffix, Path(coming.value.path()).read_bytes())
        self.files.append(name)

    def everything(self) -> None:
        """Work through all pages of the menu, and then lock."""
        self.been = set()
        self.work_through("patients")
        for name in self.menu():
            self.go("patient")
            if name == "visit":
                self.page.get_by_role("button", name="Open").first.click()
                self.settle()
            self.work_through(name)
        self.page.remove_listener("response", self._answered)  # 401, as it should be
        self.page.get_by_role("button", name="Lock").click()
        expect(self.page.get_by_role("heading", name="The record is locked")).to_be_visible()

    def menu(self) -> list[str]:
        """Return the pages of the menu; those that change what others show come last."""
        links = self.page.get_by_test_id("stSidebarNavLink")
        names = [one.get_attribute("href").rpartition("/")[2] for one in links.all()]
        late = ("patient", "privacy")
        return [n for n in names if n and n not in late] + [n for n in late if n in names]


@pytest.fixture
def clinic(home, tmp_path):
    """Fill a record with a patient for each role, and one to be erased; return the tokens."""
    store = open_store(home)
    field = {"label": "Own", "kind": "text", "options": []}
    store.settings.save(OWN_SETTING, {"options": {}, "fields": [field]})
    store.patients.add(PatientDetails("Gone"))
    tokens = {}
    for role in Role:
        tokens[role] = Sessions(store).begin(store.users.invite(f"{role}@a.example", role), "test")
        patient = with_consent(store, PatientDetails(f"Ada {role}", height_cm=176.9), *Scope)
        for number in (1, 3):
            name = f"m1_visit{number}_anterior.jpg"
            photo = NewPhoto(
                (SAMPLES / name).read_bytes(), Stage.PRE, assessed(name, "anterior"), "image/jpeg"
            )
            when = datetime(2026, 8 + number, 7, 9, 0)  # noqa: DTZ001
            notes = {Stage.PRE: {"pain": number}, Stage.VISIT: {"plan": "Walk"}}
            store.visits.save(NewVisit(patient, when, "Dr. B", (photo,), notes))
    (tmp_path / "old.csv").write_text(
        "patient_name,visited_at,key,value\nBea,2019-05-07,shoulder_level,2\nBea,2019-05-07,x,2\n"
    )
    return tokens


@pytest.mark.slow
def test_every_button_of_every_page_by_every_role(launch, clinic, tmp_path):
    browser = launch()  # without a camera
    with serving() as url:
        people = {}
        for role in reversed(Role):  # the owner's clicks change what others see
            person = people[role] = Person(browser, url, clinic[role], f"Ada {role}", tmp_path)
            person.everything()
            print(role, len(person.clicked), "buttons", len(person.files), "files")
            print("never clicked:", sorted(person.offered - person.clicked))
    assert [line for person in people.values() for line in person.wrong] == []
    for role, person in people.items():
        assert bool(person.files) is (Right.EXPORT in RIGHTS[role])
    assert "privacy: Erase permanently" in people[Role.OWNER].clicked
    kinds = {Path(name).suffix for name in people[Role.OWNER].files}
    assert kinds == {".csv", ".html", ".pdf", ".zip"}
