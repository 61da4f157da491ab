"""Waiting until a page of the dashboard is whole."""

from playwright.sync_api import Page, expect

WHILE_MS = 90_000


def settled(page: Page) -> None:
    """Wait until a page is whole: a heading, nobody at work, nothing left of the one before."""
    page.wait_for_timeout(300)
    expect(page.locator(".stMain h1").first).to_be_visible(timeout=WHILE_MS)
    done = page.locator(".stApp[data-test-script-state='notRunning']")
    expect(done).to_have_count(1, timeout=WHILE_MS)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=WHILE_MS)
    # The page before is greyed out while the next one is made.
    expect(page.locator(".stMain [data-stale='true']")).to_have_count(0, timeout=WHILE_MS)
    page.wait_for_timeout(300)
