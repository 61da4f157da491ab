"""A document as PDF, laid out by Typst with its own fonts: nothing is fetched or left behind."""

import json
from importlib.resources import files
from typing import Any

import typst

from posture.practice.settings import Paper
from posture.report.document import Document, Section

PAPERS = {Paper.A4: "a4", Paper.LETTER: "us-letter"}


def to_pdf(document: Document, paper: Paper = Paper.A4) -> bytes:
    """Return the document as a tagged PDF of this paper size."""
    template = files("posture.report").joinpath("report.typ").read_bytes()
    data = json.dumps(_plain(document, paper), ensure_ascii=False).encode()
    inputs: Any = {"main.typ": template, "data.json": data}  # its stubs know of one file only
    pdf: bytes = typst.compile(inputs, format="pdf", ignore_system_fonts=True)
    return pdf


def _plain(document: Document, paper: Paper) -> dict[str, Any]:
    head = document.letterhead
    return {
        "paper": PAPERS[paper],
        "language": document.language,
        "title": document.title,
        "letterhead": {
            "name": head.name,
            "lines": head.lines,
            "logo": list(head.logo) if head.logo else None,
        },
        "facts": document.facts,
        "sections": [_section(section) for section in document.sections],
        "foot": document.foot,
        "page_words": document.page_words,
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "heading": section.heading,
        # Typst takes bytes as numbers: there is no file to be read, and so none to be left behind.
        "pictures": [
            {"jpeg": list(p.jpeg), "caption": p.caption, "alt": p.alt} for p in section.pictures
        ],
        "tables": [
            {"head": table.head, "rows": table.rows, "strong": sorted(table.strong)}
            for table in section.tables
        ],
        "remarks": section.remarks,
    }
