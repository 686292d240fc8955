"""Finding bookings for the staff: by code, person, state and day, each by an index."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import experts, identity
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.queries.lists import mark_of, page_of
from cilis.domains.bookings.queries.one import STAFF
from cilis.domains.bookings.types import LONGEST_QUERY, Search
from cilis.kit.errors import Forbidden
from cilis.kit.pagination import Page
from cilis.kit.viewer import Viewer

MOST_PEOPLE = 10
_REFERENCE = re.compile(r"[2-9A-HJ-NP-Z]{8}")
_Found = sa.Select[Any]


def find(
    session: Session,
    viewer: Viewer,
    search: Search,
    *,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Booking]:
    """Bookings that fit, latest first (or soonest); raises Forbidden for who is not staff.

    Words are a booking's code, or name, address or id of somebody: their own bookings and those
    with them as the expert. Of many people of one name the first ten are looked at.
    """
    if not viewer.has(*STAFF):
        raise Forbidden("staff only")
    words = search.words.strip()[:LONGEST_QUERY]
    code = words.replace("-", "").replace(" ", "").upper()
    found = _narrowed(sa.select(Booking), search)
    if _REFERENCE.fullmatch(code):
        exact = found.where(Booking.reference == code)
        page = page_of(session, exact, search.soonest, (cursor, limit))
        if page.items:
            return page
    if words:
        people = identity.people_page(
            session, identity.PeopleQuestion(words=words, limit=MOST_PEOPLE)
        ).items
        ids = _of_people(session, people, search, (cursor, limit))
        if ids is None:
            return Page([])
        found = sa.select(Booking).where(Booking.id.in_(ids))
    return page_of(session, found, search.soonest, (cursor, limit))


def _of_people(
    session: Session,
    people: Iterable[identity.Person],
    search: Search,
    part: tuple[str | None, int],
) -> _Found | None:
    """The ids of a page of some people's bookings: one look into an index for each of them."""
    cursor, limit = part
    place = sa.tuple_(Booking.starts_at, Booking.id)
    order: list[Any] = [Booking.starts_at, Booking.id]
    if not search.soonest:
        order = [column.desc() for column in order]
    looks = []
    for whose in _whose(session, people):
        look = _narrowed(sa.select(Booking.id).where(whose), search)
        if cursor:
            mark = mark_of(cursor)
            look = look.where(place > mark if search.soonest else place < mark)
        looks.append(look.order_by(*order).limit(limit + 1).subquery().select())
    return sa.select(sa.union_all(*looks).subquery().c.id) if looks else None


def _whose(session: Session, people: Iterable[identity.Person]) -> Iterable[sa.ColumnElement[bool]]:
    for person in people:
        yield Booking.client_id == person.id
        if "expert" in person.roles:
            expert_id: UUID | None = experts.expert_of_person(session, person.id)
            if expert_id is not None:
                yield Booking.expert_id == expert_id


def _narrowed(found: _Found, search: Search) -> _Found:
    if search.state is not None:
        found = found.where(Booking.state == search.state)
    if search.since is not None:
        found = found.where(Booking.starts_at >= search.since)
    if search.until is not None:
        found = found.where(Booking.starts_at < search.until)
    if search.disputed:
        found = found.where(Booking.disputed_at.is_not(None))
    return found
