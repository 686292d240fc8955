"""The kinds of facts, and the only place where this room asks lower rooms about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from cilis.domains import bookings, experts, identity, payments
from cilis.domains.analytics.models import (
    BookingFactRow,
    ExpertFactRow,
    MoneyFactRow,
    PersonFactRow,
)
from cilis.domains.analytics.service.take import Row, Share, Source, day_of, take_again
from cilis.domains.bookings import BookingState
from cilis.infra.db import reading
from cilis.kit.money import Money

_MADE = frozenset(
    {
        BookingState.PENDING,
        BookingState.CONFIRMED,
        BookingState.COMPLETED,
        BookingState.CANCELLED,
        BookingState.NO_SHOW,
    }
)
_SESSIONS = frozenset({BookingState.CONFIRMED, BookingState.COMPLETED, BookingState.NO_SHOW})
_TAKES_TIME = _SESSIONS | {BookingState.PENDING}
_NO_BOOKING: Row = (None, None, None, "", 0, 0, "")
_NO_MONEY: Row = (None, False, 0, "")


def _bookings_page(session: Session, after: UUID | None, limit: int) -> Sequence[UUID]:
    return [fact.id for fact in bookings.facts_page(session, after, limit)]


def _bookings(session: Session, ids: Sequence[UUID], zone: ZoneInfo) -> Mapping[UUID, Row]:
    return {fact.id: _booking(fact, zone) for fact in bookings.facts(session, ids)}


def _booking(fact: bookings.BookingFact, zone: ZoneInfo) -> Row:
    if fact.state not in _MADE:
        return _NO_BOOKING
    minutes = int((fact.ends_at - fact.starts_at).total_seconds()) // 60
    return (
        fact.expert_id,
        day_of(fact.created_at, zone),
        day_of(fact.starts_at, zone),
        fact.state.value,
        minutes,
        fact.price.minor,
        fact.price.currency,
    )


def _booking_shares(row: Row) -> Iterator[Share]:
    expert_id, made_on, session_on, state, minutes, price, _ = row
    if made_on is None:
        return
    yield Share(made_on, None, {"made": 1, "made_minor": price})
    is_session = state in _SESSIONS
    yield Share(
        session_on,
        None,
        {
            state: 1,
            "minutes": minutes if state in _TAKES_TIME else 0,
            "value_minor": price if is_session else 0,
        },
    )
    yield Share(
        session_on,
        expert_id,
        {
            "sessions": int(is_session),
            "cancelled": int(state == BookingState.CANCELLED),
            "value_minor": price if is_session else 0,
        },
    )


def _payments_page(session: Session, after: UUID | None, limit: int) -> Sequence[UUID]:
    return [fact.id for fact in payments.facts_page(session, after, limit)]


def _money(session: Session, ids: Sequence[UUID], zone: ZoneInfo) -> Mapping[UUID, Row]:
    """Payments that came, and with each the refunds that went: facts of their own.

    A refund that went and was sent back by the bank has no day any more, and counts nowhere.
    """
    found: dict[UUID, Row] = {}
    for fact in payments.facts(session, ids):
        found[fact.id] = (day_of(fact.settled_at, zone), False, *_of(fact.amount))
        for refund in fact.refunds:
            found[refund.id] = (day_of(refund.settled_at, zone), True, *_of(refund.amount))
    return found


def _of(amount: Money) -> tuple[int, str]:
    return amount.minor, amount.currency


def _money_shares(row: Row) -> Iterator[Share]:
    day, is_refund, amount, _ = row
    if day is not None:
        names = ("refunds", "refund_minor") if is_refund else ("payments", "revenue_minor")
        yield Share(day, None, dict(zip(names, (1, amount), strict=True)))


def _people_page(session: Session, after: UUID | None, limit: int) -> Sequence[UUID]:
    return [fact.id for fact in identity.facts_page(session, after, limit)]


def _people(session: Session, ids: Sequence[UUID], zone: ZoneInfo) -> Mapping[UUID, Row]:
    found = identity.people(session, ids)
    return {one: (day_of(person.created_at, zone),) for one, person in found.items()}


def _experts(session: Session, ids: Sequence[UUID], zone: ZoneInfo) -> Mapping[UUID, Row]:
    return {
        fact.id: (day_of(fact.verified_at, zone), fact.topic_id)
        for fact in experts.facts(session, ids)
    }


def _people_shares(row: Row) -> Iterator[Share]:
    if row[0] is not None:
        yield Share(row[0], None, {"people": 1})


def _expert_shares(row: Row) -> Iterator[Share]:
    if row[0] is not None:
        yield Share(row[0], None, {"experts": 1})


BOOKINGS = Source(
    "bookings", BookingFactRow, _NO_BOOKING, _bookings_page, _bookings, _booking_shares
)
PAYMENTS = Source("payments", MoneyFactRow, _NO_MONEY, _payments_page, _money, _money_shares)
PEOPLE = Source("people", PersonFactRow, (None,), _people_page, _people, _people_shares)
EXPERTS = Source("experts", ExpertFactRow, (None, None), experts.ids_page, _experts, _expert_shares)
SOURCES = (EXPERTS, PEOPLE, BOOKINGS, PAYMENTS)
"""In the order of a rebuild."""


def take_topic_again(topic_id: UUID) -> int:
    """Read the experts who chose a topic again; returns how many had changed."""
    with reading() as session:
        found = experts.with_topics(session, [topic_id])
    return take_again(EXPERTS, found)
