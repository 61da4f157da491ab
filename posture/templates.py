"""HTML from templates: every value is escaped, and a value that a template lacks is an error.

A door keeps its templates in its folder ``templates/``. They hold structure only: the texts come
in as values, translated, so that the catalogs find them all in Python code.
"""

import base64
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


def render(package: str, template: str, **values: object) -> str:
    """Return a template of a package with these values put in.

    Parameters
    ----------
    package : str
        The package whose folder ``templates`` holds it, such as ``posture.report``.
    template : str
        The template's file name.
    **values
        What it shows. Text is escaped; ``| safe`` in a template lets through our own style sheets
        and scripts, and nothing else.

    Raises
    ------
    jinja2.UndefinedError
        If the template names a value that was not given.
    """
    return _environment(package).get_template(template).render(values)


def data_url(picture: bytes) -> str:
    """Return a JPEG's or PNG's bytes as an address that holds them; a filter in templates."""
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


@cache
def _environment(package: str) -> Environment:
    environment = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["data_url"] = data_url
    return environment
