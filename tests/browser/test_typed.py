"""What people typed stands letter by letter: in whatever Streamlit shows, and on every page."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Error, Page, expect
from support.hostile_text import MARKS, SIGNS, UGLY, marked, ugly_record
from support.page_ready import settled, watched
from support.samples import SAMPLES, free_port, open_store
from support.serving import serving
from support.waiting import until

pytestmark = pytest.mark.browser

KINDS = """
    markdown caption title subheader info error success warning
    button checkbox toggle text_input text_area number_input date_input selectbox expander
""".split()  # noqa: SIM905
GALLERY = f"""
import pandas as pd, streamlit as st
from posture.ui.plain_text import plain
from support.hostile_text import SIGNS
said = [plain(sign) for sign in SIGNS]
def page():
    for kind in {KINDS!r}:
        with st.container(key=kind):
            for number, words in enumerate(said):
                key = {{"key": f"{{kind}}{{number}}"}} if kind in {KINDS[8:-1]!r} else {{}}
                if kind == "selectbox":
                    st.selectbox(words, [1], **key)
                else:
                    getattr(st, kind)(words, **key)
    with st.container(key="pills"): st.pills("x", said)
    with st.container(key="segmented"): st.segmented_control("x", said)
    with st.container(key="radio"): st.radio("x", said)
    with st.container(key="tabs"): st.tabs(said)
    with st.container(key="cells"): st.table(pd.DataFrame({{"a": said}}), hide_index=True)
    with st.container(key="heads"): st.table(pd.DataFrame({{w: [1] for w in said}}))
    with st.container(key="bars"): [st.progress(0.5, words) for words in said]
    with st.container(key="within"): [st.markdown(f"**{{words}}**: x, {{words}}") for words in said]
st.navigation({{words: [st.Page(page, title="x", url_path=f"x{{n}}")]
               for n, words in enumerate(said)}}, expanded=True).run()
