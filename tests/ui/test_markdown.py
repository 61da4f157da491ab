"""No page hands what people typed to Streamlit's markdown but through ``plain``."""

import ast
import typing
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from posture.imports import plan
from posture.issues import CaptureIssue
from posture.practice.protocols import Protocol
from posture.practice.settings import Letterhead
from posture.practice.sot import Field
from posture.records import consents, roles, shares, types, users
from posture.ui import draft, draft_photos
from posture.words import Message

PAGES = Path(draft.__file__).parent
READ = {
    "button", "caption", "checkbox", "error", "expander", "form_submit_button", "header", "help",
    "info", "markdown", "metric", "multiselect", "navigation", "number_input", "pills", "progress",
    "radio", "segmented_control", "selectbox", "spinner", "subheader", "success", "table", "tabs",
    "text_area", "text_input", "title", "toast", "toggle", "warning", "write", "download_button",
    "date_input", "time_input", "file_uploader",
}  # fmt: skip
"""What of Streamlit reads markdown, in its first argument at least."""
THROUGH = {"plain", "told"}
"""What makes letters of it; ``told`` in the note's form is :func:`plain` of the field's words."""
KINDS = [
    one
    for module in (types, users, consents, shares, plan, draft, draft_photos, roles)
    for one in vars(module).values()
    if is_dataclass(one) and isinstance(one, type)
]
NEVER_TYPED = {
    "id", "key", "kind", "patient_id", "visit_id", "photo_id", "sha256", "media_type", "taken_at",
    "fingerprint", "words", "text_version", "photo_sha256", "photo", "view_source", "session_id",
    "tab", "code", "model",
}  # fmt: skip
"""Texts of records that nobody typed, and that no page shows."""
TYPED = {
    field.name
    for kind in (*KINDS, Protocol, Letterhead, Field, CaptureIssue)
    for field in fields(kind)
    if typing.get_type_hints(kind)[field.name] in (str, str | None, Message, Message | None)
} - NEVER_TYPED
PASSING = {"t", "str", "join", "strip", "capitalize", "DataFrame", "text_input", "text_area"}
"""Calls whose value is text that they were given, or somebody gives them."""
OURS = {"m.label", "c.label", "measure.label", "change.label", "value.measurement.label"}
"""The registry's."""


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def handed_over(call: ast.Call) -> Iterator[ast.AST]:
    """Yield what of a call is read as markdown."""
    name = _name(call)
    if name not in READ:
        return
    yield from call.args[:1] if name != "progress" else ()
    yield from (word.value for word in call.keywords if word.arg in ("label", "body", "text"))
    yield from (word.value for word in call.keywords if word.arg in ("help", "captions"))


def typed_in(node: ast.AST, known: dict[str, list[ast.AST]], depth: int = 4) -> Iterator[str]:
    """Yield what in an expression was typed and does not go through ``plain``."""
    if isinstance(node, ast.Call):
        name = _name(node)
        if name in THROUGH:
            return
        if name in ("text_input", "text_area"):
            yield ast.unparse(node)
        if name in READ:  # what a widget gives back is none of its words
            return
    if isinstance(node, ast.Attribute) and node.attr in TYPED and ast.unparse(node) not in OURS:
        yield ast.unparse(node)
    if isinstance(node, ast.Name):
        if node.id in ("error", "failed", "finding"):
            yield node.id
        if depth:
            for value in known.get(node.id, ()):
                if not isinstance(value, ast.Call) or _name(value) in PASSING:
                    yield from typed_in(value, known, depth - 1)
        return
    for inner in ast.iter_child_nodes(node):
        yield from typed_in(inner, known, depth)


def wrong_in(source: str) -> list[str]:
    tree = ast.parse(source)
    known: dict[str, list[ast.AST]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            known.setdefault(node.targets[0].id, []).append(node.value)
    return [
        f"line {call.lineno}: {name}"
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for part in handed_over(call)
        for name in typed_in(part, known)
    ]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("st.title(person.details.name)", 1),
        ("st.title(plain(person.details.name))", 0),
        ('by = f"by {visit.practitioner}"\nst.caption(f"{day} {by}")', 1),
        ('by = f"by {visit.practitioner}"\nst.caption(session.plain(f"{day} {by}"))', 0),
        ("one.error(t(str(error)))", 1),
        ("st.button('x', help=share.label)", 1),
        ("search = st.text_input('x')\nst.info(t('{x}', x=search))", 1),
        ('st.table(pd.DataFrame({t("Who"): [r.made_by for r in rows]}))', 1),
    ],
)
def test_the_rule_itself(source, found):
    assert len(wrong_in(source)) == found


@pytest.mark.parametrize("page", sorted(PAGES.rglob("*.py")), ids=lambda page: page.stem)
def test_what_was_typed_goes_through_plain(page):
    assert {"name", "practitioner", "label", "reason", "email", "message", "why"} <= TYPED
    assert wrong_in(page.read_text(encoding="utf-8")) == []
