"""Reading what users name without being drowned; writing whole or not at all, for the owner."""

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from posture.errors import FileError
from posture.words import Message

PART = ".part-"
"""How names of half-written files begin."""

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


def read_in(path: Path, most: int) -> bytes:
    """Read a file that a user named, at most so many bytes.

    Pipes are read to their end; devices, which may have none, are refused.

    Raises
    ------
    FileError
        When it cannot be read, or holds more.
    """
    try:
        _refuse_to_read(path, path.stat().st_mode)
        # Opening a pipe that nobody writes to would wait for somebody.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
        with os.fdopen(handle, "rb") as file:
            if hasattr(os, "set_blocking"):
                os.set_blocking(handle, True)
            found = os.fstat(handle)
            _refuse_to_read(path, found.st_mode)
            if found.st_size > most:
                raise _too_long(path, most)
            data = file.read(most + 1)
    except FileNotFoundError:
        raise FileError(Message("There is no file {path}. Check the name.", path=path)) from None
    except (OSError, ValueError) as error:  # a name with a zero byte in it is a ValueError
        raise FileError(
            Message("{path} cannot be read: {reason}.", path=path, reason=reason(error))
        ) from None
    if len(data) > most:
        raise _too_long(path, most)
    return data


def write_out(target: Path, data: bytes) -> None:
    """Write a file that a user named, or replace it, whole or not at all.

    Links are followed. What is no file, such as a pipe, a terminal or ``/dev/stdout``, is written
    to. A new file is for its owner alone; one that is replaced keeps its permissions.

    Raises
    ------
    FileError
        When it cannot be written.
    """
    try:
        handle = _handle_of(target)
        if handle is not None:
            with os.fdopen(os.dup(handle), "wb") as stream:
                stream.write(data)
            return
        mode = kind_of(target)
        if mode is None or stat.S_ISREG(mode):
            real = Path(os.path.realpath(target))
            write_whole(real, data, mode=mode and stat.S_IMODE(mode))
            return
        with os.fdopen(os.open(target, os.O_WRONLY | _BINARY), "wb") as stream:
            stream.write(data)
    except (OSError, ValueError) as error:
        raise FileError(
            Message("{target} could not be written: {reason}.", target=target, reason=reason(error))
        ) from None


def kind_of(target: Path) -> int | None:
    """Return the mode of what a user names to be written; None where there is nothing yet.

    Raises
    ------
    FileError
        When nothing can be written there.
    """
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        folder = Path(os.path.realpath(target)).parent
        if not is_folder(folder):
            raise FileError(
                Message(
                    "{target} could not be written: there is no folder {folder}.",
                    target=target,
                    folder=folder,
                )
            ) from None
        return None
    except (OSError, ValueError) as error:
        raise FileError(
            Message("{target} could not be written: {reason}.", target=target, reason=reason(error))
        ) from None
    if stat.S_ISDIR(mode):
        raise FileError(Message("{target} is a folder. Name a file in it.", target=target))
    if stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
        raise FileError(Message("{target} is a device, not a file. Name a file.", target=target))
    return mode


def named(text: str) -> Path:
    """Return the path that somebody typed; ``~`` is the home folder.

    Raises
    ------
    FileError
        When there can be no such path.
    """
    try:
        path = Path(text).expanduser()
        os.fsencode(path)
    except (RuntimeError, ValueError):
        raise FileError(
            Message("There is no file or folder {value}. Check the name.", value=text)
        ) from None
    if "\0" in text:
        raise FileError(
            Message(
                "A file name contains a character that no file name can contain. Type it again."
            )
        )
    return path


def is_file(path: Path) -> bool:
    """Whether there is a file of this name; names that no file can have are those of none."""
    return os.path.isfile(path)  # noqa: PTH113 - Path's own raises on some of them


def is_folder(path: Path) -> bool:
    """Whether there is a folder of this name; names that no folder can have are those of none."""
    return os.path.isdir(path)  # noqa: PTH112


def readable(path: Path | str) -> str:
    r"""Return a name as text, with escapes such as ``\udce9`` for bytes that are none."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def reason(error: Exception) -> str:
    """Return in a few words why something could not be read or written."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def write_whole(
    target: Path, data: bytes, aside: Path | None = None, mode: int | None = None
) -> None:
    """Write a file, or replace it, in one step that lasts through a power cut.

    ``aside`` is the folder it is first written to, on the same disk; ``mode`` its permissions,
    otherwise its owner's alone.
    """
    with NamedTemporaryFile(dir=aside or target.parent, prefix=PART, delete=False) as file:
        part = Path(file.name)
        try:
            file.write(data)
            file.flush()
            if mode is not None:
                part.chmod(mode)
            os.fsync(file.fileno())
        except BaseException:
            file.close()
            part.unlink(missing_ok=True)
            raise
    part.replace(target)
    sync_folder(target.parent)


def write_private(target: Path, data: bytes) -> None:
    """Write a new file that only its owner can read."""
    make_private(target)
    target.write_bytes(data)


def make_private(path: Path) -> None:
    """Let only its owner read and write a file, made here where it is missing."""
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, PRIVATE_FILE))
    narrow(path)


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, into which only its owner can look."""
    if not folder.is_dir():
        make_private_folder(folder.parent)
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)


def readable_by_others(path: Path) -> bool:
    """Whether other users of this computer may read a file or look into a folder."""
    return os.name == "posix" and bool(path.stat().st_mode & 0o077)


def narrow(path: Path) -> None:
    """Let only its owner into a file or folder that is there, where that can be had."""
    with suppress(OSError):  # somebody else's, or a disk without such modes: posture doctor tells
        if readable_by_others(path):
            path.chmod(PRIVATE_FOLDER if path.is_dir() else PRIVATE_FILE)


def read_small(path: Path, most: int) -> bytes:
    """Return the bytes of an ordinary file of at most so many.

    Raises
    ------
    OSError
        When it is a folder, a device or a pipe, or cannot be read.
    ValueError
        When there are more bytes.
    """
    if path.exists() and not path.is_file():
        raise IsADirectoryError(path)
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(path)
    return data


def sync_folder(folder: Path) -> None:
    """Make a folder's new names last through a power cut, where the platform can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Make a written file's bytes last through a power cut."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


_BINARY = getattr(os, "O_BINARY", 0)


def _refuse_to_read(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise FileError(Message("{path} is a folder. Name a file in it.", path=path))
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        raise FileError(Message("{path} is a device, not a file. Name a file.", path=path))


def _too_long(path: Path, most: int) -> FileError:
    return FileError(
        Message(
            "{path} is larger than {most:g} MB, which is too large for this kind of file.",
            path=path,
            most=most / 1e6,
        )
    )


def _handle_of(target: Path) -> int | None:
    """Return the stream of this process that a name stands for.

    Replacing the file behind it would cut off what else is written there.
    """
    folder, name = os.path.split(target)
    if folder == "/dev" and name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        stream.flush()
        return int(stream.fileno())
    if folder in ("/dev/fd", "/proc/self/fd") and name.isascii() and name.isdigit():
        return int(name)
    return None
