"""HTML from templates: every value is escaped, and a missing value is an error.

A package keeps its templates in its folder ``templates/``. They contain structure only: texts are
passed in, translated, so that the catalogs find all of them in Python code.
"""

import base64
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


def render(package: str, template: str, **values: object) -> str:
    """Return a package's template, filled in.

    Parameters
    ----------
    package : str
        The package whose folder ``templates`` holds it, such as ``posture.report``.
    template : str
        The template's file name.
    **values
        What the template shows. Text is escaped; ``| safe`` is for our own style sheets and scripts
        only.

    Raises
    ------
    jinja2.UndefinedError
        If the template names a value that was not given.
    """
    return _environment(package).get_template(template).render(values)


def data_url(picture: bytes) -> str:
    """Return a JPEG or PNG as a ``data:`` URL; a filter in templates."""
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
