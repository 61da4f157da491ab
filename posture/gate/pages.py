"""The gate's own pages: plain HTML without any patient data.

Their one script shows the passphrase being typed; the policy allows it by its hash.
"""

from pathlib import Path

from posture.templates import render
from posture.words import speech, t

REVEAL = (Path(__file__).parent / "static" / "reveal.js").read_text(encoding="utf-8")
"""Shows the button that shows the passphrase; without scripts there is no button."""


def unlock(action: str, message: str = "", wanted: str = "/") -> str:
    """Return the page that asks for the passphrase, and then leads to the ``wanted`` page."""
    return _page(
        "unlock.html",
        t("The record is locked"),
        action=action,
        message=message,
        wanted=wanted,
        hint=t("The recovery key works too."),
        button=t("Unlock"),
        **_passphrase(),
    )


def begin(action: str, *, plain: bool, message: str = "") -> str:
    """Return the page of the first start, where the passphrase is chosen."""
    already = t(
        "The existing record is not encrypted yet. It will be encrypted now; nothing is lost. "
        "With many photos this takes a while: keep this page open until it continues."
    )
    why = t(
        "The whole record is encrypted. You need the passphrase each time you open it; without "
        "it, nobody can open the record. Use at least 12 characters: four or five unrelated "
        "words are easy to remember and hard to guess."
    )
    return _page(
        "begin.html",
        t("Choose a passphrase"),
        action=action,
        message=message,
        paragraphs=[already, why] if plain else [why],
        again=t("Repeat passphrase"),
        button=t("Set passphrase"),
        **_passphrase(),
    )


def recovery(key: str) -> str:
    """Return the page that shows the recovery key, once."""
    what = t(
        "It opens the record if you forget the passphrase. Print this page or write the key "
        "down, and store it somewhere safe; it will not be shown again."
    )
    return _page(
        "recovery.html", t("The recovery key"), what=what, key=key, button=t("I have saved it")
    )


def sign_in(provider: str, message: str = "") -> str:
    """Return the sign-in page of a clinic with its own provider."""
    button = t("Sign in with {provider}", provider=t(provider))
    return _page("sign_in.html", t("Sign in"), message=message, button=button)


def message(title: str, message: str) -> str:
    """Return a page with only a message."""
    return _page("message.html", title, message=message)


def share_message(title: str, message: str) -> str:
    """Return a self-contained page with only a message, for a visitor with a link."""
    return _page("shared.html", title, message=message)


def welcome() -> str:
    """Return the page after signing in; following its link from our site sends the cookie."""
    return _page("welcome.html", t("Signed in"), button=t("Go to patients"))


def _page(template: str, title: str, **values: object) -> str:
    return render("posture.gate", template, language=speech().language, title=title, **values)


def _passphrase() -> dict[str, str]:
    """Return the values that pages with a passphrase field share."""
    return {"label": t("Passphrase"), "reveal": t("Show passphrase"), "script": REVEAL}
