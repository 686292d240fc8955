"""A notice as one line in the list: made in the reader's language from what was noted then.

The list asks the database once: names and times stand in the notice, so a hundred lines need no
other room. What is a link's target asks for rights again, whatever the line says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cilis.domains.notifications.models import NoticeRow
from cilis.domains.notifications.types import Kind, Side, Told
from cilis.infra import i18n
from cilis.infra.i18n import N_
from cilis.infra.i18n import gettext as _
from cilis.kit.money import Money


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    icon: str
    link: str = "/bookings/{subject}"
    tone: str = ""


_BOTH: Mapping[Kind, _Words] = {
    Kind.BOOKING_MOVED: _Words(
        N_("New time: your session with %(name)s"), "calendar-clock", tone="info"
    ),
    Kind.BOOKING_CANCELLED: _Words(
        N_("Cancelled: your session with %(name)s"), "circle-x", tone="negative"
    ),
    Kind.REMINDER_DAY: _Words(N_("Tomorrow: your session with %(name)s"), "alarm-clock"),
    Kind.REMINDER_HOUR: _Words(
        N_("In an hour: your session with %(name)s"), "alarm-clock", tone="info"
    ),
    Kind.BOOKING_DECLINED: _Words(
        N_("%(name)s cannot take your session"), "circle-x", tone="negative"
    ),
    Kind.PAID_IN_VAIN: _Words(
        N_("Your payment came too late and goes back to you"), "undo-2", tone="caution"
    ),
    Kind.BOOKING_COMPLETED: _Words(
        N_("How was your session with %(name)s?"), "star", "/bookings/{subject}/review"
    ),
    Kind.TIME_PROPOSED: _Words(
        N_("%(name)s proposes another time"), "calendar-clock", tone="caution"
    ),
    Kind.PROPOSAL_CLOSED: _Words(
        N_("Your session with %(name)s stays as it was"), "calendar-check", tone="info"
    ),
    Kind.BOOKING_DISPUTED: _Words(
        N_("%(name)s says that it was otherwise"), "scale", tone="caution"
    ),
    Kind.BOOKING_DISPUTED_STAFF: _Words(
        N_("Two sides disagree about a session"), "scale", tone="caution"
    ),
    Kind.BOOKING_DECIDED: _Words(
        N_("It is decided how your session with %(name)s counts"), "scale", tone="info"
    ),
    Kind.REFUND_SETTLED: _Words(
        N_("%(amount)s is on its way back to you"), "undo-2", "/bookings", "positive"
    ),
    Kind.CREDIT_OPENED: _Words(
        N_("Credit of %(amount)s can be used"), "gift", "/credits/{subject}", "positive"
    ),
    Kind.CREDIT_ENDS: _Words(
        N_("Credit of %(amount)s ends soon"), "clock-alert", "/credits/{subject}", "caution"
    ),
    Kind.REFUND_REFUSED: _Words(
        N_("A refund of %(amount)s failed"), "undo-2", "/admin/payments", "negative"
    ),
    Kind.PAYMENT_REVIEW: _Words(
        N_("Your payment of %(amount)s is being checked"), "search-check", "/bookings", "caution"
    ),
    Kind.PAYMENT_REVIEW_STAFF: _Words(
        N_("A payment of %(amount)s needs your decision"), "search-check",
        "/admin/payments?state=review", "caution",
    ),
    Kind.MONEY_ALARM: _Words(
        N_("%(name)s told us something that cannot be right"), "shield-alert",
        "/admin/payments/reconciliation", "negative",
    ),
    Kind.MONEY_DIFFERS: _Words(
        N_("The books of %(name)s and ours differ"), "scale",
        "/admin/payments/reconciliation", "caution",
    ),
    Kind.PAYOUT_PAID: _Words(
        N_("%(amount)s is on its way to your account"), "landmark", "/desk/payouts", "positive"
    ),
    Kind.PAYOUT_RETURNED: _Words(
        N_("A payout of %(amount)s came back"), "undo-2", "/desk/payouts", "negative"
    ),
    Kind.PAYEE_CHANGED: _Words(
        N_("The account for your payouts was changed"), "landmark", "/desk/payouts", "caution"
    ),
    Kind.PAYOUT_BATCH_STAFF: _Words(
        N_("A batch of payouts over %(amount)s needs your approval"), "landmark",
        "/admin/payouts/batches/{subject}", "caution",
    ),
    Kind.PAYOUT_FAILED_STAFF: _Words(
        N_("A payout of %(amount)s failed"), "landmark", "/admin/payouts", "negative"
    ),
    Kind.BALANCE_STAFF: _Words(
        N_("A correction of %(amount)s needs your approval"), "scale", "/admin/payouts", "caution"
    ),
    Kind.REFUND_REQUEST_STAFF: _Words(
        N_("A refund of %(amount)s needs your approval"), "undo-2", "/admin/payments", "caution"
    ),
    Kind.DISPUTE_STAFF: _Words(
        N_("A client’s bank contests %(amount)s"), "shield-alert", "/admin/disputes/{subject}",
        "negative",
    ),
    Kind.EMAIL_CHANGE_ASKED: _Words(
        N_("Another e-mail address was asked for your account"), "mail", "/account#email",
        "caution",
    ),
    Kind.PASSWORD_CHANGED: _Words(
        N_("Your password was changed"), "shield-check", "/account/security", "info"
    ),
    Kind.SESSIONS_ENDED: _Words(
        N_("A device or program was logged out, to be safe"), "shield-alert", "/account", "caution"
    ),
    Kind.VERIFICATION_SUBMITTED: _Words(
        N_("%(name)s asks to be verified"), "badge-check", "/admin/verification"
    ),
    Kind.VERIFICATION_DECIDED: _Words(
        N_("Your papers were checked"), "badge-check", "/desk/verification", "info"
    ),
    Kind.MESSAGE_WAITING: _Words(
        N_("%(name)s has written to you"), "message-circle", "/messages/{subject}"
    ),
    Kind.DOCUMENT_SHARED: _Words(N_("%(name)s has shared a document"), "file-text"),
    Kind.REVIEW_WRITTEN: _Words(N_("%(name)s has reviewed a session with you"), "star", "/desk"),
    Kind.REVIEW_ANSWERED: _Words(N_("%(name)s has answered your review"), "message-square-quote"),
}  # fmt: skip
_SIDED: Mapping[tuple[Kind, Side], _Words] = {
    (Kind.BOOKING_REQUESTED, Side.CLIENT): _Words(
        N_("Your request is with %(name)s"), "hourglass", tone="caution"
    ),
    (Kind.BOOKING_REQUESTED, Side.EXPERT): _Words(
        N_("%(name)s asks for a session"), "inbox", "/desk/requests", "caution"
    ),
    (Kind.BOOKING_MISSED, Side.CLIENT): _Words(N_("%(name)s waited for you"), "user-x"),
    (Kind.BOOKING_MISSED, Side.EXPERT): _Words(
        N_("You were missed by %(name)s"), "user-x", tone="negative"
    ),
    (Kind.BOOKING_CONFIRMED, Side.CLIENT): _Words(
        N_("Confirmed: your session with %(name)s"), "circle-check", tone="positive"
    ),
    (Kind.BOOKING_CONFIRMED, Side.EXPERT): _Words(
        N_("%(name)s has booked a session"), "calendar-check", tone="positive"
    ),
}
_EXPERT_AWAY = _Words(N_("%(name)s did not come: your money goes back"), "undo-2", tone="caution")
_EXPERT_AWAY_UNPAID = _Words(N_("%(name)s did not come to your session"), "user-x", tone="caution")
_CREDIT_AGAIN = _Words(N_("%(amount)s is credit again"), "wallet", "/credits", "positive")
_OTHER_PRICE = _Words(
    N_("Your payment was of another price and goes back to you"), "undo-2", tone="caution"
)
_PAID_TWICE = _Words(N_("You paid twice: the second payment goes back"), "undo-2", tone="info")
_PAYMENT_REFUSED = _Words(
    N_("Your payment of %(amount)s was refused"), "circle-x", "/bookings", "negative"
)
_PLAIN = _Words(N_("Something has changed"), "bell", "/notices")


def told(row: NoticeRow) -> Told:
    """The line of a notice, in the language that is being spoken."""
    words = _words(row)
    known: Mapping[str, Any] = row.detail.get("about") or {}
    return Told(
        id=row.id,
        kind=row.kind,
        title=_(words.title, **_values(known)),
        text=_text(known),
        link=str(known.get("link") or words.link.format(subject=row.subject_id)),
        icon=words.icon,
        tone=words.tone,
        at=row.created_at,
        is_read=row.read_at is not None,
    )


def _words(row: NoticeRow) -> _Words:
    if row.kind == Kind.BOOKING_MISSED and _expert_was_away(row):
        return _EXPERT_AWAY if row.detail.get("refund_minor") else _EXPERT_AWAY_UNPAID
    if row.kind == Kind.PAYMENT_REVIEW and row.detail.get("refused"):
        return _PAYMENT_REFUSED
    if row.kind == Kind.REFUND_SETTLED and row.detail.get("as_credit"):
        return _CREDIT_AGAIN
    if row.kind == Kind.PAID_IN_VAIN:
        why = str(row.detail.get("why", ""))
        return {"amount_changed": _OTHER_PRICE, "paid_twice": _PAID_TWICE}.get(why, _BOTH[row.kind])
    found = _BOTH.get(row.kind)
    if found is None:
        found = _SIDED.get((row.kind, Side(row.detail.get("side") or Side.CLIENT)))
    return found or _PLAIN


def _expert_was_away(row: NoticeRow) -> bool:
    return row.detail.get("missed_by") == "expert" and row.detail.get("side") == Side.CLIENT


def _values(known: Mapping[str, Any]) -> dict[str, str]:
    return {"name": str(known.get("name") or _("Somebody")), "amount": _amount(known)}


def _amount(known: Mapping[str, Any]) -> str:
    if "minor" not in known:
        return ""
    return i18n.format_money(Money(int(known["minor"]), str(known["currency"])))


def _text(known: Mapping[str, Any]) -> str:
    """What stands below the line: the service and its hour, a file's name, a few words."""
    parts = [i18n.translated(known.get("service")), str(known.get("words") or "")]
    if known.get("starts_at"):
        starts_at = datetime.fromisoformat(str(known["starts_at"]))
        parts.append(f"{i18n.format_day_short(starts_at)}, {i18n.format_time(starts_at)}")
    return " · ".join(part for part in parts if part)
