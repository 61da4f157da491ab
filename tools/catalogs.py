"""Bring the catalogs in posture/locale up to date with the texts in the code.

    python tools/catalogs.py           writes new texts into every catalog, takes old ones out
    python tools/catalogs.py --check   says what is missing, and changes nothing

Texts come from every ``t("...")`` in the code, from the messages of errors and capture issues, and
from what the program keeps as data: the registry, the visit note's vocabulary, enumerations.
"""

import argparse
import ast
import importlib
import inspect
import io
import sys
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from posture.changes.compare import NOTES, WHY_NOT
from posture.gate.oidc import Provider
from posture.imaging.scene import Scene
from posture.landmarks import Landmark
from posture.measuring.measures import MEASURES
from posture.measuring.take import SOURCE_WORDS
from posture.practice.protocols import standard
from posture.practice.sot import OWN_KINDS, SIDES, standard_vocabulary
from posture.present.palpation import FELT
from posture.records.audit import EARLIER_SIGNED, THIS_PROGRAM
from posture.records.passphrase import WHY_WEAK
from posture.records.sessions import NOBODY
from posture.records.synced_folders import SOME_SERVICE
from posture.refine.markers import HUES
from posture.report.patient_words import PATIENT_WORDS, VIEW_HEADINGS
from posture.words import LANGUAGES, PLACEHOLDER, member_name

ROOT = Path(__file__).resolve().parent.parent
SAID = ("t", "tn", "Message")
"""How is called what is given a text."""

TRAIL = ("log", "log_now", "log_later", "log_access", "_told", "_told_later", "Actor")
"""How is called what is given words for the audit trail."""

LOCALES = ROOT / "posture" / "locale"
ENUMS = (
    "posture.changes.align:ScaleBasis",
    "posture.measuring.amend:Edit",
    "posture.changes.compare:Verdict",
    "posture.landmarks:Source",
    "posture.landmarks:View",
    "posture.imaging.scene:VerticalSource",
    "posture.imaging.scene:ScaleSource",
    "posture.practice.sot:Stage",
    "posture.records.roles:Role",
    "posture.records.roles:Right",
    "posture.records.audit:Action",
    "posture.records.consents:Scope",
    "posture.records.erasure:ErasureReason",
    "posture.records.erasure:RemovalReason",
    "posture.records.write_errors:Trouble",
)


def texts() -> set[str]:
    """Return every text that the program can show."""
    code = ROOT / "posture"
    found = {text for file in sorted(code.rglob("*.py")) for text in _in_code(file)}
    found.update(_registry(), _vocabulary(), _enums(), _choices(), _plain())
    return {text for text in found if any(map(str.islower, PLACEHOLDER.sub("", text)))}


def messages() -> Iterator[tuple[str, str | None]]:
    """Yield the text, and the plural's, of every message of errors, capture issues and reasons."""
    for _, call in _calls("Message", "tn"):
        if call.args and isinstance(call.args[0], ast.Constant):
            plurals = [each.value for each in call.keywords if each.arg == "plural"]
            plurals += call.args[1:2]
            [plural] = [str(ast.literal_eval(each)) for each in plurals] or [None]
            yield str(call.args[0].value), plural


def not_written_out() -> Iterator[tuple[str, str]]:
    """Yield where a message is made of a text that no catalog can find, and the call."""
    for file, call in _calls("Message"):
        if not (call.args and isinstance(call.args[0], ast.Constant)):
            yield f"{file.relative_to(ROOT)}:{call.lineno}", ast.unparse(call)


def _calls(*names: str) -> Iterator[tuple[Path, ast.Call]]:
    for file in sorted((ROOT / "posture").rglob("*.py")):
        if file.name == "words.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
                yield file, node


def _in_code(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in SAID:
            yield from _texts(node.args[:1])
        elif name in TRAIL:
            yield from _texts(node.args)


def _texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the texts of expressions, such as the two of a conditional one."""
    for node in nodes:
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                yield node.value
        elif not isinstance(node, ast.JoinedStr | ast.Subscript):
            yield from _texts(ast.iter_child_nodes(node))


def _registry() -> Iterator[str]:
    for row in MEASURES:
        yield from (row.label, row.definition, row.missing, *filter(None, row.sides or ()))
        if row.reference:
            yield row.reference
        for role in row.roles:
            for kind in role:
                yield from (kind.label, kind.name.replace("_", " "))
    yield from SOURCE_WORDS.values()
    yield from FELT.values()
    yield from map(member_name, Landmark)


def _vocabulary() -> Iterator[str]:
    yield from SIDES
    for field in standard_vocabulary():
        yield from (field.label, field.group, *field.options, *field.parts)
        for column in field.columns:
            yield from (column.label, *column.options)


def _choices() -> Iterator[str]:
    yield from (
        *HUES,
        *OWN_KINDS.values(),
        "Own findings",
        EARLIER_SIGNED,
        NOBODY.name,
        THIS_PROGRAM.name,
        Provider.name,
        Scene().no_scale,
        *NOTES,
        *WHY_NOT,
        *WHY_WEAK.values(),
        SOME_SERVICE,
    )
    for protocol in standard():
        yield from (protocol.label, protocol.clothing, protocol.stance)


def _plain() -> Iterator[str]:
    for name, sides in PATIENT_WORDS.values():
        yield name
        yield from filter(None, sides)
    yield from VIEW_HEADINGS.values()


def _enums() -> Iterator[str]:
    for address in ENUMS:
        module, name = address.split(":")
        kind: type[Enum] = getattr(importlib.import_module(module), name)
        for member in kind:
            if "_" not in str(member.value):
                yield str(member.value)
            for attribute in ("words", "short"):
                if isinstance(inspect.getattr_static(kind, attribute, None), property):
                    yield getattr(member, attribute)


def catalog(language: str) -> Catalog:
    """Return a language's catalog as it is kept."""
    file = LOCALES / f"{language}.po"
    if not file.exists():
        return Catalog(locale=language)
    return read_po(io.BytesIO(file.read_bytes()), locale=language)


def updated(language: str) -> Catalog:
    """Return a language's catalog with every text of today, and no other."""
    known = catalog(language)
    fresh = Catalog(locale=language, header_comment="# Plumbline", fuzzy=False)
    for text in sorted(texts()):
        message = known.get(text)
        fresh.add(text, string=str(message.string) if message else "")
    for text, plural in messages():
        if plural is not None:
            message = known.get(text)
            both = message.string if message and message.pluralizable else ("", "")
            fresh.delete(text)
            fresh.add((text, plural), string=both)
    return fresh


def written(of: Catalog) -> bytes:
    """Return a catalog as the bytes of its file: without dates, so that equal texts are equal."""
    stream = io.BytesIO()
    write_po(stream, of, omit_header=True, no_location=True, sort_output=True, width=100)
    return stream.getvalue()


def main() -> int:
    """Do what the first lines of this file say; return how many texts no catalog has."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    missing = 0
    for language in LANGUAGES:
        if language == "en":
            continue
        fresh = updated(language)
        without = [
            str(message.id)
            for message in fresh
            if message.id
            and not all([message.string] if isinstance(message.string, str) else message.string)
        ]
        missing += len(without)
        print(f"{language}: {len(fresh)} texts, {len(without)} without a translation")
        for text in without:
            print(f"  {text!r}")
        if not check:
            (LOCALES / f"{language}.po").write_bytes(written(fresh))
    return missing if check else 0


if __name__ == "__main__":
    sys.exit(min(main(), 1))
