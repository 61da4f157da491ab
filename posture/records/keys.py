"""The keys of a record, and the key file that the passphrase or the recovery key opens.

One random data key, made once, is what everything is encrypted under. The key file holds it twice,
sealed by the passphrase and by the recovery key, so that a change of either rewrites this small
file and nothing else.
"""

import json
import math
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from posture.files import make_private_folder, read_small, write_whole
from posture.records.attempt_throttle import AttemptThrottle, WrongAttempts
from posture.records.home import DATABASE
from posture.records.passphrase import check_passphrase, passphrase_bytes
from posture.records.types import KeysError
from posture.records.write_queue import WriteQueue
from posture.words import Message

FILE = "key.json"
LINE = "opening"
"""Keeps those who try a passphrase in line: right ones at one moment must not look like guesses."""
LONGEST_WAIT_S = 60.0
FORMAT = 1
LARGEST_BYTES = 65_536
KEY_BYTES = 32
"""What the library says of a weak one, in our words."""

COST = {"iterations": 3, "lanes": 4, "memory_cost": 64 * 1024}
"""What one guess of a passphrase costs: RFC 9106's second choice, about half a second."""

MOST_COST = {"iterations": 64, "lanes": 64, "memory_cost": 2**20}
"""No key file may ask for more: a damaged one must not keep the program busy for ever."""

DAMAGED = (
    OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, MemoryError,
    RecursionError,
)  # fmt: skip
"""What reading an odd key file may raise; ``ValueError`` is also wrong JSON, base64 and text."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no letter of it is taken for a digit."""
RECOVERY_BYTES = 20
RECOVERY_SIGNS = RECOVERY_BYTES * 8 // 5


class WrongSecretError(KeysError):
    """Neither the passphrase nor the recovery key; ``wait_s`` until the next try is looked at."""

    def __init__(self, message: Message, wait_s: float) -> None:
        super().__init__(message)
        self.wait_s = wait_s


@dataclass(frozen=True)
class Keys:
    """What a record is encrypted under; never on the disk in the clear, nor in a message."""

    data: bytes = field(repr=False)

    def purpose(self, name: str) -> bytes:
        """Return the key for a purpose; no two purposes share one."""
        return _purpose(self.data, name)


@lru_cache(maxsize=64)
def _purpose(data: bytes, name: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, None, b"plumbline " + name.encode()).derive(data)


@cache
def _line(home: Path) -> WriteQueue:
    return WriteQueue(home / LINE)


