"""Fingers on a touch screen, as Chromium's own emulation has them."""

from playwright.sync_api import Browser, Page

from support.page_ready import TWO_FRAMES, watched
from support.samples import PASSPHRASE

STEPS = 8


def phone(browser: Browser, url: str) -> Page:
    """Open the dashboard on a phone and unlock it."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = watched(context.new_page())
    page.goto(url)
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Unlock").click()
    return page


class Fingers:
    """The fingers on one page, moved to places in its window; each list has one place a finger."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._door = page.context.new_cdp_session(page)

    def down(self, *places: tuple[float, float]) -> None:
        """Put them down."""
        self._tell("Start", places)

    def move(self, *places: tuple[float, float]) -> None:
        """Move them."""
        self._tell("Move", places)

    def up(self) -> None:
        """Lift them."""
        self._tell("End", ())

    def swipe(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Swipe with one finger, slowly enough to be no fling."""
        self.down(start)
        for step in range(1, STEPS + 1):
            part = step / STEPS
            self.move(tuple(a + part * (b - a) for a, b in zip(start, end, strict=True)))
            self._page.wait_for_function(TWO_FRAMES)
        self.up()

    def _tell(self, kind: str, places: tuple[tuple[float, float], ...]) -> None:
        points = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(places)]
        self._door.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
