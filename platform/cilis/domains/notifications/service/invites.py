"""Calendar entries that travel with letters, or are downloaded.

Their form is that of `calendars`. The organizer is the sending address, or mail programs show no
buttons. Source: RFC 5546.
"""

from __future__ import annotations

from uuid import UUID

from icalendar import vCalAddress, vText
from sqlalchemy.orm import Session

from cilis.domains import bookings, calendars, identity, tenants
from cilis.domains.notifications.service.facts import BookingFacts, Case, of_booking, page, sender
from cilis.domains.notifications.types import Invite, Kind, Side
from cilis.infra.i18n import gettext as _
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
    summary = f"{known.service}: {known.other_name}"
    entry = calendars.session_entry(booking, summary, clock.now())
    entry.add("location", page(known, "/room") if booking.mode == "video" else booking.place)
    entry.add("url", page(known))
    entry.add("description", _description(known))
    entry.add("organizer", _mailbox(sender(organization), organization.name))
    if method != "PUBLISH":
        reader = _mailbox(known.case.reader.email, known.case.reader.name)
        reader.params["partstat"] = vText("ACCEPTED")  # both sides agreed when it was booked
        reader.params["rsvp"] = vText("FALSE")
        entry.add("attendee", reader)
    return calendars.calendar_of(organization.name, [entry], method=method)


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
