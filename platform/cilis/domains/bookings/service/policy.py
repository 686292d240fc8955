"""The rules of giving up, frozen into a booking, and what they give back at an instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from cilis.domains import payments, tenants
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.queries import Side
from cilis.domains.bookings.types import BookingState, Preview, Tier
from cilis.kit import clock
from cilis.kit.money import Money


def frozen_policy(organization: tenants.Organization) -> dict[str, Any]:
    """The organization's rules of today, as a booking keeps them.

    ``tiers``: until so many hours before the session, so many percent come back.
    ``move_hours``: until then the client may choose another hour.
    """
    tiers = sorted(organization.cancellation, key=lambda tier: -tier.hours)
    paying = [tier.hours for tier in tiers if tier.percent > 0]
    return {
        "tiers": [{"hours": tier.hours, "percent": tier.percent} for tier in tiers],
        "move_hours": min(paying, default=0),
    }


def cancellation(
    session: Session, booking: Booking, *, by: Side = "client", hold: bool = False
) -> Preview:
    """What cancelling now would give back; the page and the API show it before they ask.

    The rules say what comes back altogether: what went back before counts. With
    ``hold`` that stays true until the caller's transaction ends.
    """
    found = preview(booking, clock.now(), by)
    if booking.paid_attempt_id is None:
        return found
    back = payments.refunded_minor(session, booking.paid_attempt_id, hold=hold)
    if not back:
        return found
    refund = Money(max(0, found.refund.minor - back), booking.currency)
    return replace(found, refund=refund, returned=Money(back, booking.currency))


def preview(booking: Booking, now: datetime, by: Side) -> Preview:
    """What giving up at an instant gives back by the frozen rules, and how that changes."""
    paid = booking.price
    tiers = tiers_of(booking)
    because = _full_because(booking, by)
    percent = 100 if because else percent_at(tiers, now)
    return Preview(
        paid=paid,
        refund=paid.percent(percent),
        percent=percent,
        tiers=tiers,
        full_because=because,
        move_until=move_until(booking),
    )


def tiers_of(booking: Booking, *, begin: datetime | None = None) -> list[Tier]:
    """The booking's own tiers as instants, in order of time; the last has no end.

    They count back from the session's begin, or from another one.

    A client who moved a session keeps no better tier than the one of that moment.
    """
    cap = int(booking.policy.get("cap_percent", 100))
    found: list[Tier] = []
    for tier in booking.policy.get("tiers", []):
        percent = min(int(tier["percent"]), cap)
        until = (begin or booking.starts_at) - timedelta(hours=tier["hours"])
        if found and found[-1].percent == percent:
            found.pop()
        found.append(Tier(until, percent, booking.price.percent(percent)))
    if found and found[-1].percent == 0:
        found.pop()
    return [*found, Tier(None, 0, booking.price.percent(0))]


def percent_at(tiers: list[Tier], now: datetime) -> int:
    """The share that comes back at an instant; the end of a tier still belongs to it."""
    return next(tier.percent for tier in tiers if tier.until is None or now <= tier.until)


def move_until(booking: Booking) -> datetime:
    """Until when the client may choose another hour."""
    return booking.starts_at - timedelta(hours=booking.policy.get("move_hours", 0))


def _full_because(booking: Booking, by: Side) -> str:
    if by != "client":
        return "by_expert"
    if booking.state == BookingState.PENDING:
        return "pending"
    return "moved_by_expert" if booking.policy.get("moved_by_expert") else ""
