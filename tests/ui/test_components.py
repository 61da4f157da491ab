"""The components' scripts, joined into the one module that Streamlit takes."""

import re
from collections import Counter

import pytest

from posture.ui.components.scripts import script

SCRIPTS = ("ask_again.js", "editor/main.js", "live/main.js", "pair.js")
DECLARED = re.compile(r"^(?:export )?(?:async )?(?:class|function|const|let) (\w+)", re.MULTILINE)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_joined_script_imports_nothing_and_declares_each_name_once(name):
    joined = script(name)
    assert not re.findall(r"^import .*", joined, re.MULTILINE)
    assert re.findall(r"^export .*", joined, re.MULTILINE) == re.findall(
        r"^export default function.*", joined, re.MULTILINE
    )
    assert joined.count("export default") == 1
    assert [word for word, times in Counter(DECLARED.findall(joined)).items() if times > 1] == []


def test_what_is_imported_stands_before_what_imports_it():
    joined = script("editor/main.js")
    assert joined.index("class Viewport") < joined.index("class Editor")
    assert joined.index("function fill") < joined.index("class Panel")
