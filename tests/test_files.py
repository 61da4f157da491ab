"""What users name to be read or written: files, links, pipes, folders, and names that are none."""

import contextlib
import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from posture.edited import decoded, json_of, text_of, toml_of
from posture.errors import FileError
from posture.files import named, read_in, write_out


@pytest.fixture
def folder(tmp_path):
    """Return a folder in which nothing else lies."""
    inner = tmp_path / "here"
    inner.mkdir()
    return inner


@pytest.fixture
def pipe(folder):
    """Return a pipe with a name."""
    place = folder / "pipe"
    os.mkfifo(place)
    return place


def test_a_new_file_is_its_owners_alone_and_a_replaced_one_keeps_its_permissions(folder):
    new, old = folder / "new", folder / "old"
    old.write_bytes(b"before")
    old.chmod(0o644)
    for file in (new, old):
        write_out(file, b"after")
        assert file.read_bytes() == b"after"
    assert [stat.S_IMODE(file.stat().st_mode) for file in (new, old)] == [0o600, 0o644]
    assert sorted(p.name for p in folder.iterdir() if p.is_file()) == ["new", "old"]


@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_followed_and_stays(folder, there):
    target = folder / "inner" / "target"
    target.parent.mkdir()
    if there:
        target.write_bytes(b"before")
    link = folder / "link"
    link.symlink_to(target)
    write_out(link, b"after")
    assert link.is_symlink()
    assert target.read_bytes() == b"after"


def test_a_pipe_is_written_to_and_stays_one(pipe):
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_out(pipe, b"x" * 200_000)
    reader.join(60)
    assert read == [b"x" * 200_000]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_stream_of_this_process_is_written_on(folder):
    file = folder / "file"
    handle = os.open(file, os.O_WRONLY | os.O_CREAT)
    try:
        os.write(handle, b"one ")
        write_out(Path(f"/dev/fd/{handle}"), b"two ")
        os.write(handle, b"three")
    finally:
        os.close(handle)
    assert file.read_bytes() == b"one two three"


def test_a_terminal_is_written_to_and_stays_one():
    ours, theirs = os.openpty()
    try:
        place = Path(os.ttyname(theirs))
        write_out(place, b"words")
        assert os.read(ours, 100) == b"words"
        assert place.is_char_device()
        with pytest.raises(FileError, match="is a device"):
            read_in(place, 10)
    finally:
        os.close(ours)
        os.close(theirs)


def test_what_cannot_be_written_is_said_in_words(folder):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "socket"))
    (folder / "loop").symlink_to("loop")
    (folder / "file").write_bytes(b"")
    for name, words in {
        "": "is a folder",
        ".": "is a folder",
        "/": "is a folder",
        "socket": "is a device",
        "none/file": "there is no folder",
        "file/file": "could not be written",
        "loop": "could not be written",
        "x" * 300: "could not be written",
        "a\0b": "could not be written",
    }.items():
        with pytest.raises(FileError, match=words):
            write_out(folder / name if name != "" else Path(name), b"")
    listener.close()
    assert sorted(p.name for p in folder.iterdir()) == ["file", "loop", "socket"]


def test_a_failed_write_leaves_what_was_there(folder, monkeypatch):
    file = folder / "file"
    file.write_bytes(b"before")

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="No space left"):
        write_out(file, b"after")
    assert file.read_bytes() == b"before"
    assert [p.name for p in folder.iterdir()] == ["file"]


def test_reading_has_a_limit_and_an_end(folder, pipe):
    file = folder / "file"
    file.write_bytes(b"12345")
    assert read_in(file, 5) == b"12345"
    with pytest.raises(FileError, match="larger than"):
        read_in(file, 4)
    assert read_in(pipe, 5) == b""  # nobody writes: it does not wait
    for name, words in {"none": "There is no file", ".": "is a folder", "a\0b": "cannot"}.items():
        with pytest.raises(FileError, match=words):
            read_in(folder / name, 5)
    with pytest.raises(FileError, match="is a device"):
        read_in(Path("/dev/zero"), 5)


def test_a_pipe_without_an_end_is_read_to_the_limit(pipe):
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # opening it to write waits for one
    source = pipe.open("wb")

    def pour():
        with contextlib.suppress(BrokenPipeError), source:
            while True:
                source.write(b"x" * 4096)

    writer = threading.Thread(target=pour)
    writer.start()
    try:
        with pytest.raises(FileError, match="larger than"):
            read_in(pipe, 100_000)
    finally:
        os.close(reader)
        writer.join(60)
    assert not writer.is_alive()


def test_home_folders_and_names_that_are_none():
    assert named("~/x") == Path.home() / "x"
    for text in ("~nobody-of-this-name/x", "a\0b", "\ud800"):
        with pytest.raises(FileError):
            named(text)


WORDS = 'name = "Björn"\n'
SAVED = {  # as editors save it, and what is read, or said
    "UTF-8": (WORDS.encode(), WORDS),
    "UTF-8 with its mark, Notepad": (WORDS.encode("utf-8-sig"), WORDS),
    "UTF-16, Notepad": (WORDS.encode("utf-16"), WORDS),
    "UTF-16 big endian": (b"\xfe\xff" + WORDS.encode("utf-16-be"), WORDS),
    "UTF-32": (WORDS.encode("utf-32"), WORDS),
    "Windows' lines": (WORDS.replace("\n", "\r\n").encode(), WORDS.replace("\n", "\r\n")),
    "empty": (b"", ""),
    "ANSI, Notepad": (b"# ok\n" + WORDS.encode("cp1252"), "line 2 is in another encoding"),
    "Mac OS Roman": (WORDS.encode("mac-roman"), "line 1 is in another encoding"),
    "UTF-16 without its mark": ("\nname".encode("utf-16-le"), "in another encoding"),
    "UTF-16 cut short": (WORDS.encode("utf-16")[:-1], "in another encoding"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", "in another encoding"),
}


@pytest.mark.parametrize("how", SAVED)
def test_text_as_editors_save_it(folder, how):
    data, expected = SAVED[how]
    file = folder / "words"
    file.write_bytes(data)
    if expected in ("", WORDS, WORDS.replace("\n", "\r\n")):
        assert text_of(file) == decoded(data, file) == expected
        return
    with pytest.raises(FileError, match=expected) as told:
        text_of(file)
    assert str(file) in str(told.value)
    assert "“UTF-8” under “Encoding”" in str(told.value)  # how to save it


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1, "a": 1}', "'a' is in it twice"),
        ('{"b": {"a": 1, "a": 2}}', "'a' is in it twice"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": ' + "9" * 5000 + "}", "is not JSON"),
        ('{"a": NaN}', "NaN is not a number"),
        ('{"a": -Infinity}', "-Infinity is not a number"),
        ("", "is not JSON"),
    ],
)
def test_json_that_makes_no_sense(folder, text, words):
    file = folder / "x.json"
    file.write_text(text)
    with pytest.raises(FileError, match=words):
        json_of(file)


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "[[a]", "a = 1\na = 2", "a = \x00"])
def test_toml_that_makes_no_sense(folder, text):
    file = folder / "x.toml"
    file.write_text(text)
    with pytest.raises(FileError, match=r"x\.toml"):
        toml_of(file)