st.text("All is drawn.")
"""
MADE_OF_IT = """root => [...root.querySelectorAll(
    'a[href*="far.invalid"], img[src*="far.invalid"], .katex'
)].map(one => one.outerHTML)"""
WORDS = """root => {
    const words = node => [...node.childNodes].map(child =>
        child.nodeType === 3 ? child.data
        : child.matches?.('input[role=combobox]') ? '\\n' + child.value + '\\n'
        : child.tagName === 'BR' ? '\\n'
        : ['STYLE', 'SCRIPT'].includes(child.tagName) ? ''
        : words(child) + (child.shadowRoot ? words(child.shadowRoot) : '')
          + (/inline|contents/.test(getComputedStyle(child).display) ? '' : '\\n')).join('');
    return words(root);
}"""


def on_one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def strangers(asked: list[str], url: str) -> list[str]:
    return [one for one in asked if not one.startswith((url, "data:", "blob:", "ws"))]


def lost_in(page) -> list[tuple[str, str]]:
    """Return which signs are not there letter by letter, or made into something, and where."""
    lost = []
    rest = ["pills", "segmented", "radio", "tabs", "cells", "heads", "bars", "within"]
    menu = '[data-testid="stSidebar"]'
    for place in [*(f".st-key-{kind}" for kind in (*KINDS, *rest)), menu]:
        part = page.locator(place)
        words = [on_one_line(line) for line in part.evaluate(WORDS).splitlines()]
        whole = on_one_line(part.evaluate("part => part.textContent"))
        for sign in map(on_one_line, SIGNS):
            alone = "within" not in place and place != menu and sign not in words
            if alone or sign not in whole:
                lost.append((place, sign))
        lost += [(place, made) for made in part.evaluate(MADE_OF_IT)]
    return lost


def test_streamlit_shows_every_sign_in_every_element(browser, tmp_path):
    script, port = tmp_path / "gallery.py", free_port()
    script.write_text(f"import sys; sys.path[:0] = {sys.path!r}\n{GALLERY}")
    command = [
        sys.executable, "-m", "streamlit", "run", str(script), "--server.address=127.0.0.1",
        f"--server.port={port}", "--server.headless=true", "--browser.gatherUsageStats=false",
        "--server.fileWatcherType=none",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            page, asked, url = browser.new_page(), [], f"http://127.0.0.1:{port}"
            page.on("request", lambda request: asked.append(request.url))

            def answers() -> bool:
                try:
                    page.goto(url)
                except Error:
                    return False
                return True

            until(answers)
            expect(page.get_by_text("All is drawn.")).to_be_visible(timeout=90_000)
            expect(page.locator(".st-key-within .stMarkdown")).to_have_count(len(SIGNS))
            # Labels are drawn after the element that holds them.
            until(lambda: not lost_in(page), told=lambda: lost_in(page))
            assert strangers(asked, url) == []
        finally:
            server.kill()


def wrong_on(page: Page) -> tuple[set[str], list[str]]:
    """Return which fields a page shows, and what it shows otherwise than typed, or made of it."""
    words = on_one_line(page.locator("body").evaluate(WORDS))
    shown = {mark for mark in MARKS if re.search(rf"\\\* {mark}\b", words)}
    wrong = page.locator("body").evaluate(MADE_OF_IT)
    for mark in shown:
        ends = [match.end() for match in re.finditer(rf"\\\* {mark}\b", words)]
        whole = len(re.findall(re.escape(on_one_line(marked(mark))), words))
        if whole != len(ends):
            wrong.append(f"{mark}: {words[max(0, ends[0] - len(UGLY) - 40) : ends[0]]}")
    return shown, wrong


def test_every_page_shows_what_was_typed_letter_by_letter(browser, home, tmp_path):
    store = open_store(home)
    _, token = ugly_record(store)
    # A file's name can have no slash, and no browser sends a quote as it is.
    photo = tmp_path / re.sub('[/"]', "", f"{UGLY}photo.jpg")
    photo.write_bytes((SAMPLES / "m1_visit1_left.jpg").read_bytes())
    with serving() as url:
        context = browser.new_context(viewport={"width": 1366, "height": 1400})
        context.set_default_timeout(60_000)
        context.add_cookies([{"name": "posture", "value": token, "url": url}])
        page, asked = watched(context.new_page()), []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(url)
        settled(page)
        found: dict[str, set[str]] = {}
        wrong = []

        def look(name: str) -> None:
            settled(page)
            found[name], bad = wrong_on(page)
            wrong.extend((name, each) for each in bad)
            expect(page.get_by_test_id("stException")).to_have_count(0)

        look("patients")
        page.get_by_label("Find by name").fill(marked("nobody"))
        page.get_by_label("Find by name").press("Enter")
        expect(page.get_by_text("No patient matches")).to_contain_text(
            on_one_line(marked("nobody"))
        )
        page.get_by_label("Find by name").fill("")
        page.get_by_label("Find by name").press("Enter")
        page.get_by_role("button", name="Open").click()
        look("patient")
        page.get_by_role("button", name="Open").first.click()
        expect(page.get_by_text("Data dictionary")).to_be_visible()  # what is drawn last
        look("visit")
        links = page.get_by_test_id("stSidebarNavLink")
        for number in range(links.count()):
            name = links.nth(number).get_attribute("href").rpartition("/")[2]
            if name in ("", "patient", "visit"):
                continue
            links.nth(number).click()
            settled(page)
            if name == "new_visit":
                page.get_by_role("tab", name="Upload").click()
                page.locator("input[type=file]").first.set_input_files(photo)
                measured = page.get_by_text("Left · Before the adjustment")
                expect(measured).to_be_visible(timeout=120_000)
                expect(page.get_by_text(f"View of {photo.name}", exact=True)).to_be_visible()
            if name == "patient_view":
                page.get_by_role("button", name="Create a link").click()
            look(name)
        page.get_by_role("link", name="Overview", exact=True).click()
        look("patient, with an unsaved visit")
        expect(page.get_by_test_id("stSidebar")).to_contain_text("*a*_b_$c$user@far.invalid")
        assert wrong == []
        assert strangers(asked, url) == []
        never = set(MARKS) - set().union(*found.values())
        assert never == set(), found
        print({name: sorted(marks) for name, marks in found.items()})
