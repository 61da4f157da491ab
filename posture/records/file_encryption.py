"""Sealing what is kept outside the database: each file under a key of its own.

A file's key is random, used once, and kept in the database wrapped under the record's keys. What
the file is of goes in as associated data, so that a file put in another's place does not open.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from posture.records.keys import KEY_BYTES, Keys

VERSION = b"\x01"
NONCE_BYTES = 12

ORIGINAL = "original"
THUMBNAIL = "thumbnail"


class DecryptionError(Exception):
    """What should open does not: it was damaged, changed or put in another's place."""


def associated_data(photo_id: str, kind: str) -> str:
    """Return what a photo's file is about: it opens as nothing else."""
    return f"{photo_id}:{kind}"


def encrypt(data: bytes, of: str, keys: Keys) -> tuple[bytes, bytes]:
    """Return the sealed bytes, and their new key, wrapped."""
    key = secrets.token_bytes(KEY_BYTES)
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = VERSION + nonce + AESGCM(key).encrypt(nonce, data, of.encode())
    return sealed, aes_key_wrap(keys.purpose("files"), key)


def decrypt(sealed: bytes, of: str, wrapped: bytes, keys: Keys) -> bytes:
    """Return what was sealed.

    Raises
    ------
    DecryptionError
        When these are not the bytes that were sealed about this.
    """
    try:
        key = aes_key_unwrap(keys.purpose("files"), wrapped)
        start = len(VERSION)
        nonce, box = sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
        if sealed[:start] != VERSION:
            raise DecryptionError
        return AESGCM(key).decrypt(nonce, box, of.encode())
    except (InvalidTag, InvalidUnwrap, ValueError) as error:
        raise DecryptionError from error
