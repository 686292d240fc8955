"""A booking's history in words: who did what, when, why, what changed; and what is to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cilis.domains import bookings, payments
from cilis.domains.bookings import BookingState
from cilis.infra.i18n import N_, format_date, format_money, format_time, gettext
from cilis.kit.money import Money
from cilis.web.views.visits import Visit

Item = dict[str, Any]
_PAST = {
    "held": ("timer", N_("The hour was held")),
    "payment_started": ("credit-card", N_("Payment started")),
    "paid": ("credit-card", N_("Paid")),
    "paid_late": ("credit-card", N_("Paid; the hour was still free")),
    "paid_in_vain": ("undo-2", N_("The money came too late and goes back")),
    "booked_free": ("circle-check", N_("Booked without payment")),
    "paid_by_credit": ("wallet", N_("Paid by credit")),
    "coupon_used": ("tag", N_("Code used")),
    "coupon_dropped": ("tag", N_("Code taken away")),
    "accepted": ("circle-check", N_("Accepted by %(name)s")),
    "declined": ("circle-x", N_("Declined by %(name)s")),
    "unanswered": ("circle-x", N_("No answer came in time")),
    "cancelled": ("circle-x", N_("Cancelled")),
    "moved": ("calendar-clock", N_("Moved to another time")),
    "move_held": ("timer", N_("Another service was held until it is paid")),
    "move_closed": ("undo-2", N_("The other hour was given back")),
    "proposed": ("calendar-search", N_("Other times were proposed")),
    "proposal_accepted": ("calendar-check", N_("A proposed time was chosen")),
    "proposal_refused": ("calendar-off", N_("None of the proposed times fitted")),
    "proposal_withdrawn": ("undo-2", N_("The proposal was taken back")),
    "lapsed": ("clock-alert", N_("The held time ran out")),
    "replaced": ("repeat", N_("Another hour was chosen")),
    "given_up": ("circle-x", N_("The hour was given up")),
    "over": ("video", N_("The session took place")),
    "no_show": ("user-x", N_("Somebody did not come")),
    "disputed": ("message-circle-question-mark", N_("The client says that it was otherwise")),
    "decided": ("badge-check", N_("Decided by the organization")),
    "imported": ("check", N_("Booked")),
}
_IN_VAIN = {
    "amount_changed": N_("The money of another price came and goes back"),
    "paid_twice": N_("It was paid twice; the second payment goes back"),
}
_MISSED = {
    "client": N_("The client did not come"),
    "expert": N_("The expert did not come"),
}
_FOUND = {
    "took_place": N_("Decided: the session took place"),
    "client_missed": N_("Decided: the client did not come"),
    "expert_missed": N_("Decided: the expert did not come"),
}
_GONE = frozenset({"declined", "unanswered", "cancelled", "lapsed", "given_up", "no_show"})
_PAID = frozenset({"paid", "paid_late", "paid_in_vain"})
_BOUGHT = frozenset({"paid", "paid_late"})
_SIGNED = frozenset(
    {
        "cancelled",
        "moved",
        "proposed",
        "proposal_accepted",
        "proposal_refused",
        "proposal_withdrawn",
        "no_show",
        "disputed",
        "given_up",
    }
)
"""What shows by whom it was done; of the rest the words say it, or it is plain."""


def timeline(
    visit: Visit,
    changes: Sequence[bookings.BookingChange],
    attempt: payments.Attempt | None,
    names: Mapping[UUID, str] | None = None,
    by_credit: Money | None = None,
) -> list[Item]:
    """What happened, oldest first, then what is now and what comes.

    ``names`` are those of members of staff, which only staff reads; others read "us".
    ``by_credit`` is what credit paid of it.
    """
    happened = {change.what for change in changes}
    paid = _Paid(attempt, by_credit if by_credit and not by_credit.is_zero else None)
    past = [
        _past(change, visit, paid, names or {})
        for change in changes
        if change.what in _PAST and not (change.what == "payment_started" and happened & _PAID)
    ]
    return [*past, *_coming(visit)]


@dataclass(frozen=True, slots=True)
class _Paid:
    """The payment that bought the hour, and what of its price credit paid."""

    attempt: payments.Attempt | None
    by_credit: Money | None


def _past(
    change: bookings.BookingChange, visit: Visit, paid: _Paid, names: Mapping[UUID, str]
) -> Item:
    lines = [
        _times(change),
        _money_back(change, visit),
        _savings(change, visit, paid),
        str(change.detail.get("reason") or ""),
    ]
    item = {
        "title": _title(change, visit, paid),
        "icon": _PAST[change.what][0],
        "at": change.at,
        "state": "gone" if change.what in _GONE else "past",
        "text": "\n".join(line for line in lines if line),
    }
    if visit.side == "staff" or change.what in _SIGNED:
        item["by"] = _by(change, visit, names)
    return item


def _title(change: bookings.BookingChange, visit: Visit, paid: _Paid) -> str:
    why = str(change.detail.get("why", ""))
    if change.what == "paid_in_vain" and why in _IN_VAIN:
        return gettext(_IN_VAIN[why])
    title = gettext(_PAST[change.what][1])
    if "%(name)s" in title:
        title %= {"name": visit.expert_name}
    if change.what == "paid_by_credit" and paid.by_credit is not None:
        title = f"{title}: {format_money(paid.by_credit)}"
    elif change.what in _PAID and paid.attempt is not None:
        title = f"{title}: {format_money(paid.attempt.amount)}"
    missed = _MISSED.get(str(change.detail.get("missed_by", "")))
    found = _FOUND.get(str(change.detail.get("outcome", "")))
    words = missed or found
    return gettext(words) if words else title


def _savings(change: bookings.BookingChange, visit: Visit, paid: _Paid) -> str:
    """The code that made it cheaper, by how much; and what credit paid beside the gateway."""
    if change.what == "coupon_used":
        off = Money(int(change.detail["minor"]), visit.price.currency)
        return f"{change.detail['code']}: −{format_money(off)}"
    if change.what in _BOUGHT and paid.by_credit is not None:
        return gettext("and %(amount)s by credit", amount=format_money(paid.by_credit))
    return ""


def _times(change: bookings.BookingChange) -> str:
    """The old and the new time, or the proposed ones."""
    detail = change.detail
    if detail.get("from") and detail.get("to"):
        return f"{_moment(detail['from'])} → {_moment(detail['to'])}"
    return "; ".join(_moment(start) for start in detail.get("starts", ()))


def _moment(raw: str) -> str:
    start = datetime.fromisoformat(raw)
    return f"{format_date(start, 'weekday')}, {format_time(start)}"  # "tomorrow" would grow old


def _money_back(change: bookings.BookingChange, visit: Visit) -> str:
    minor = int(change.detail.get("refund_minor") or 0)
    if not minor:
        return ""
    return gettext("%(amount)s goes back", amount=format_money(Money(minor, visit.price.currency)))


def _by(change: bookings.BookingChange, visit: Visit, names: Mapping[UUID, str]) -> str:
    """Whose act it was, from where the reader stands."""
    if change.actor is None:
        return gettext("by itself")
    side = "staff"
    if change.actor == visit.client_id:
        side = "client"
    elif change.actor == visit.expert_person_id:
        side = "expert"
    if side == visit.side and side != "staff":
        return gettext("by you")
    name = {"client": visit.client_name, "expert": visit.expert_name}.get(side, "")
    name = name or names.get(change.actor, "")
    return gettext("by %(name)s", name=name) if name else gettext("by the organization")


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
