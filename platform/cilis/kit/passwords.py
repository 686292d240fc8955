"""Passwords: argon2id with the cost the house can afford."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
_AT_ONCE = threading.BoundedSemaphore(2)
_NOBODY = _HASHER.hash("nobody has this password")


def hash_password(password: str) -> str:
    """An argon2id hash; at most two are computed at a time in a process."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def verify(password_hash: str | None, password: str) -> bool:
    """Whether the password fits; takes as long for an unknown person as for a known one."""
    with _AT_ONCE:
        try:
            _HASHER.verify(password_hash or _NOBODY, password)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with other costs than today's."""
    return _HASHER.check_needs_rehash(password_hash)
