"""A document as one self-contained HTML file, without scripts, fonts or links."""

from importlib.resources import files

from posture.report.document import Document
from posture.templates import render


def to_html(document: Document) -> bytes:
    """Return the document as self-contained HTML in UTF-8."""
    page = render(
        "posture.report",
        "report.html",
        language=document.language,
        title=document.title,
        css=style("page.css"),
        letterhead=document.letterhead,
        facts=document.facts,
        sections=document.sections,
        foot=document.foot,
    )
    return page.encode()


def style(name: str) -> str:
    """Return one of this package's style sheets."""
    return files("posture.report").joinpath("templates", name).read_text(encoding="utf-8")
