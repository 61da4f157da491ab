"""Photos are measured in the background: whatever somebody does meanwhile, nothing is lost."""

import io
import re
from pathlib import Path
from random import Random

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from support.browsers import entered
from support.page_ready import settled
from support.samples import SAMPLES, open_store, with_consent
from support.serving import serving
from support.waiting import until

from posture.practice.sot import Stage
from posture.records import PatientDetails, Store
from posture.records.sessions import OWNER

pytestmark = pytest.mark.browser

PHOTOS = 12
LONG_MS = 240_000
WAYS = ("bring", "choose", "write", "look_elsewhere", "load_anew")
PILLS = {
    "standing_sway": "lateral", "antalgic_lean": "forward", "heel_tension": "both",
    "crest_sign": "left", "dollar_sign": "none", "short_leg_position": "prone",
}  # fmt: skip


def photos(folder: Path) -> list[Path]:
    """Return photos of one view that differ in every byte but show the same, small and quick."""
    folder.mkdir()
    picture = Image.open(SAMPLES / "m1_visit1_anterior.jpg").resize((400, 600))
    paths = []
    for number in range(PHOTOS):
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=80 + number)
        paths.append(folder / f"photo {number:02}.jpg")
        paths[-1].write_bytes(data.getvalue())
    return paths


class Somebody:
    """Who works on a new visit while photos are measured, in an order left to chance."""

    def __init__(self, page: Page, seed: int, paths: list[Path], store: Store) -> None:
        self.page, self.random, self.store = page, Random(seed), store
        self.left = list(paths)
        self.chosen: dict[str, str] = {}
        self.typed = ""
        self.done: list[str] = []

    def go_on(self) -> None:
        """Do the next thing, whatever the page is doing."""
        ways = [way for way in WAYS if self.left or way != "bring"]
        way = self.random.choice(ways)
        self.done.append(way)
        getattr(self, way)()
        expect(self.page.get_by_test_id("stException")).to_have_count(0)
        expect(self.page.get_by_test_id("stAlertContentError")).to_have_count(0)

    def bring(self) -> None:
        count = self.random.randint(1, 4)
        batch, self.left = self.left[:count], self.left[count:]
        self.page.get_by_role("tab", name="Upload").click()
        self.page.locator("input[type=file]").first.set_input_files(batch)
        brought = PHOTOS - len(self.left)
        # What is still on its way from the browser is nobody's yet.
        expect(self.page.get_by_text(f"Photos and their views ({brought})")).to_be_visible()

    def choose(self) -> None:
        field = self.random.choice(list(PILLS))
        if field not in self.chosen:
            self.page.get_by_role("tab", name="Before").click()
            self.pill(field).click()
            self.chosen[field] = PILLS[field]
            expect(self.pill(field)).to_have_attribute("aria-checked", "true")

    def write(self) -> None:
        word = f"word{len(self.typed)} "
        self.page.get_by_role("tab", name="Visit", exact=True).click()
        self.page.get_by_label("Plan").press_sequentially(word)
        self.typed += word
        self.page.get_by_label("Plan").press("Control+Enter")

    def look_elsewhere(self) -> None:
        self.until_kept()
        self.page.get_by_role("link", name="Overview").click()
        expect(self.page.get_by_role("heading", name="Ada Sample")).to_be_visible()
        self.page.get_by_role("link", name="New visit").click()
        self.arrive()

    def load_anew(self) -> None:
        self.until_kept()
        self.page.reload()
        self.arrive()

    def until_kept(self) -> None:
        """Wait until the last click and word have come to the server: then the page may go."""
        wanted = self.chosen, self.typed.strip()

        def kept() -> list[tuple[dict[str, str], str]]:
            all_notes = [begun.data["notes"] for begun in self.store.drafts.of_kind("visit")]
            return [(n["pre"], n["visit"].get("plan", "").strip()) for n in all_notes]

        until(lambda: wanted in (kept() or [({}, "")]), told=lambda: (wanted, kept()))

    def arrive(self) -> None:
        expect(self.page.get_by_role("heading", name="New visit")).to_be_visible()
        expect(self.page.get_by_role("heading", name="SOT note")).to_be_visible()

    def pill(self, field: str):
        place = self.page.locator(f"[class*='-pre-{field}']")
        return place.get_by_role("radio", name=PILLS[field], exact=True)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_twelve_photos_while_somebody_works_on(browser, home, tmp_path, seed):
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada Sample", height_cm=176.9))
    owner = store.acting_as(OWNER)
    with serving() as url:
        page = entered(browser, url)
        page.get_by_role("button", name="Open").click()
        page.get_by_role("button", name="New visit").click()
        somebody = Somebody(page, seed, photos(tmp_path / "photos"), owner)
        for _ in range(60):
            somebody.go_on()
            if not somebody.left and len(set(somebody.done)) == len(WAYS):
                break
        save = page.get_by_role("button", name="Save visit")
        expect(save).to_be_enabled(timeout=LONG_MS)
        expect(page.get_by_text(f"Photos and their views ({PHOTOS})")).to_be_visible()
        expect(page.get_by_role("button", name="Remove")).to_have_count(PHOTOS)
        settled(page)
        page.get_by_role("tab", name="Before").click()
        for field in somebody.chosen:
            expect(somebody.pill(field)).to_have_attribute("aria-checked", "true")
        page.get_by_role("tab", name="Visit", exact=True).click()
        expect(page.get_by_label("Plan")).to_have_value(re.compile(somebody.typed.strip()))
        save.click()
        expect(page.get_by_role("heading", name="Visit of")).to_be_visible()
    visit = store.visits.get(store.visits.of(patient)[0].id)
    assert sorted(photo.assessment.photo for photo in visit.photos) == [
        f"photo {number:02}.jpg" for number in range(PHOTOS)
    ]
    assert visit.notes[Stage.PRE] == somebody.chosen
    assert visit.notes[Stage.VISIT]["plan"].split() == somebody.typed.split()
    assert owner.drafts.of_kind("visit") == []
