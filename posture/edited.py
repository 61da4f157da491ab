"""Files that people write in an editor: text as editors save it, JSON and TOML with a limit."""

import codecs
import json
import tomllib
from pathlib import Path
from typing import Any, NoReturn

from posture.errors import FileError
from posture.files import read_in
from posture.words import Message

MOST_BYTES = 10_000_000
"""A thousand times of what somebody types."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def text_of(path: Path, most: int = MOST_BYTES) -> str:
    """Read a text file: UTF-8, with or without the mark of Windows, or UTF-16 with it.

    Any other encoding looks like several and would be a guess, which misspells names.

    Raises
    ------
    FileError
        When it cannot be read, or is in another encoding: the message says how to save it.
    """
    return decoded(read_in(path, most), path)


def decoded(data: bytes, path: Path) -> str:
    """Return the text of a file's bytes; ``path`` is for messages."""
    mark, encoding = next((pair for pair in _MARKS if data.startswith(pair[0])), (b"", "utf-8"))
    data = data[len(mark) :]
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].decode(encoding, "replace").count("\n") + 1
        raise _not_utf8(path, line) from None
    if "\0" in text:  # UTF-16 without its mark, or no text at all
        line = text[: text.index("\0")].count("\n") + 1
        raise _not_utf8(path, line)
    return text


def json_of(path: Path, most: int = MOST_BYTES) -> Any:
    """Read a JSON file; a name that stands twice, and a number that is none, are refused.

    Raises
    ------
    FileError
        When it cannot be read, or is not JSON.
    """
    text = text_of(path, most)
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise FileError(
            Message("{path} is not JSON that can be used: nested too deeply.", path=path)
        ) from None
    except ValueError as error:
        raise FileError(Message("{path} is not JSON: {error}.", path=path, error=error)) from None


def toml_of(path: Path, most: int = MOST_BYTES) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    FileError
        When it cannot be read, or is not TOML.
    """
    text = text_of(path, most)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise FileError(Message("{path} cannot be used: nested too deeply.", path=path)) from None
    except ValueError as error:
        raise FileError(
            Message("{path} cannot be used: {error}. Fix or remove it.", path=path, error=error)
        ) from None


def _not_utf8(path: Path, line: int) -> FileError:
    return FileError(
        Message(
            "{path} is not saved as UTF-8: line {line} is in another encoding. Open it in the "
            "program that wrote it and save it again: in Notepad as “UTF-8” under “Encoding”, in "
            "Excel as “CSV UTF-8”.",
            path=path,
            line=line,
        )
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(Message("{name!r} is in it twice. Remove one of the two", name=name))
        found[name] = value
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(Message("{name} is not a number", name=name))
