"""Every command with every option, given what people never should: words, never a traceback.

The commands and their options are read from the program, so that a new one is tried by itself.
"""

import contextlib
import io
import os
import re
import sys
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import get_args, get_origin

import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.samples import PASSPHRASE, SAMPLES, TRIED, assessed, open_store, with_consent

from posture.cli import terminal
from posture.cli.main import app
from posture.imports import carry_out, read_table
from posture.records import PatientDetails

EXAMPLES = int(os.environ.get("POSTURE_FUZZ", "40"))  # of each command; more where asked
NO_UTF8 = os.fsdecode(b"caf\xe9")
TEXTS = [
    "", " ", ".", "-", "--", "a", "[/red]", "[bold", ":smile:", "\x1b[31m", "²", "nan", "1e308",
    "9" * 400, "x" * 5000, "=cmd()", "a=b", "visited_at=x", "ä" * 300, NO_UTF8, "a@b.cd", "Ada",
    "R1", "2026-09-07", "owner", "en", "A4", "auto", "full", "²:a", "9" * 5000 + ":a", "1:ff",
    "anterior", "green", "localhost", "::1", "https://x", "\u202e", "\r\n", "%s{0}",
]  # fmt: skip
NUMBERS = [
    "nan", "inf", "-inf", "1e308", "-1e308", "-0", "0", "1", "250", "1000", "176.9", "²", "",
    "9" * 400, "9" * 5000, "0x10", "1_0", "8501", "65536", "1e-308", "١٧٠",
]  # fmt: skip
PEOPLE = ["Bea", "R1", "a@b.cd", "2019-05-07"]
DAYS = ["", "2026-09-07", "0001-01-01", "9999-12-31", "2026-02-30", "nan", "²"]


def leaves(command, words=()):
    """Yield every command with the words that call it."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words, command
        return
    for name, found in inner.items():
        yield from leaves(found, (*words, name))


TREE = typer.main.get_command(app)
COMMANDS = dict(leaves(TREE))


def test_the_commands_are_found():
    assert {("assess",), ("audit", "verify"), ("user", "invite"), ("import",)} <= set(COMMANDS)


class Elsewhere(BaseException):
    """Something was to be written outside the test's folder."""


