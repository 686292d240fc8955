"""An expert's own sessions at an address, for any calendar that subscribes to addresses."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from icalendar import Event
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cilis.domains import bookings, experts, identity, tenants
from cilis.domains.calendars import queries
from cilis.domains.calendars.errors import FeedNotFound
from cilis.domains.calendars.models import CalendarFeed
from cilis.domains.calendars.service.written import calendar_of, session_entry
from cilis.domains.calendars.types import Feed
from cilis.infra import audit, i18n, secrets
from cilis.infra.db import reading, transaction
from cilis.infra.http.addresses import absolute
from cilis.infra.i18n import gettext as _
from cilis.kit import clock, crypto
from cilis.kit.viewer import Viewer

PAST = timedelta(days=30)
COMING = timedelta(days=400)
_NOTED = timedelta(hours=1)
_AGAIN = "PT15M"


class FeedFile(NamedTuple):
    """A feed's content, and the mark by which it is known again."""

    content: bytes
    etag: str


def set_feed(details: bool, viewer: Viewer) -> Feed:
    """Make the viewer's feed, or let it tell more or less; its address stays.

    Raises NotAnExpert.
    """
    with transaction() as session:
        expert_id = experts.mine(session, viewer).card.id
        row = session.get(CalendarFeed, expert_id, with_for_update=True)
        if row is None:
            return _make(session, expert_id, details, viewer)
        row.details = details
        _note(session, row.expert_id, "calendars.feed_changed", viewer, details=details)
        return queries.shown_feed(row)


def renew_feed(viewer: Viewer) -> Feed:
    """Give the viewer's feed another address; the one before leads nowhere at once.

    Raises:
        NotAnExpert: the viewer has no profile.
        FeedNotFound: there is none to renew.
    """
    with transaction() as session:
        expert_id = experts.mine(session, viewer).card.id
        row = session.get(CalendarFeed, expert_id, with_for_update=True)
        if row is None:
            raise FeedNotFound("no feed to renew")
        return _make(session, expert_id, row.details, viewer)


def revoke_feed(viewer: Viewer) -> None:
    """Let the viewer's feed end; a repeat finds it ended. Raises NotAnExpert."""
    with transaction() as session:
        expert_id = experts.mine(session, viewer).card.id
        gone = session.execute(
            sa.delete(CalendarFeed)
            .where(CalendarFeed.expert_id == expert_id)
            .returning(CalendarFeed.expert_id)
        ).first()
        if gone is not None:
            _note(session, expert_id, "calendars.feed_revoked", viewer)


def read_feed(token: str) -> FeedFile:
    """The sessions of the past month and all coming ones; six queries however many they are.

    What is cancelled is left out, so that it goes from the calendars that subscribe.

    Raises:
        FeedNotFound: no feed has this address, or its owner may not sign in any more.
    """
    with reading() as session:
        feed = queries.feed_by_token(session, token)
        card = experts.card(session, feed.expert_id)
        owner = identity.person(session, card.person_id)
        if owner.status != identity.PersonStatus.ACTIVE:
            raise FeedNotFound("its owner is suspended")
        now = clock.now()
        found = bookings.of_expert(session, feed.expert_id, now - PAST, now + COMING)
        clients: dict[UUID, identity.Person] = {}
        if feed.details:
            clients = identity.people(session, {one.client_id for one in found if one.client_id})
        organization = tenants.organization(session)
    with i18n.speaking(owner.language, card.time_zone, fallback=organization.default_language):
        content = calendar_of(
            organization.name,
            [_entry(one, clients, details=feed.details) for one in found],
            x_wr_calname=organization.name,
            x_published_ttl=_AGAIN,
        )
    _remember(feed)
    return FeedFile(content, hashlib.sha256(content).hexdigest()[:32])


def _entry(
    booking: bookings.Booking, clients: dict[UUID, identity.Person], *, details: bool
) -> Event:
    written_at = booking.decided_at or booking.created_at  # the same each time, as the content is
    if not details:
        return session_entry(booking, _("Busy"), written_at)
    client = clients.get(booking.client_id) if booking.client_id else None
    name = client.name if client else _("A client")
    summary = f"{i18n.translated(booking.service_name)}: {name}"
    entry = session_entry(booking, summary, written_at)
    page = absolute(f"/bookings/{booking.id}")
    entry.add("location", f"{page}/room" if booking.mode == "video" else booking.place)
    entry.add("url", page)
    entry.add("description", _("Booking %(reference)s", reference=booking.reference))
    return entry


def _make(session: Session, expert_id: UUID, details: bool, viewer: Viewer) -> Feed:
    token = crypto.token()
    values = {
        "token": crypto.digest(token),
        "sealed": secrets.encrypt(token),
        "details": details,
        "made_at": clock.now(),
        "fetched_at": None,
    }
    wish = insert(CalendarFeed).values(expert_id=expert_id, **values)
    session.execute(wish.on_conflict_do_update(index_elements=["expert_id"], set_=values))
    _note(session, expert_id, "calendars.feed_made", viewer, details=details)
    return Feed(expert_id, token, details, values["made_at"], None)  # type: ignore[arg-type]


def _remember(feed: Feed) -> None:
    """That somebody reads it, written once an hour."""
    now = clock.now()
    if feed.fetched_at is not None and now - feed.fetched_at < _NOTED:
        return
    with transaction() as session:
        session.execute(
            sa.update(CalendarFeed)
            .where(CalendarFeed.expert_id == feed.expert_id)
            .values(fetched_at=now)
        )


def _note(session: Session, expert_id: UUID, action: str, viewer: Viewer, **detail: bool) -> None:
    audit.record(session, action, expert_id, actor=viewer.person_id, detail=detail)
