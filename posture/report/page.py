"""A document as one HTML file that needs nothing beside it: no script, no font, no address."""

import base64
from html import escape
from importlib.resources import files

from posture.report.document import Document, Picture, Section, Table


def to_html(document: Document) -> bytes:
    """Return the document as self-contained HTML in UTF-8."""
    head = document.letterhead
    logo = f'<img src="{data_url(head.logo)}" alt="">' if head.logo else ""
    letterhead = (
        f"<header><div><strong>{escape(head.name)}</strong>"
        f"<p>{escape(' · '.join(head.lines))}</p></div>{logo}</header>"
        if head.name or logo
        else ""
    )
    facts = "".join(f"<dt>{escape(n)}</dt><dd>{escape(v)}</dd>" for n, v in document.facts)
    return whole_page(
        document.language,
        document.title,
        "page.css",
        f"{letterhead}<main><h1>{escape(document.title)}</h1><dl>{facts}</dl>"
        f"{''.join(map(_section, document.sections))}</main>"
        f"<footer>{escape(document.foot)}</footer>",
    )


def whole_page(language: str, title: str, style: str, body: str) -> bytes:
    """Return a body with its style sheet, one of this folder's, as a whole file."""
    css = files("posture.report").joinpath(style).read_text(encoding="utf-8")
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{css}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    ).encode()


def data_url(picture: bytes) -> str:
    """Return a JPEG's or PNG's bytes as an address that holds them."""
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def _section(section: Section) -> str:
    pictures = "".join(map(_picture, section.pictures))
    remarks = "".join(f'<p class="remark">{escape(r)}</p>' for r in section.remarks)
    return (
        f"<section><h2>{escape(section.heading)}</h2>"
        + (f'<div class="pictures">{pictures}</div>' if pictures else "")
        + "".join(map(_table, section.tables))
        + f"{remarks}</section>"
    )


def _picture(picture: Picture) -> str:
    return (
        f'<figure><img src="{data_url(picture.jpeg)}" alt="{escape(picture.alt)}">'
        f"<figcaption>{escape(picture.caption)}</figcaption></figure>"
    )


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.head)
    rows = "".join(
        f"<tr{' class=strong' if number in table.strong else ''}>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in row)
        + "</tr>"
        for number, row in enumerate(table.rows)
    )
    return (
        f'<div class="table" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
