"""HTML from templates: what is put in is escaped, and what is lacking is an error."""

import re
from pathlib import Path

import jinja2
import pytest

from posture.templates import render

PACKAGE = Path(__file__).parents[1] / "posture"
TEMPLATES = sorted(PACKAGE.rglob("templates/*.html"))
OURS = {"css", "script"}
"""What goes into a page as it is: style sheets and scripts that come with the program."""


def test_a_value_that_a_template_lacks_is_an_error():
    given = {"language": "en", "title": "T", "message": "m"}
    assert "<h1>T</h1>" in render("posture.gate", "message.html", **given)
    for name in given:
        lacking = {key: value for key, value in given.items() if key != name}
        with pytest.raises(jinja2.UndefinedError, match=name):
            render("posture.gate", "message.html", **lacking)


def test_values_are_escaped():
    page = render("posture.gate", "message.html", language="en", title="<i>", message="\"'<b>&")
    assert "<h1>&lt;i&gt;</h1>" in page
    assert "&#34;&#39;&lt;b&gt;&amp;" in page


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: f"{file.parts[-3]}/{file.name}")
def test_no_template_lets_through_what_is_not_ours(file):
    text = file.read_text(encoding="utf-8")
    assert set(re.findall(r"{{\s*([\w.]+)[^}]*\|\s*safe", text)) <= OURS
    assert text.count("safe") == len(re.findall(r"\|\s*safe\s*}}", text))
    assert "autoescape" not in text


def test_there_are_templates():
    assert {file.parts[-3] for file in TEMPLATES} == {"gate", "report"}
