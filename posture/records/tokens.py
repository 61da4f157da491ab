"""Tokens that open something by being known: handed out once, of which the record keeps a hash."""

import hashlib
import secrets


def new_token() -> tuple[str, str]:
    """Return a token, the only copy of it, and the hash to keep."""
    token = secrets.token_urlsafe(32)
    return token, hash_of(token)


def hash_of(token: str) -> str:
    """Return what the record knows a token by."""
    return hashlib.sha256(token.encode()).hexdigest()
