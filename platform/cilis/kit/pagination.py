"""Cursor paging: a page and an opaque mark of where the next one starts."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from cilis.kit.errors import InvalidInput

T = TypeVar("T")
MAX_LIMIT = 100
_LONGEST = 4_000
# Stricter than what is stored would be wrong: keys for sorting hold control characters.
_NOT_STORED = re.compile("[\x00\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of the things asked for; ``next_cursor`` is None on the last page."""

    items: Sequence[T]
    next_cursor: str | None = None


def encode_cursor(*values: Any) -> str:
    """An opaque mark made of the sort values of the last row (text, numbers, None)."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str, size: int) -> list[Any]:
    """The sort values again; raises InvalidInput on ``cursor`` if it is not one of ours."""
    wrong = InvalidInput({"cursor": ["not_a_cursor"]})
    if len(cursor) > _LONGEST:
        raise wrong
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.urlsafe_b64decode(padded.encode()))
    except (binascii.Error, ValueError, RecursionError) as problem:
        raise wrong from problem
    if not isinstance(values, list) or len(values) != size or not all(map(_is_plain, values)):
        raise wrong
    return values


def _is_plain(value: Any) -> bool:
    """Whether a database may be asked about this value: what `encode_cursor` is given."""
    if isinstance(value, str):
        return not _NOT_STORED.search(value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (isinstance(value, int) and abs(value) < 2**63)
