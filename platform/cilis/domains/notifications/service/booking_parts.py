"""What letters about bookings share: their plain form, the rules of giving up, the matter."""

from __future__ import annotations

from cilis.domains import meetings
from cilis.domains.notifications.service.facts import (
    BookingFacts,
    fact_of,
    footnote,
    moment,
    page,
    under,
    where,
    who,
)
from cilis.domains.notifications.types import Block, Letter
from cilis.infra import i18n
from cilis.infra.i18n import gettext as _
from cilis.kit import clock
from cilis.kit.money import Money

_LONGEST_QUOTE = 300


def plain(known: BookingFacts, subject: str, opening: str) -> Letter:
    """What all letters about a booking share."""
    booking = known.booking
    return Letter(
        subject=subject,
        opening=opening,
        fact=fact_of(booking.starts_at, booking.ends_at),
        under=under(known),
        who=who(known),
        button=_("See the booking"),
        link=page(known),
        footnote=footnote(known),
    )


def short(known: BookingFacts) -> str:
    """Day and time in a subject line."""
    starts_at = known.booking.starts_at
    return f"{i18n.format_date(starts_at, 'weekday')}, {i18n.format_time(starts_at)}"


def opens(known: BookingFacts) -> str:
    """When the room opens, as a time of day."""
    booking = known.booking
    return i18n.format_time(meetings.Window.around(booking.starts_at, booking.ends_at).opens_at)


def meeting(known: BookingFacts, of_room: str) -> str:
    """What is said of the room, or how the two meet where there is none."""
    return where(known) or of_room


def about(known: BookingFacts) -> list[Block]:
    """What the client wrote, cut: the whole stands on the page."""
    words = (known.booking.topic_text or "").strip()
    if not words:
        return []
    if len(words) > _LONGEST_QUOTE:
        words = words[:_LONGEST_QUOTE].rsplit(" ", 1)[0] + " …"
    return [Block(_("What it is about"), words)]


def rules(known: BookingFacts) -> Block | None:
    """Until when how much comes back, as days and times."""
    agreed = known.rules
    if agreed is None or agreed.paid.is_zero:
        return None
    if agreed.full_because:
        words = _("Until you begin, you can cancel and everything comes back.")
        return Block(_("Should your plans change."), words)
    sentences = []
    for tier in agreed.tiers:
        back = _back(tier.refund, agreed.paid)
        if tier.until is None:
            sentences.append(_("After that: %(back)s.", back=back))
        elif tier.until > clock.now():
            until = moment(tier.until)
            sentences.append(_("Until %(until)s: %(back)s.", until=until, back=back))
    return Block(_("Should your plans change."), " ".join(sentences)) if sentences else None


def _back(refund: Money, paid: Money) -> str:
    if refund.is_zero:
        return _("nothing comes back")
    if refund == paid:
        return _("everything comes back")
    return _("you get %(amount)s back", amount=i18n.format_money(refund))
