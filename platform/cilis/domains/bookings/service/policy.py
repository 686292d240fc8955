"""The rules of giving up, frozen into a booking, and what they give back at an instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from cilis.domains import payments, tenants
from cilis.domains.bookings import queries
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.queries import Side
from cilis.domains.bookings.types import BookingState, Preview, Tier
from cilis.kit import clock
from cilis.kit.money import Money


def frozen_policy(organization: tenants.Organization, choice: str = "") -> dict[str, Any]:
    """The organization's rules of today, as a booking keeps them; ``choice`` is the service's.

    ``tiers``: until so many hours before the session, so many percent come back.
    ``move_hours``: until then the client may choose another hour, ``moves`` times at most
    (None: as often as they like), of another service only with ``other_service``.
    ``no_show_percent`` comes back when the client did not come, ``expert_percent`` when the
    expert cancels; ``suggest``: other times are offered then. A booking of a time when there
    was no such rule has none of these names.
    """
    rules = organization.rules
    own = rules.policy(choice)
    tiers = sorted(own.tiers if own else organization.cancellation, key=lambda tier: -tier.hours)
    paying = [tier.hours for tier in tiers if tier.percent > 0]
    last = min(paying, default=0)
    return {
        "tiers": [{"hours": tier.hours, "percent": tier.percent} for tier in tiers],
        "move_hours": last if rules.move_hours is None else rules.move_hours,
        "moves": rules.moves,
        "other_service": rules.other_service,
        "no_show_percent": own.no_show_percent if own else rules.no_show_percent,
        "expert_percent": rules.expert_percent,
        "suggest": rules.suggest,
    }


def cancellation(
    session: Session, booking: Booking, *, by: Side = "client", hold: bool = False
) -> Preview:
    """What cancelling now would give back; the page and the API show it before they ask.

    The rules say what comes back altogether: what went back before counts. With
    ``hold`` that stays true until the caller's transaction ends.
    """
    return _less_returned(session, booking, preview(booking, clock.now(), by), hold=hold)


def if_missed(
    session: Session, booking: Booking, missed_by: Side, *, hold: bool = False
) -> Preview:
    """What comes back when one side does not come; otherwise as `cancellation`."""
    percent = 100 if missed_by != "client" else int(booking.policy.get("no_show_percent", 0))
    return _less_returned(session, booking, _always(booking, percent), hold=hold)


def preview(booking: Booking, now: datetime, by: Side) -> Preview:
    """What giving up at an instant gives back by the frozen rules, and how that changes."""
    tiers = tiers_of(booking)
    because = _full_because(booking, by)
    if because:
        return replace(_always(booking, 100), tiers=tiers, full_because=because)
    percent = percent_at(tiers, now)
    if by == "expert":  # never less than the client would get
        return _always(booking, max(percent, expert_percent(booking)))
    return replace(_always(booking, percent), tiers=tiers)


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


def expert_percent(booking: Booking) -> int:
    """The share that comes back when the expert cancels."""
    return int(booking.policy.get("expert_percent", 100))


def suggests(booking: Booking) -> bool:
    """Whether other times are offered to the client of a session that was called off."""
    return bool(booking.policy.get("suggest", True))


def move_until(booking: Booking) -> datetime:
    """Until when the client may choose another hour."""
    return booking.starts_at - timedelta(hours=booking.policy.get("move_hours", 0))


def moves_left(session: Session, booking: Booking) -> int | None:
    """How often the client may still move the session; None: as often as they like."""
    limit = booking.policy.get("moves")
    return None if limit is None else max(0, int(limit) - queries.moves_made(session, booking))


def _always(booking: Booking, percent: int) -> Preview:
    """A share that time does not change."""
    refund = booking.price.percent(percent)
    return Preview(
        paid=booking.price,
        refund=refund,
        percent=percent,
        tiers=[Tier(None, percent, refund)],
        move_until=move_until(booking),
    )


def _less_returned(session: Session, booking: Booking, found: Preview, *, hold: bool) -> Preview:
    """What is still to come back when something went back before.

    What came back because a cheaper service was chosen is not in the price any more.
    """
    back = sum(
        payments.refunded_minor(session, one, hold=hold)
        for one in queries.payments_of(session, booking)
    )
    back -= sum(one.refund_minor for one in queries.done_moves(session, booking))
    if back <= 0:
        return found
    refund = Money(max(0, found.refund.minor - back), booking.currency)
    return replace(found, refund=refund, returned=Money(back, booking.currency))


def _full_because(booking: Booking, by: Side) -> str:
    if by == "staff" or (by == "expert" and expert_percent(booking) >= 100):
        return "by_expert"
    if booking.state == BookingState.PENDING:
        return "pending"
    return "moved_by_expert" if booking.policy.get("moved_by_expert") else ""
