"""The gate's own pages: plain HTML without anything of the record.

Their one script shows what is typed into a passphrase's field; the policy allows it by its hash.
"""

from html import escape
from pathlib import Path

from posture.words import speech, t

STYLE = "/gate/style.css"

REVEAL = (Path(__file__).parent / "static" / "reveal.js").read_text(encoding="utf-8")
"""Shows the button, and by it the passphrase: without script there is none, and nothing is lost."""

SHARED_STYLE = """:root { color-scheme: light dark }
body { font: 1.25rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 1rem }
"""

SHELL = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{extra}<title>{title} · Plumbline</title>
{style}
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


def unlock(action: str, message: str = "", wanted: str = "/") -> str:
    """Return the page that asks for the passphrase, and leads on to the page that was wanted."""
    return _page(
        t("The record is locked"),
        f"""{_alert(message)}<form method="post" action="{escape(action)}">
<label for="passphrase">{escape(t("Passphrase"))}</label>
<input id="passphrase" name="passphrase" type="password" autocomplete="current-password"
 required autofocus aria-describedby="hint">
<p id="hint">{escape(t("The printed recovery key opens it too."))}</p>
<input type="hidden" name="wanted" value="{escape(wanted)}">
{_reveal()}<button>{escape(t("Unlock"))}</button>
</form>
<script>{REVEAL}</script>""",
    )


def begin(action: str, *, plain: bool, message: str = "") -> str:
    """Return the page of the first start, on which the passphrase is chosen."""
    already = t(
        "The record that is here is not encrypted yet. It will be now; nothing is lost. With many "
        "photos this takes a while: leave the page open until it goes on."
    )
    why = t(
        "Everything in the record is encrypted. The passphrase is asked for whenever the record is "
        "opened, and nobody can open it without. At least 12 characters: four or five words that "
        "do not belong together are easily remembered and hard to guess."
    )
    return _page(
        t("Choose a passphrase"),
        f"""{_alert(message)}{_paragraph(already) if plain else ""}{_paragraph(why)}
<form method="post" action="{escape(action)}">
<label for="passphrase">{escape(t("Passphrase"))}</label>
<input id="passphrase" name="passphrase" type="password" autocomplete="new-password" required
 autofocus>
<label for="again">{escape(t("The same again"))}</label>
<input id="again" name="again" type="password" autocomplete="new-password" required>
{_reveal()}<button>{escape(t("Set passphrase"))}</button>
</form>
<script>{REVEAL}</script>""",
    )


def recovery(key: str) -> str:
    """Return the page that shows the recovery key, once."""
    what = t(
        "It opens the record when the passphrase is forgotten. Print this page, or write the key "
        "down, and keep it where you keep contracts. It is shown this once."
    )
    return _page(
        t("The recovery key"),
        f"""{_paragraph(what)}<p class="key">{escape(key)}</p>
<p><a class="button" href="/">{escape(t("I have it on paper"))}</a></p>""",
    )


def sign_in(provider: str, message: str = "") -> str:
    """Return the page of a clinic, whose users sign in at its own provider."""
    words = t("Sign in with {provider}", provider=t(provider))
    return _page(
        t("Sign in"),
        f'{_alert(message)}<p><a class="button" href="/gate/signin">{escape(words)}</a></p>',
    )


def told(title: str, message: str) -> str:
    """Return a page that only says what is the matter."""
    return _page(title, _alert(message))


def shared(title: str, message: str) -> str:
    """Return what somebody with a link is told: one page that needs nothing beside it."""
    return _page(title, _alert(message), style=f"<style>{SHARED_STYLE}</style>")


def welcome() -> str:
    """Return the page after signing in: it leads on, from here, so that the cookie goes along."""
    return _page(
        t("Signed in"),
        f'<p><a class="button" href="/">{escape(t("To the patients"))}</a></p>',
        extra='<meta http-equiv="refresh" content="0; url=/">\n',
    )


def _page(
    title: str,
    body: str,
    extra: str = "",
    style: str = f'<link rel="stylesheet" href="{STYLE}">',
) -> str:
    return SHELL.format(
        language=speech().language, title=escape(title), body=body, style=style, extra=extra
    )


def _reveal() -> str:
    words = escape(t("Show what is typed"))
    return f'<button id="reveal" type="button" aria-pressed="false" hidden>{words}</button>\n'


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>\n"


def _alert(message: str) -> str:
    return f'<p role="alert">{escape(message)}</p>\n' if message else ""
