"""Pages of rows by their time, the latest first: keyset paging that stays right as rows come."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from cilis.kit.errors import InvalidInput
from cilis.kit.pagination import Page, decode_cursor, encode_cursor

Order = tuple[InstrumentedAttribute[datetime], InstrumentedAttribute[UUID]]


def newest_page(
    session: Session, found: sa.Select[Any], order: Order, cursor: str | None, limit: int
) -> Page[Any]:
    """A page of rows in the order of their time and id; raises InvalidInput on ``cursor``."""
    if cursor:
        found = found.where(sa.tuple_(*order) < _mark(cursor))
    found = found.order_by(*(column.desc() for column in order)).limit(limit + 1)
    rows = session.scalars(found).all()
    if len(rows) <= limit:
        return Page(rows)
    last = rows[limit - 1]
    at, key = (getattr(last, column.key) for column in order)
    return Page(rows[:limit], encode_cursor(at.isoformat(), str(key)))


def _mark(cursor: str) -> sa.Tuple:
    at, key = decode_cursor(cursor, 2)
    try:
        values = datetime.fromisoformat(at), UUID(key)
    except (TypeError, ValueError, AttributeError) as problem:
        raise InvalidInput({"cursor": ["not_a_cursor"]}) from problem
    if values[0].tzinfo is None:
        raise InvalidInput({"cursor": ["not_a_cursor"]})
    return sa.tuple_(*(sa.literal(value) for value in values))
