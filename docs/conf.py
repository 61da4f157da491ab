"""How Sphinx builds the pages of this folder, with a reference from docstrings: ``make docs``.

Nothing in the result is loaded from the web, and its search works from the disk.
"""

import re
from pathlib import Path

import posture

ROOT = Path(__file__).parents[1]
AT_THE_ROOT = {
    "index": "README.md",
    "contributing": "CONTRIBUTING.md",
    "changelog": "CHANGELOG.md",
    "security": "SECURITY.md",
}
"""Pages whose text is a file at the root, where people and platforms look for it."""

project = "Plumbline"
release = version = posture.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
templates_path = ["reference/templates"]

html_theme = "furo"
html_title = "Plumbline"
html_copy_source = False
html_show_sphinx = False

myst_heading_anchors = 3
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_member_order = "bysource"
autodoc_typehints = "description"
napoleon_google_docstring = False
napoleon_use_rtype = False


def _at_the_root(app, docname, source):
    """Fill a page from its file at the root, and follow links between the root and this folder."""
    if docname in AT_THE_ROOT:
        file = ROOT / AT_THE_ROOT[docname]
        app.env.note_dependency(str(file))
        text = file.read_text(encoding="utf-8")
        source[0] = re.sub(r"\]\((?!https?:|#)([^)]+)\)", _from_here, text) + source[0]
    else:
        for page, file in AT_THE_ROOT.items():
            source[0] = source[0].replace(f"](../{file}", f"](/{page}.md")


def _from_here(link):
    """Return a link of a file at the root as one of a page in this folder."""
    for page, file in AT_THE_ROOT.items():
        if link[1].startswith(file):
            return f"]({page}.md{link[1].removeprefix(file)})"
    inside = link[1].startswith("docs/")
    return f"]({link[1].removeprefix('docs/') if inside else '../' + link[1]})"


def setup(app):
    """Tell Sphinx of what is special here."""
    app.connect("source-read", _at_the_root)
