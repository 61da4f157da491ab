"""A page as somebody works with it who has no mouse: from stop to stop by the Tab key."""

from pathlib import Path

from playwright.sync_api import Page

KEYS = Path(__file__).with_name("keys.js").read_text(encoding="utf-8")
MOST_STOPS = 250


def tabbed(page: Page, *, within: str = "body") -> list[str]:
    """Walk through a page, or a part of it, by the Tab key.

    Parameters
    ----------
    within : str
        Selector of a part that can have the focus itself, at which to begin.

    Returns
    -------
    list of str
        What is not reached, or not seen to have the focus.
    """
    page.evaluate(KEYS)
    page.evaluate(
        """(within) => {
            if (within !== "body") document.querySelector(within).focus()
            else if (document.activeElement.matches("[autofocus]")) keys.step()
            else document.activeElement.blur()
        }""",
        within,
    )
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if not page.evaluate("keys.step()"):
            found: list[str] = page.evaluate("keys.outcome", within)
            return found
    return [f"no end after {MOST_STOPS} stops"]
