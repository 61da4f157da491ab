"""Waiting until a page of the dashboard is whole: its script has run, and all of it is drawn."""

from contextlib import suppress
from enum import Enum, auto
from functools import partial
from weakref import WeakKeyDictionary

from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as Late
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from support.waiting import until

WHILE_MS = 90_000
A_MOMENT_MS = 50

TWO_FRAMES = """() => new Promise(
    (drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))"""
"""After the first frame what was clicked is handled; after the second, what came of it is drawn."""
AT_REST = """() => document.getAnimations().every(
    (one) => one.playState !== "running" || one.effect.getComputedTiming().endTime === Infinity)"""
"""Nothing fades, opens or slides any more; what turns for ever, turns."""
MOUNTED = """() => [...document.querySelectorAll('.stMain [data-testid^="stBidiComponent"]')].every(
    (one) => (one.shadowRoot ?? one).querySelector("* > *"))"""
"""Our own parts of the page are loaded, too: they come after the run."""


class State(Enum):
    """How far a page's script is with what was last asked of it."""

    ASKED = auto()
    BEGUN = auto()
    THROUGH = auto()


class Runs:
    """The runs of a page's script, followed by Streamlit's own messages."""

    def __init__(self, page: Page) -> None:
        self.state = State.ASKED  # a page asks for its first run as soon as it is connected
        page.on("domcontentloaded", lambda _: self._ask())
        page.on("websocket", self._listen)

    def _listen(self, line) -> None:
        if "/_stcore/stream" in line.url:
            self._ask()
            line.on("framesent", self._sent)
            line.on("framereceived", self._came)

    def _ask(self) -> None:
        self.state = State.ASKED

    def _sent(self, frame: bytes) -> None:
        if BackMsg.FromString(frame).WhichOneof("type") == "rerun_script":
            self._ask()

    def _came(self, frame: bytes) -> None:
        message = ForwardMsg.FromString(frame)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.state = State.BEGUN
        elif kind == "script_finished" and self.state is State.BEGUN:
            # A run that ends early for another one is followed by it.
            early = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
            self.state = State.BEGUN if early else State.THROUGH


_RUNS: WeakKeyDictionary[Page, Runs] = WeakKeyDictionary()


def watched(page: Page) -> Page:
    """Follow the runs of a page's script from before it is opened, so that it can be waited for."""
    _RUNS[page] = Runs(page)
    return page


def settled(page: Page) -> None:
    """Wait until a page is whole: a heading, nobody at work, nothing left of the one before."""
    runs, moment = _RUNS[page], partial(page.wait_for_timeout, A_MOMENT_MS)
    whole = False
    while not whole:
        page.wait_for_function(TWO_FRAMES)
        until(lambda: runs.state is State.THROUGH, at_most_s=WHILE_MS / 1000, between=moment)
        head = page.locator(".stMain").locator("h1, [data-testid=stAlert]").first
        expect(head).to_be_visible(timeout=WHILE_MS)
        done = page.locator(".stApp[data-test-script-state='notRunning']")
        expect(done).to_have_count(1, timeout=WHILE_MS)
        expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=WHILE_MS)
        # The page before is greyed out while the next one is made.
        expect(page.locator(".stMain [data-stale='true']")).to_have_count(0, timeout=WHILE_MS)
        page.wait_for_function(MOUNTED, timeout=WHILE_MS)
        page.wait_for_function(AT_REST, timeout=WHILE_MS)
        page.wait_for_function(TWO_FRAMES)
        whole = runs.state is State.THROUGH  # and nothing of that was the beginning of another run


def unfold(page: Page, name: str, field: str) -> None:
    """Open the part of a page of this name, in which this field is.

    A page that is drawn anew at the same moment closes it: then it is opened once more.
    """
    wanted = page.get_by_label(field)

    def is_open() -> bool:
        if not wanted.is_visible():
            page.get_by_text(name).click()
            with suppress(Late):
                wanted.wait_for(state="visible", timeout=3000)
        return wanted.is_visible()

    until(is_open)
