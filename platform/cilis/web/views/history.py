"""A booking's history in words, and what is still to come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cilis.domains import bookings, payments
from cilis.domains.bookings import BookingState
from cilis.infra.i18n import N_, format_money, gettext
from cilis.web.views.visits import Visit

Item = dict[str, Any]
_PAST = {
    "held": ("timer", N_("The hour was held")),
    "payment_started": ("credit-card", N_("Payment started")),
    "paid": ("credit-card", N_("Paid")),
    "paid_late": ("credit-card", N_("Paid; the hour was still free")),
    "paid_in_vain": ("undo-2", N_("The money came too late and goes back")),
    "booked_free": ("circle-check", N_("Booked without payment")),
    "accepted": ("circle-check", N_("Accepted by %(name)s")),
    "declined": ("circle-x", N_("Declined by %(name)s")),
    "unanswered": ("circle-x", N_("No answer came in time")),
    "cancelled": ("circle-x", N_("Cancelled")),
    "moved": ("calendar-clock", N_("Moved to another time")),
    "lapsed": ("clock-alert", N_("The held time ran out")),
    "replaced": ("repeat", N_("Another hour was chosen")),
    "given_up": ("circle-x", N_("The hour was given up")),
    "over": ("video", N_("The session took place")),
    "no_show": ("user-x", N_("Somebody did not come")),
    "imported": ("check", N_("Booked")),
}
_GONE = frozenset({"declined", "unanswered", "cancelled", "lapsed", "given_up", "no_show"})
_PAID = frozenset({"paid", "paid_late", "paid_in_vain"})


def timeline(
    visit: Visit, changes: Sequence[bookings.BookingChange], attempt: payments.Attempt | None
) -> list[Item]:
    """What happened, oldest first, then what is now and what comes."""
    happened = {change.what for change in changes}
    past = [
        _past(change, visit, attempt)
        for change in changes
        if change.what in _PAST and not (change.what == "payment_started" and happened & _PAID)
    ]
    return [*past, *_coming(visit)]


def _past(change: bookings.BookingChange, visit: Visit, attempt: payments.Attempt | None) -> Item:
    icon, words = _PAST[change.what]
    title = gettext(words)
    if "%(name)s" in title:
        title %= {"name": visit.expert_name}
    if change.what in _PAID and attempt is not None:
        title = f"{title}: {format_money(attempt.amount)}"
    return {
        "title": title,
        "icon": icon,
        "at": change.at,
        "state": "gone" if change.what in _GONE else "past",
        "text": str(change.detail.get("reason") or ""),
    }


def _coming(visit: Visit) -> list[Item]:
    session = {"title": gettext("The session"), "icon": "video", "at": visit.starts_at}
    review = {
        "title": gettext("You write a review"),
        "icon": "star",
        "state": "to-come",
        "when": gettext("after the session"),
    }
    if visit.state == BookingState.HELD:
        return [_now(gettext("Payment"), "credit-card"), session | {"state": "to-come"}]
    if visit.state == BookingState.PENDING:
        answer = _now(gettext("Answer of %(name)s", name=visit.expert_name), "hourglass")
        return [answer | {"at": visit.answer_by}, session | {"state": "to-come"}]
    if visit.state == BookingState.CONFIRMED:
        return [session | {"state": "now"}, *([review] if visit.side == "client" else [])]
    return []


def _now(title: str, icon: str) -> Item:
    return {"title": title, "icon": icon, "state": "now"}
