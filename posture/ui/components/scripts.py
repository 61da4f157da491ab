"""A component's scripts and other files, as Streamlit takes them: each kind in one text.

Streamlit gives a component's JavaScript to the browser as one module without a folder, in which
nothing can be imported from beside it. The scripts are ES modules all the same; they are put
together here, without a build step: each once, after those that it imports.
"""

import re
from importlib.resources import files

IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.]+)"\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def asset(name: str) -> str:
    """Return a file of this folder as text."""
    return files("posture.ui.components").joinpath(name).read_text(encoding="utf-8")


def script(name: str) -> str:
    """Return a script with all that it imports, as one module.

    Parameters
    ----------
    name : str
        Of the script, in this folder. It imports others of its own folder, by name. What they
        declare shares one scope, so that no two of them declare the same name.
    """
    folder = name.rpartition("/")[0]
    parts: dict[str, str] = {}

    def add(path: str) -> None:
        if path in parts:
            return
        text = asset(path)
        parts[path] = ""  # on its way: two that import each other come once each
        for other in IMPORT.findall(text):
            add(f"{folder}/{other}" if folder else other)
        del parts[path]
        parts[path] = EXPORT.sub("", IMPORT.sub("", text))

    add(name)
    return "\n".join(parts.values())


def css_colour(colour: tuple[int, int, int]) -> str:
    """Return red, green and blue, each 0 to 255, as CSS has them."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
