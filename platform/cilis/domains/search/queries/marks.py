"""The mark of where the next page begins: what was sorted by, and the last one's id.

All engines sort by the same values and write the same marks, so a page that one began another
can go on with.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from cilis.domains.search.types import Question, Sort
from cilis.kit.errors import InvalidInput
from cilis.kit.pagination import decode_cursor, encode_cursor

DESCENDING = frozenset({Sort.BEST, Sort.RATING, Sort.EXPERIENCE})
_LARGEST = 2**62


def mark(question: Question, value: Any, expert_id: UUID) -> str:
    """The mark after an expert; ``value`` is what the page is sorted by."""
    plain = value.isoformat() if isinstance(value, datetime) else value
    return encode_cursor(question.sort.value, plain, str(expert_id))


def last_of(question: Question, *, has_words: bool) -> tuple[Any, UUID]:
    """The sort value and the id that a question's mark names; raises InvalidInput on ``cursor``.

    The value is a datetime for the soonest, whole for prices, years and relevance, else a float.
    """
    wrong = InvalidInput({"cursor": ["not_a_cursor"]})
    sort, value, last = decode_cursor(question.cursor or "", 3)
    if sort != question.sort.value:
        raise wrong
    try:
        expert_id = UUID(last)
        if question.sort is Sort.SOONEST:
            at = datetime.fromisoformat(value)
            if at.tzinfo is None:
                raise wrong
            return at, expert_id
        whole = question.sort in {Sort.PRICE, Sort.EXPERIENCE}
        if whole or (question.sort is Sort.BEST and has_words):
            return _number(int(value)), expert_id
        return float(value), expert_id
    except (TypeError, ValueError, AttributeError, OverflowError) as problem:
        raise wrong from problem


def _number(value: int) -> int:
    if abs(value) >= _LARGEST:
        raise ValueError(value)
    return value
