"""Calendar entries: one constant UID per booking, so that a calendar follows every change.

Times are in UTC: every calendar shows them right, and no zone rules have to travel. The
organizer is the sending address, or mail programs show no buttons. Source: RFC 5545, RFC 5546.
"""

from __future__ import annotations

from datetime import UTC
from uuid import UUID

from icalendar import Calendar, Event, vCalAddress, vText
from sqlalchemy.orm import Session

from cilis.domains import bookings, identity, tenants
from cilis.domains.notifications.service.facts import BookingFacts, Case, of_booking, page, sender
from cilis.domains.notifications.types import Invite, Kind, Side
from cilis.infra import i18n
from cilis.infra.i18n import gettext as _
from cilis.infra.tenancy import current_tenant
from cilis.kit import clock
from cilis.kit.viewer import Viewer

_METHODS = {
    Kind.BOOKING_CONFIRMED: "REQUEST",
    Kind.BOOKING_MOVED: "REQUEST",
    Kind.BOOKING_CANCELLED: "CANCEL",
}
_CONFIRMED = bookings.BookingState.CONFIRMED


def for_letter(known: BookingFacts) -> Invite | None:
    """The entry that travels with this letter; None where nothing changes in a calendar."""
    method = _METHODS.get(known.kind)
    if method is None or (method == "REQUEST" and known.booking.state != _CONFIRMED):
        return None
    return Invite(_written(known, method), method)


def calendar_file(session: Session, viewer: Viewer, booking_id: UUID) -> bytes:
    """The entry as a file to download, for one of the two people of a booking.

    Raises:
        BookingNotFound: no such booking for this viewer.
    """
    booking = bookings.visible(session, viewer, booking_id)
    side = Side.EXPERT if viewer.person == booking.expert_person_id else Side.CLIENT
    reader = identity.person(session, viewer.person)
    organization = tenants.organization(session)
    case = Case(Kind.BOOKING_CONFIRMED, booking_id, {"side": side.value}, reader, organization)
    known = of_booking(session, case)
    if known is None:
        raise bookings.BookingNotFound(f"no booking {booking_id}")
    return _written(known, "PUBLISH")


def _written(known: BookingFacts, method: str) -> bytes:
    booking, organization = known.booking, known.case.organization
    cancelled = booking.state == bookings.BookingState.CANCELLED
    entry = Event()
    entry.add("uid", f"{booking.id.hex}@{current_tenant().host}")
    # A cancellation must outrank whatever the calendar holds, whether or not it was moved last.
    entry.add("sequence", booking.sequence + int(cancelled))
    entry.add("dtstamp", clock.now().astimezone(UTC))
    entry.add("dtstart", booking.starts_at.astimezone(UTC))
    entry.add("dtend", booking.ends_at.astimezone(UTC))
    entry.add("summary", f"{known.service}: {known.other_name}")
    entry.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    entry.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    entry.add("location", page(known, "/room") if booking.mode == "video" else booking.place)
    entry.add("url", page(known))
    entry.add("description", _description(known))
    entry.add("organizer", _mailbox(sender(organization), organization.name))
    if method != "PUBLISH":
        reader = _mailbox(known.case.reader.email, known.case.reader.name)
        reader.params["partstat"] = vText("ACCEPTED")  # both sides agreed when it was booked
        reader.params["rsvp"] = vText("FALSE")
        entry.add("attendee", reader)
    calendar = Calendar()
    calendar.add("prodid", f"-//{organization.name}//{i18n.current_language().upper()}")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(entry)
    content: bytes = calendar.to_ical()
    return content


def _description(known: BookingFacts) -> str:
    return "\n".join(
        [
            _("Room, papers and changes: %(link)s", link=page(known)),
            _("Booking %(reference)s", reference=known.booking.reference),
        ]
    )


def _mailbox(address: str, name: str) -> vCalAddress:
    found = vCalAddress(f"mailto:{address}")
    found.params["cn"] = vText(name.replace('"', "'"))
    return found
