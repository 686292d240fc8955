"""Reads of the room. All join the caller's session."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import bookings
from cilis.domains.reviews.errors import ReviewNotFound
from cilis.domains.reviews.models import ReviewRow
from cilis.domains.reviews.types import ASPECTS, Distribution, Review
from cilis.kit import clock
from cilis.kit.errors import InvalidInput, NotFound
from cilis.kit.pagination import Page, decode_cursor, encode_cursor
from cilis.kit.viewer import Viewer

_UNANSWERED = ReviewRow.reply == sa.literal_column("''")  # as the partial index has it
_COLUMNS = [ReviewRow.__table__.c[one.name] for one in fields(Review)]  # plain, in its order

_MARKS = tuple(
    column
    for aspect in ASPECTS
    for column in (
        sa.func.count(ReviewRow.marks[aspect].as_integer()).label(f"{aspect}_count"),
        sa.func.sum(ReviewRow.marks[aspect].as_integer()).label(f"{aspect}_sum"),
    )
)


def of_expert(
    session: Session,
    expert_id: UUID,
    *,
    stars: int | None = None,
    unanswered: bool = False,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Review]:
    """An expert's reviews, newest first, perhaps only those of so many stars or not answered.

    One query (indexes: expert_id, created_at, id; with stars; partial where reply = '').
    """
    statement = _list_of(stars=stars is not None, unanswered=unanswered, later=bool(cursor))
    values: dict[str, Any] = {"expert": expert_id, "stars": stars, "most": limit + 1}
    if cursor:
        values["at"], values["last"] = _place(cursor)
    rows = session.connection().execute(statement, values).all()
    shown = [Review(*row) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(shown)
    return Page(shown, encode_cursor(shown[-1].created_at.isoformat(), str(shown[-1].id)))


@functools.cache
def _list_of(*, stars: bool, unanswered: bool, later: bool) -> sa.Select[Any]:
    """The list's statement, made once for each form: it is asked on every expert's page."""
    wanted = sa.select(*_COLUMNS).where(ReviewRow.expert_id == sa.bindparam("expert"))
    if stars:
        wanted = wanted.where(ReviewRow.stars == sa.bindparam("stars"))
    if unanswered:
        wanted = wanted.where(_UNANSWERED)
    if later:
        last = (
            sa.bindparam("at", type_=sa.DateTime(timezone=True)),
            sa.bindparam("last", type_=sa.Uuid()),
        )
        wanted = wanted.where(sa.tuple_(ReviewRow.created_at, ReviewRow.id) < sa.tuple_(*last))
    ordered = wanted.order_by(ReviewRow.created_at.desc(), ReviewRow.id.desc())
    return ordered.limit(sa.bindparam("most"))


def distribution(session: Session, expert_id: UUID) -> Distribution:
    """How many reviews gave how many stars, and the means of the aspects; one query."""
    rows = session.execute(
        sa.select(ReviewRow.stars, sa.func.count().label("number"), *_MARKS)
        .where(ReviewRow.expert_id == expert_id)
        .group_by(ReviewRow.stars)
    ).all()
    found = {row.stars: row.number for row in rows}
    aspects = {}
    for aspect in ASPECTS:
        given = sum(getattr(row, f"{aspect}_count") for row in rows)
        if given:
            aspects[aspect] = sum(getattr(row, f"{aspect}_sum") or 0 for row in rows) / given
    return Distribution({stars: found.get(stars, 0) for stars in range(5, 0, -1)}, aspects)


def unanswered_count(session: Session, expert_id: UUID) -> int:
    """How many reviews an expert has not answered (partial index)."""
    wanted = sa.select(sa.func.count()).select_from(ReviewRow)
    return session.scalar(wanted.where(ReviewRow.expert_id == expert_id, _UNANSWERED)) or 0


def latest(session: Session, count: int = 3, *, least_stars: int = 4) -> list[Review]:
    """The newest good reviews that say something, for the home page."""
    rows = session.scalars(
        sa.select(ReviewRow)
        .where(ReviewRow.stars >= least_stars, ReviewRow.text != "")
        .order_by(ReviewRow.created_at.desc(), ReviewRow.id.desc())
        .limit(count)
    )
    return [as_review(row) for row in rows]


def of_bookings(session: Session, booking_ids: Iterable[UUID]) -> dict[UUID, Review]:
    """The reviews of these sessions, by booking; sessions without one are left out."""
    rows = session.scalars(sa.select(ReviewRow).where(ReviewRow.booking_id.in_(list(booking_ids))))
    return {row.booking_id: as_review(row) for row in rows}


def get(session: Session, review_id: UUID) -> Review:
    """One review; raises ReviewNotFound."""
    row = session.get(ReviewRow, review_id)
    if row is None:
        raise ReviewNotFound(f"no review {review_id}")
    return as_review(row)


def may_write(session: Session, viewer: Viewer, booking_id: UUID) -> bool:
    """Whether this viewer may review this session now."""
    if not viewer.is_signed_in:
        return False
    try:
        booking = bookings.visible(session, viewer, booking_id)
    except NotFound:
        return False
    took_place = booking.state == bookings.BookingState.COMPLETED
    mine = booking.client_id == viewer.person_id
    return took_place and mine and not of_bookings(session, [booking_id])


def may_edit(review: Review, viewer: Viewer) -> bool:
    """Whether this viewer may still change the review."""
    own = viewer.person_id is not None and review.client_id == viewer.person_id
    return own and not review.reply and clock.now() < review.editable_until


def as_review(row: ReviewRow) -> Review:
    """A row as other rooms see it."""
    return Review(
        row.id,
        row.booking_id,
        row.expert_id,
        row.client_id,
        row.topic_id,
        row.stars,
        row.marks,
        row.text,
        row.author_label,
        row.reply,
        row.replied_at,
        row.created_at,
        row.edited_at,
    )


def _place(cursor: str) -> tuple[datetime, UUID]:
    at, last = decode_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(at), UUID(last)
    except (TypeError, ValueError, AttributeError) as problem:
        raise InvalidInput({"cursor": ["not_a_cursor"]}) from problem
