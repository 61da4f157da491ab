"""Waiting until a page of the dashboard is whole."""

from playwright.sync_api import Page, expect


def settled(page: Page) -> None:
    """Wait until a page is whole: a heading, and nobody at work."""
    page.wait_for_timeout(300)
    expect(page.locator(".stMain h1").first).to_be_visible(timeout=90_000)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    page.wait_for_timeout(300)
