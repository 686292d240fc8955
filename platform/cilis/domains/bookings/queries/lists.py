"""Many bookings: by pages, by days, by numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.queries.one import NOT_FOR_EXPERTS, Side
from cilis.domains.bookings.types import LIVE_STATES, LONGEST_SESSION, BookingState
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.kit.pagination import Page, decode_cursor, encode_cursor

_ON_A_CALENDAR = frozenset(
    {BookingState.PENDING, BookingState.CONFIRMED, BookingState.COMPLETED, BookingState.NO_SHOW}
)
_SHOWN = tuple(
    Booking.__table__.c[name]
    for name in (
        "id",
        "reference",
        "state",
        "service_id",
        "service_name",
        "expert_id",
        "client_id",
        "starts_at",
        "ends_at",
        "held_until",
        "answer_by",
        "price_minor",
        "currency",
        "terms",
        "discount",
        "credit_attempt_ids",
        "refund_minor",
        "topic_text",
        "sequence",
        "mode",
        "place",
        "missed_by",
        "disputed_at",
        "created_at",
    )
)


def of_client(
    session: Session,
    person_id: UUID,
    *,
    state: BookingState | None = None,
    coming: bool | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Booking]:
    """A client's bookings: the coming ones soonest first, the others (or all) latest first.

    Holds that ran out are left out.
    """
    found = _which(_of("client", person_id), state, coming=coming)
    return page_of(session, found, coming is True, (cursor, limit))


def of_expert(
    session: Session,
    expert_id: UUID,
    since: datetime,
    until: datetime,
    states: Collection[BookingState] = _ON_A_CALENDAR,
) -> Sequence[Booking]:
    """An expert's bookings that begin in [since, until), in order of time."""
    return session.scalars(
        sa.select(Booking)
        .where(
            Booking.expert_id == expert_id,
            Booking.starts_at >= since,
            Booking.starts_at < until,
            Booking.state.in_(states),
        )
        .order_by(Booking.starts_at, Booking.id)
    ).all()


def page_of_expert(
    session: Session,
    expert_id: UUID,
    *,
    state: BookingState | None = None,
    coming: bool | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Booking]:
    """An expert's bookings by pages, ordered as `of_client`; no holds."""
    found = _which(_of("expert", expert_id), state, coming=coming)
    return page_of(session, found, coming is True, (cursor, limit))


def page_of_all(
    session: Session,
    *,
    state: BookingState | None = None,
    coming: bool | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Booking]:
    """Everybody's bookings, for staff."""
    found = _which(_of("staff", None), state, coming=coming)
    return page_of(session, found, coming is True, (cursor, limit))


def page_of_rows(
    session: Session,
    side: Side,
    owner: UUID | None,
    *,
    state: BookingState | None = None,
    coming: bool | None = None,
    part: tuple[str | None, int] = (None, 20),
) -> Page[sa.Row[Any]]:
    """As the three above, but bare rows of what the API shows: the hot path of lists.

    ``owner`` is the client's person, the expert, or None for staff; ``part`` is cursor and limit.
    """
    found = _which(_of(side, owner), state, coming=coming).with_only_columns(*_SHOWN)
    return page_of(session, found, coming is True, part)


def requests_of(session: Session, expert_id: UUID) -> Sequence[Booking]:
    """What waits for the expert's answer, most urgent first."""
    return session.scalars(
        sa.select(Booking)
        .where(
            Booking.expert_id == expert_id,
            Booking.starts_at > clock.now(),
            Booking.state == BookingState.PENDING,
        )
        .order_by(Booking.answer_by, Booking.id)
    ).all()


def requests_waiting(session: Session) -> int:
    """How many requests of everybody wait for their experts' answers (for staff)."""
    wanted = sa.select(sa.func.count()).where(
        Booking.state == BookingState.PENDING, Booking.starts_at > clock.now()
    )
    return session.scalar(wanted) or 0


def _of(side: Side, owner: UUID | None) -> sa.Select[Any]:
    found = sa.select(Booking)
    if side == "client":
        return found.where(Booking.client_id == owner, Booking.state != BookingState.EXPIRED)
    if side == "expert":
        return found.where(Booking.expert_id == owner, Booking.state.not_in(NOT_FOR_EXPERTS))
    return found


def _which(
    found: sa.Select[Any], state: BookingState | None, *, coming: bool | None
) -> sa.Select[Any]:
    if state is not None:
        found = found.where(Booking.state == state)
    if coming is None:
        return found
    now = clock.now()
    if coming:
        # The first condition follows from the second; without it the index is walked from the
        # very first booking on, since it is ordered by the beginning.
        begun = Booking.starts_at > now - LONGEST_SESSION
        return found.where(begun, Booking.ends_at > now, Booking.state.in_(LIVE_STATES))
    return found.where(sa.or_(Booking.ends_at <= now, Booking.state.not_in(LIVE_STATES)))


def page_of(
    session: Session, found: sa.Select[Any], soonest: bool, part: tuple[str | None, int]
) -> Page[Any]:
    """One page of a selection in order of time; ``part`` is cursor and limit."""
    cursor, limit = part
    place = sa.tuple_(Booking.starts_at, Booking.id)
    if cursor:
        mark = mark_of(cursor)
        found = found.where(place > mark if soonest else place < mark)
    order = (Booking.starts_at, Booking.id)
    found = found.order_by(*(order if soonest else (column.desc() for column in order)))
    found = found.limit(limit + 1)
    whole = len(found.column_descriptions) == 1
    rows: Sequence[Any] = (
        session.scalars(found).all() if whole else session.connection().execute(found).all()
    )
    if len(rows) <= limit:
        return Page(rows)
    last = rows[limit - 1]
    return Page(rows[:limit], encode_cursor(last.starts_at.isoformat(), str(last.id)))


def mark_of(cursor: str) -> sa.Tuple:
    """The place a cursor stands for; raises InvalidInput."""
    starts_at, booking_id = decode_cursor(cursor, 2)
    try:
        values = datetime.fromisoformat(starts_at), UUID(booking_id)
    except (TypeError, ValueError, AttributeError) as problem:
        raise InvalidInput({"cursor": ["not_a_cursor"]}) from problem
    if values[0].tzinfo is None:
        raise InvalidInput({"cursor": ["not_a_cursor"]})
    return sa.tuple_(
        sa.literal(values[0], sa.DateTime(timezone=True)), sa.literal(values[1], sa.Uuid())
    )