class Watch:
    """Refuses writing anywhere but below one folder; Python's own audit events tell of it."""

    def __init__(self) -> None:
        self.below: str | None = None
        sys.addaudithook(self)

    def __call__(self, event: str, told: tuple) -> None:
        if self.below is None:
            return
        paths = ()
        if event == "open":
            path, mode, flags = told
            writes = (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
            if isinstance(path, (str, bytes)) and (writes or set(mode or "") & set("wax+")):
                paths = (path,)
        elif event in ("os.rename", "os.link", "os.symlink"):
            paths = told[:2]
        elif event in ("os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.chmod"):
            paths = told[:1]
        for path in paths:
            if isinstance(path, int):
                continue
            place = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - links stay
            if place != os.devnull and not place.startswith(self.below):
                self.below = None
                raise Elsewhere(event, place)


watch = Watch()


@pytest.fixture
def ground(home, tmp_path, monkeypatch):
    """Lay out a folder with everything that a path may name, and a record with a patient."""
    work = tmp_path / "work"
    work.mkdir()
    store = open_store(home)
    with_consent(store, PatientDetails("Ada", record_number="R1"))
    store.close()
    good = (SAMPLES / "m1_visit1_anterior.jpg").read_bytes()
    places = {
        "photo.jpg": good,
        "cut.jpg": good[:5000],
        "empty": b"",
        "deep.json": b"[" * 100_000,
        "deep.toml": b"a = " + b"[" * 100_000,
        "long.json": b'{"c7": [1, ' + b"9" * 400 + b"]}",
        "longer.json": b'{"c7": [1, ' + b"9" * 5000 + b"]}",
        "twice.json": b'{"c7": [1, 2], "c7": [3, 4]}',
        "points.json": b'{"c7": [1, 2]}',
        "ansi.csv": "patient_name;visited_at;head_tilt\nBjörn;2019-05-07;1\n".encode("cp1252"),
        "wide.csv": b"patient_name,visited_at,head_tilt\n" + b"x" * 140_000 + b",2019-05-07,1\n",
        "old.csv": b"patient_name,visited_at,head_tilt\nBea,2019-05-07,1\n",
        "noise": bytes(range(256)) * 40,
        "markup[/red].jpg": good,
        f"{NO_UTF8}.jpg": good,
    }
    for name, data in places.items():
        (work / name).parent.mkdir(exist_ok=True)
        (work / name).write_bytes(data)
    old = work / "old" / NO_UTF8 / "2019-05-07"
    old.mkdir(parents=True)
    (old / "front.jpg").write_bytes(good)
    (work / "old" / "Bea").mkdir()
    (work / "old" / "Bea" / "2019-05-07 front.jpg").write_bytes(good)
    (work / "loop").symlink_to("loop")
    (work / "link").symlink_to("target.csv")
    store = open_store(home)
    carry_out(read_table(work / "old.csv"), store, dry=False)  # Bea has a visit
    store.close()
    monkeypatch.chdir(work)
    monkeypatch.setenv("POSTURE_NATIVE_LOG", "1")  # the test's own streams stay
    monkeypatch.setattr("posture.serve.server.serve", lambda *_given, **_named: None)
    monkeypatch.setattr("posture.cli.demo.fill", lambda *_given, **_named: None)
    seen = assessed("m1_visit1_anterior.jpg", "anterior")
    nobody = SimpleNamespace(detect=lambda *_given: None)  # the model itself is tried elsewhere
    monkeypatch.setattr(
        sys.modules["posture.measuring.assess"], "shared_detector", lambda *_given: nobody
    )
    monkeypatch.setattr("posture.imports.run.assess", lambda *_given, **_named: seen)

    def raised(error):
        raise error

    monkeypatch.setattr(terminal, "unforeseen", raised)

    def asked(*_given, **_named):
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.rstrip("\n")

    monkeypatch.setattr("getpass.getpass", asked)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


PATHS = [
    "cut.jpg", "empty", "deep.json", "deep.toml", "long.json", "longer.json", "twice.json",
    "ansi.csv", "wide.csv", "noise", "loop", "link", "none", "none/none.csv", "new.tar",
    "markup[/red].jpg", "[/red].pdf", f"{NO_UTF8}.jpg", f"{NO_UTF8}.pdf", f"new{NO_UTF8}.csv",
    "x" * 300, "photo.jpg/x", "\x1b[31m.csv", "~nobody/x", "", ".", "..",
]  # fmt: skip
USUAL_PATHS = [
    "photo.jpg",
    "old.csv",
    "old",
    "new.csv",
    "new.png",
    "new.pdf",
    "new.html",
    "points.json",
]


def value(option, chance: Random) -> str:
    """Return what stands for an option's value, by its type.

    Half of them make sense, so that the others meet the command and not only its options: what an
    option takes stands in its help and its bounds.
    """
    kind = option.type_descriptor.annotation
    kind = get_args(kind)[0] if get_origin(kind) is list else kind
    bounds = [str(bound) for bound in (option.min, option.max, 250) if bound is not None]
    words = re.findall(r"[\w.-]+", option.help or "")
    usual, ugly = {
        Path: (USUAL_PATHS, PATHS),
        float: (bounds, NUMBERS),
        int: (bounds, NUMBERS),
    }.get(kind, ([*words, *(PEOPLE * 5)], [*TEXTS, *DAYS]))
    return chance.choice(chance.choice((usual, ugly)))


def arguments(command, chance: Random) -> list[str]:
    """Return words to stand after a command's name; one of ten lacks something."""
    words = []
    for option in command.params:
        kind = option.type_descriptor.annotation
        times = chance.choice((1, 1, 2)) if get_origin(kind) is list else 1
        flag = next((word for word in option.opts if word.startswith("--")), None)
        if flag is None:
            words += [value(option, chance) for _ in range(times) if chance.random() < 0.9]
        elif flag == "--help" or chance.random() < 0.75:
            continue
        elif kind is bool:
            words.append(chance.choice([*option.opts, *option.secondary_opts]))
        else:
            for _ in range(times):
                words += [flag, value(option, chance)]
    return words


def run(words: list[str], below: Path) -> tuple[int, str]:
    """Run the command line in this process; return its exit code, and all that it said."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="utf-8", write_through=True)
    given = io.StringIO(f"{PASSPHRASE}\n" * 5)
    kept, sys.stdin = sys.stdin, given
    watch.below = str(below)
    try:
        with (
            contextlib.redirect_stdout(stream),
            contextlib.redirect_stderr(stream),
            pytest.raises(SystemExit) as end,
        ):
            terminal.main(app, words)
    finally:
        watch.below, sys.stdin = None, kept
    return end.value.code or 0, raw.getvalue().decode()


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_whatever_is_given_the_answer_is_in_words(words, ground):
    @settings(
        max_examples=EXAMPLES if COMMANDS[words].params else 1,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**64))
    def try_it(seed):
        given_words = arguments(COMMANDS[words], Random(seed))
        code, said = run([*words, *given_words], ground)
        TRIED[" ".join(words), code] += 1
        assert code in (0, 1, 2), (given_words, said)
        assert "Traceback" not in said, given_words
        assert code == 0 or said.strip(), given_words

    try_it()
