"""Chance that falls the same way each time: ids, references and choices from one number."""

from __future__ import annotations

import random
from datetime import datetime

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_SIZE = 32**8
_STEP = 0x9E3779B1 | 1  # odd, so that counting in such steps meets every number once


class Dice(random.Random):
    """A generator with the house's kinds of values."""

    def id(self, at: datetime) -> str:
        """A UUIDv7 of that instant, as text."""
        stamp = int(at.timestamp() * 1000)
        tail = self.getrandbits(74)
        return id_text(stamp, tail)


def id_text(milliseconds: int, tail: int) -> str:
    """A UUIDv7 from its stamp and 74 bits, as text. Source: RFC 9562, section 5.7."""
    head = f"{milliseconds & 0xFFFFFFFFFFFF:012x}"
    first = 0x7000 | (tail >> 62)
    rest = 0b10 << 62 | (tail & 0x3FFFFFFFFFFFFFFF)
    last = f"{rest:016x}"
    return f"{head[:8]}-{head[8:]}-{first:04x}-{last[:4]}-{last[4:]}"


def reference(number: int) -> str:
    """A booking's public code; different for every number."""
    left = (number * _STEP + 0x5EED) % _SIZE
    letters = []
    for _ in range(8):
        left, place = divmod(left, 32)
        letters.append(_ALPHABET[place])
    return "".join(letters)
