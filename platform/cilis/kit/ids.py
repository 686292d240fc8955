"""Identifiers made by the application, never by the database."""

from __future__ import annotations

import secrets
import time
from uuid import UUID

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new() -> UUID:
    """A UUIDv7: 48 bits of Unix milliseconds, then 74 random bits.

    New rows stay at the right edge of an index. Source: RFC 9562, section 5.7.
    """
    stamp = time.time_ns() // 1_000_000
    tail = secrets.randbits(74)
    return UUID(
        int=(stamp & 0xFFFFFFFFFFFF) << 80
        | 0x7 << 76
        | (tail >> 62) << 64
        | 0b10 << 62
        | (tail & 0x3FFFFFFFFFFFFFFF)
    )


def reference(length: int = 8) -> str:
    """A short public code without letters that look alike (no 0 O 1 I), upper case."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
