"""What the demo's organizations announce and quote; notices and papers of those who log in."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from cilis.cli.fill.seed import Seed
from cilis.domains import bookings, content, experts, identity, invoices, notifications
from cilis.domains.bookings import BookingState
from cilis.domains.notifications import Kind
from cilis.infra.db import reading, transaction
from cilis.kit import clock
from cilis.kit.viewer import Viewer

_NOBODY = Viewer()
_SEEN_AFTER = timedelta(days=2)
_KINDS = {
    BookingState.CONFIRMED: Kind.BOOKING_CONFIRMED,
    BookingState.PENDING: Kind.BOOKING_REQUESTED,
    BookingState.COMPLETED: Kind.BOOKING_COMPLETED,
    BookingState.CANCELLED: Kind.BOOKING_CANCELLED,
}


def put_contents(pack: Path) -> None:
    """Announce what ``seed/notices.toml`` says, and show its quote at the end of the home page."""
    file = pack / "seed" / "notices.toml"
    if not file.is_file():
        return
    known = tomllib.loads(file.read_text(encoding="utf-8"))
    now = clock.now()
    for one in known.get("announcements", []):
        wish = content.AnnouncementWish(
            texts=one["texts"],
            starts_at=now - timedelta(hours=3),
            ends_at=now + timedelta(days=one["days"]),
            audience=content.Audience(one["audience"]),
            tone=content.Tone(one["tone"]),
        )
        content.announce(wish, _NOBODY)
    if known.get("quote"):
        _put_quote(known["quote"])


def put_notices(seed: Seed) -> None:
    """Give those who can log in the notices that their bookings would have given them."""
    emails = [one.email for one in seed.clients if one.log_in]
    emails += [one.email for one in seed.experts if one.log_in]
    for email in emails:
        with reading() as session:
            person = identity.person_by_email(session, email)
            found = [] if person is None else _bookings_of(session, person.id)
        if person is not None:
            with transaction() as session:
                notifications.import_notices(session, person.id, _told(found, person.id))


def put_papers(seed: Seed) -> None:
    """Write the invoices and credit notes of those clients who can log in."""
    with reading() as session:
        people = [
            identity.person_by_email(session, one.email) for one in seed.clients if one.log_in
        ]
        found = [one for person in people if person for one in _bookings_of(session, person.id)]
    for booking in sorted(found, key=lambda one: one.created_at):
        invoices.issue_for_booking(booking.id)


def _put_quote(texts: dict[str, dict[str, str]]) -> None:
    block = content.add_block(content.BlockKind.QUOTE, _NOBODY)
    content.change_block(block.key, texts, _NOBODY, shown=True)


def _bookings_of(session: Any, person_id: UUID) -> list[bookings.Booking]:
    mine = bookings.of_client(session, person_id, limit=8)
    expert_id = experts.expert_of_person(session, person_id)
    if expert_id is None:
        return list(mine.items)
    now = clock.now()
    span = (now - timedelta(days=10), now + timedelta(days=14))
    return [*mine.items, *bookings.of_expert(session, expert_id, *span)][:12]


def _told(found: Iterable[bookings.Booking], person_id: UUID) -> Iterable[notifications.PastNotice]:
    now = clock.now()
    for booking in found:
        kind = _KINDS.get(booking.state)
        is_client = booking.client_id == person_id
        if kind is None or (kind == Kind.BOOKING_COMPLETED and not is_client):
            continue
        over = booking.state == BookingState.COMPLETED
        at = min(booking.ends_at if over else booking.created_at, now - timedelta(minutes=5))
        yield notifications.PastNotice(kind, booking, at, is_read=at < now - _SEEN_AFTER)
