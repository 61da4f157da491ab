"""``streamlit run app.py``, from another folder: the same dashboard behind the same gate."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from support.browsers import entered
from support.page_ready import settled
from support.route_walk import answer, opened_to_anybody, routes
from support.serving import serving

pytestmark = pytest.mark.browser

APP = Path(__file__).parents[2] / "app.py"
STREAMLIT_RUN = ("-m", "streamlit", "run", str(APP), "--server.headless=true", "--server.port")


def test_streamlit_run_serves_the_gated_dashboard(filled, home, browser, tmp_path):
    with serving(program=STREAMLIT_RUN, cwd=tmp_path, HOME=str(tmp_path)) as url:
        got = {(way, path): answer(url, way, path, None) for way, path in routes(home)}
        for (way, path), status in got.items():
            assert status in (opened_to_anybody(way, path) or {401}), (way, path)
        assert len(got) > 40

        page = entered(browser, url)
        page.get_by_role("button", name="Open").click()
        expect(page.get_by_role("heading", name="Ada Sample")).to_be_visible()
        settled(page)
        assert page.refused == []
        page.get_by_role("button", name="Lock").click()
        expect(page.get_by_role("heading", name="The record is locked")).to_be_visible()
