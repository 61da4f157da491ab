"""What the command line prints, wherever it goes: letter by letter, and never a traceback."""

import json
import os
import subprocess
import sys

import pytest
from support.samples import SAMPLES

from posture.cli.console import shown
from posture.cli.main import app
from posture.cli.terminal import main

GOOD = SAMPLES / "bad_no_person.jpg"
NO_UTF8 = os.fsdecode(b"caf\xe9")


def posture(*arguments, **named) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "posture.cli", *map(str, arguments)],
        check=False, timeout=300, **{"capture_output": True, **named},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain ± °\n\t", "plain ± °\n\t"),
        ("[/red] :smile:", "[/red] :smile:"),
        ("\x1b[31m\r\x07", r"\x1b[31m\r\x07"),
        (NO_UTF8, r"caf\udce9"),
        ("\x9b31m", r"\x9b31m"),
    ],
)
def test_what_a_terminal_would_obey_is_shown_as_an_escape(text, expected):
    assert shown(text) == expected


@pytest.mark.parametrize("name", ["[/red].pdf", "\x1b[31m.pdf", f"{NO_UTF8}.pdf", ":key:.pdf"])
def test_a_name_is_printed_letter_by_letter(tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    run = posture("poster", name, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert run.stderr.decode().startswith(f"Wrote {shown(name)}.")
    assert (tmp_path / name).read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    "environment", [{"LC_ALL": "C", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "ascii"}]
)
def test_any_terminal_takes_every_sign(tmp_path, environment):
    photo = tmp_path / f"{NO_UTF8} ü.jpg"
    photo.write_bytes(GOOD.read_bytes())
    environment = {**os.environ, **environment}
    run = posture("assess", photo, "--view", "anterior", env=environment)
    assert run.returncode == 1, run.stderr
    assert b"Traceback" not in run.stderr
    run = posture("assess", photo, "--view", "anterior", "--json", env=environment)
    assert [row["image_size"] for row in json.loads(run.stdout)] == [[1000, 1500]]


def test_a_closed_output_is_no_traceback(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    run = posture("user", "list", stdout=writer, stderr=subprocess.PIPE, capture_output=False)
    os.close(writer)
    assert (run.returncode, run.stderr) == (1, b"")  # whoever closed it knows
    shell = f"exec {sys.executable} -m posture.cli user list >&-"
    run = subprocess.run(shell, shell=True, capture_output=True, check=False, timeout=300)
    assert run.returncode == 1
    assert b"The output could not be written" in run.stderr
    assert b"Traceback" not in run.stderr
    shell = f"exec {sys.executable} -m posture.cli user list 2>&- >{tmp_path / 'out'}"
    run = subprocess.run(shell, shell=True, capture_output=True, check=False, timeout=300)
    assert run.returncode == 0
    assert "e-mail" in (tmp_path / "out").read_text()


def test_what_was_not_foreseen_is_a_sentence_and_more_where_asked(tmp_path):
    code = (
        "import sys\n"
        "from posture.cli import main as cli, terminal\n"
        "cli.record.opened = None\n"
        "sys.modules['posture.cli.practice'].opened = None\n"
        "terminal.main(cli.app, ['user', 'list'])\n"
    )
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 1
    assert "This should not have happened: TypeError at " in run.stderr
    assert "Traceback" not in run.stderr
    more = {**os.environ, "POSTURE_TRACEBACK": "1"}
    run = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=300, env=more
    )
    assert run.returncode == 1
    assert "Traceback" in run.stderr


def test_outputs_are_written_where_the_name_leads(tmp_path):
    """A link stays a link, a pipe a pipe, and standard output takes the rest as well."""
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    run = posture("assess", GOOD, "--view", "anterior", "--csv", tmp_path / "link.csv")
    assert run.returncode == 1
    assert (tmp_path / "link.csv").is_symlink()
    header = (tmp_path / "real.csv").read_bytes().split(b",")[0]
    with (tmp_path / "all").open("wb") as file:
        run = posture(
            "assess", GOOD, "--view", "anterior", "--csv", "/dev/stdout",
            stdout=file, stderr=subprocess.PIPE, capture_output=False,
        )  # fmt: skip
    said = (tmp_path / "all").read_bytes()
    assert run.returncode == 1
    assert b"bad_no_person.jpg: anterior view" in said
    assert header in said.partition(b"anterior view")[2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--csv", ""), "is a folder"),
        (("--csv", "."), "is a folder"),
        (("--csv", "/"), "is a folder"),
        (("--csv", "none/out.csv"), "there is no folder"),
        (("--overlay", "out.txt"), "End its name in .png or .jpg"),
        (("--overlay", "out", str(GOOD)), "different file names"),  # one would replace the other
        (("--points", "/dev/zero"), "is a device"),
        (("--wall-mm", "1e308"), "--wall-mm"),
        (("--wall-mm", "inf"), "--wall-mm"),
        (("--wall-mm", "nan"), "--wall-mm"),
        (("--camera-mm", "1e308"), "--camera-mm"),
        (("--poster-mm", "nan"), "--poster-mm"),
        (("--height-cm", "nan"), "cannot be right"),
        (("--height-cm", "9" * 400), "cannot be right"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_measured(
    tmp_path, arguments, words, monkeypatch, capsys
):
    monkeypatch.setenv("POSTURE_NATIVE_LOG", "1")  # the test's own streams stay
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        main(app, ["assess", str(GOOD), *arguments])
    said = capsys.readouterr()
    assert end.value.code == 2
    assert words in said.err
    assert said.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["passphrase"]
