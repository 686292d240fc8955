"""Cursor paging: a page and an opaque mark of where the next one starts."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from cilis.kit.errors import InvalidInput

T = TypeVar("T")
MAX_LIMIT = 100


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
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.urlsafe_b64decode(padded.encode()))
    except (binascii.Error, ValueError) as problem:
        raise InvalidInput({"cursor": ["not_a_cursor"]}) from problem
    if not isinstance(values, list) or len(values) != size:
        raise InvalidInput({"cursor": ["not_a_cursor"]})
    return values
