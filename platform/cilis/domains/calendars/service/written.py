"""Sessions as entries of a calendar: the one form of invites, files and feeds (RFC 5545).

One constant UID per booking and a sequence that grows with each change, so that a calendar which
has the entry from an invite and from a feed has it once. Times are in UTC: every calendar shows
them right, and no zone rules have to travel.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from icalendar import Calendar, Event

from cilis.domains import bookings
from cilis.infra import i18n
from cilis.infra.tenancy import current_tenant

_STATUS = {
    bookings.BookingState.CANCELLED: "CANCELLED",
    bookings.BookingState.PENDING: "TENTATIVE",
    bookings.BookingState.HELD: "TENTATIVE",
}


def session_entry(booking: bookings.Booking, summary: str, written_at: datetime) -> Event:
    """What every calendar has to know of a booking; names, links and people are the caller's."""
    cancelled = booking.state == bookings.BookingState.CANCELLED
    entry = Event()
    entry.add("uid", f"{booking.id.hex}@{current_tenant().host}")
    # A cancellation must outrank whatever the calendar holds, whether or not it was moved last.
    entry.add("sequence", booking.sequence + int(cancelled))
    entry.add("dtstamp", written_at.astimezone(UTC))
    entry.add("dtstart", booking.starts_at.astimezone(UTC))
    entry.add("dtend", booking.ends_at.astimezone(UTC))
    entry.add("summary", summary)
    entry.add("status", _STATUS.get(booking.state, "CONFIRMED"))
    entry.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    return entry


def calendar_of(maker: str, entries: Iterable[Event], **properties: str) -> bytes:
    """A whole file; ``maker`` is the organization's name."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{maker}//{i18n.current_language().upper()}")
    calendar.add("version", "2.0")
    for name, value in properties.items():
        calendar.add(name.replace("_", "-"), value)
    for entry in entries:
        calendar.add_component(entry)
    content: bytes = calendar.to_ical()
    return content