class KeyFile:
    """The key file of a data folder.

    Parameters
    ----------
    home : Path
        The data folder.
    """

    def __init__(self, home: Path) -> None:
        self.path = home / FILE
        self._throttle = AttemptThrottle(home / "tries.json")
        self._one_at_a_time = partial(_line(home).turn, LONGEST_WAIT_S)

    def exists(self) -> bool:
        """Whether a passphrase was set already; also when the file was lost since."""
        return self.path.exists() or self.path.with_name(DATABASE).exists()

    def begin(self, passphrase: str) -> Keys:
        """Make new keys, opened by this passphrase, and keep them.

        Raises
        ------
        KeysError
            When there are keys already, or the passphrase is too weak.
        """
        if self.exists():
            raise KeysError(
                Message("{path} exists already: this record has a passphrase.", path=self.path)
            )
        check_passphrase(passphrase)
        keys = Keys(secrets.token_bytes(KEY_BYTES))
        content = {"format": FORMAT, "record": secrets.token_hex(16), "slots": {}}
        self._put(content, "passphrase", keys, passphrase_bytes(passphrase))
        return keys

    def open(self, secret: str) -> Keys:
        """Return the keys for the passphrase or the recovery key.

        Wrong passphrases make the next try wait, longer each time up to a minute, also over a
        restart. The right recovery key never waits, so nobody can shut the owner out.

        Raises
        ------
        WrongSecretError
            When it is neither, or it is too early for another try.
        KeysError
            When the key file is missing or damaged.
        """
        content = self._load()
        recovery = _recovery_bytes(secret)
        if recovery and (keys := self._take(content, "recovery", recovery)):
            with self._one_at_a_time():
                self._throttle.forget()
            return keys
        with self._one_at_a_time():
            if (wait := self._throttle.wait_s()) > 0:
                raise WrongSecretError(
                    Message(
                        "Too many wrong passphrases. Try again in {seconds} s.",
                        seconds=math.ceil(wait),
                    ),
                    wait,
                )
            wait = (
                self._throttle.begin()
            )  # counted before it is known, so that a kill gains nothing
            keys = self._take(content, "passphrase", passphrase_bytes(secret))
            if keys is None:
                if wait:
                    raise WrongSecretError(
                        Message(
                            "This is neither the passphrase nor the recovery key of this record. "
                            "Check capital letters and the keyboard's language. Try again in "
                            "{wait:.0f} s.",
                            wait=wait,
                        ),
                        wait,
                    )
                raise WrongSecretError(
                    Message(
                        "This is neither the passphrase nor the recovery key of this record. "
                        "Check capital letters and the keyboard's language."
                    ),
                    wait,
                )
            self._throttle.was_right()
            return keys

    def tell_wrong(self, tell: Callable[[WrongAttempts], None]) -> bool:
        """Have the wrong passphrases told that were not yet; return whether there were any.

        What ``tell`` raises leaves them for another time.
        """
        with self._one_at_a_time():
            wrong = self._throttle.untold()
            if wrong.count:
                tell(wrong)
                self._throttle.told()
            return wrong.count > 0

    def set_passphrase(self, keys: Keys, passphrase: str) -> None:
        """Let another passphrase open the record from now on; the old one no longer does.

        Backups made before are still opened by the passphrase of their time.
        """
        check_passphrase(passphrase)
        self._put(self._load(), "passphrase", keys, passphrase_bytes(passphrase))

    def new_recovery_key(self, keys: Keys) -> str:
        """Make a recovery key, to be printed; one made before no longer opens the record."""
        secret = secrets.token_bytes(RECOVERY_BYTES)
        self._put(self._load(), "recovery", keys, secret)
        number = int.from_bytes(secret)
        signs = "".join(ALPHABET[number >> 5 * n & 31] for n in reversed(range(RECOVERY_SIGNS)))
        return "-".join(signs[n : n + 4] for n in range(0, RECOVERY_SIGNS, 4))

    def has_recovery_key(self) -> bool:
        """Whether a recovery key was made."""
        return "recovery" in self._load()["slots"]

    def record_id(self) -> str:
        """Return the record's random identifier: it tells backups of different records apart."""
        return str(self._load()["record"])

    def _load(self) -> dict[str, Any]:
        try:
            content = json.loads(read_small(self.path, LARGEST_BYTES))
            form, slots, record = content["format"], content["slots"], content["record"]
            if isinstance(form, int) and form > FORMAT:
                raise KeysError(
                    Message(
                        "{path} was written by a newer version of the program. Install that "
                        "version.",
                        path=self.path,
                    )
                )
            if form != FORMAT or not isinstance(record, str):
                raise ValueError(form)
            return {**content, "slots": {name: dict(slot) for name, slot in slots.items()}}
        except FileNotFoundError:
            raise KeysError(
                Message(
                    "The key file {path} is missing, and the record cannot be opened without it. "
                    "Put it back from a backup (posture restore).",
                    path=self.path,
                )
            ) from None
        except DAMAGED as error:
            raise KeysError(
                Message(
                    "The key file {path} cannot be read ({cause}). Put it back from a backup "
                    "(posture restore).",
                    path=self.path,
                    cause=type(error).__name__,
                )
            ) from error

    def _put(self, content: dict[str, Any], slot: str, keys: Keys, secret: bytes) -> None:
        sealed: dict[str, Any] = {"salt": _text(secrets.token_bytes(16))}
        if slot == "passphrase":
            sealed["argon2id"] = dict(COST)
        nonce = secrets.token_bytes(12)
        locked = AESGCM(_slot_key(sealed, secret)).encrypt(
            nonce, keys.data, _associated_data(content, slot)
        )
        content["slots"][slot] = {**sealed, "sealed": _text(nonce + locked)}
        try:
            make_private_folder(self.path.parent)
            write_whole(self.path, json.dumps(content, indent=1).encode())
        except OSError as error:
            raise KeysError(
                Message(
                    "The record in {home} cannot be opened: its key file cannot be written "
                    "({cause}). Check that the folder is writable.",
                    home=self.path.parent,
                    cause=error.strerror,
                )
            ) from error

    def _take(self, content: dict[str, Any], slot: str, secret: bytes) -> Keys | None:
        if slot not in content["slots"]:
            return None
        try:
            sealed = content["slots"][slot]
            box = b64decode(sealed["sealed"])
            key = _slot_key(sealed, secret)
            return Keys(AESGCM(key).decrypt(box[:12], box[12:], _associated_data(content, slot)))
        except InvalidTag:
            return None
        except DAMAGED as error:
            raise KeysError(
                Message(
                    "The key file {path} is damaged. Put it back from a backup.", path=self.path
                )
            ) from error


def _slot_key(sealed: dict[str, Any], secret: bytes) -> bytes:
    salt = b64decode(sealed["salt"])
    if "argon2id" in sealed:
        if any(sealed["argon2id"][name] > most for name, most in MOST_COST.items()):
            raise ValueError(sealed["argon2id"])
        return Argon2id(salt=salt, length=KEY_BYTES, **sealed["argon2id"]).derive(secret)
    return HKDF(SHA256(), KEY_BYTES, salt, b"plumbline recovery").derive(secret)


def _associated_data(content: dict[str, Any], slot: str) -> bytes:
    return f"{content['format']}:{content['record']}:{slot}".encode()


def _recovery_bytes(typed: str) -> bytes | None:
    """Return the recovery key that was typed, or None when it cannot be one."""
    signs = "".join(typed.upper().split()).replace("-", "")
    signs = signs.translate(str.maketrans("OIL", "011"))
    if len(signs) != RECOVERY_SIGNS or not set(signs) <= set(ALPHABET):
        return None
    number = 0
    for sign in signs:
        number = number << 5 | ALPHABET.index(sign)
    return number.to_bytes(RECOVERY_BYTES)


def _text(data: bytes) -> str:
    return b64encode(data).decode()
