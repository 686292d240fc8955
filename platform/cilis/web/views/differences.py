"""Differences between a gateway's books and ours as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from cilis.domains import payments
from cilis.domains.payments import Difference, Repair
from cilis.infra.i18n import N_, gettext
from cilis.kit.money import Money

LIVE_EVENTS = "payments.compared"
"""Socket events after which the page reads itself again."""

_KINDS = {
    Difference.MISSING_WITH_US: N_("The gateway has it and we do not"),
    Difference.MISSING_AT_GATEWAY: N_("We have it and the gateway does not"),
    Difference.AMOUNT_DIFFERS: N_("The amounts differ"),
    Difference.STATE_DIFFERS: N_("One side has the money, the other says no"),
}
_REPAIRS = {
    Repair.ASK: (N_("Ask the gateway again"), "search-check"),
    Repair.TAKE_IN: (N_("Take the money in"), "hand-coins"),
    Repair.REFUND: (N_("Give it back"), "undo-2"),
    Repair.EXPLAIN: (N_("It is explained"), "check"),
}
_SOURCES = {
    "list": N_("by the gateway's list"),
    "questions": N_("payment by payment"),
    "file": N_("by the gateway's file"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One difference in a list."""

    id: UUID
    kind: str
    thing: str
    method: str
    reference: str
    payment_id: UUID | None
    ours: Money | None
    theirs: Money | None
    day: date
    state: str
    reason: str
    repairs: Sequence[tuple[str, str, str]]  # how, words, icon


@dataclass(frozen=True, slots=True)
class Day:
    """One compared day in a list."""

    method: str
    day: date
    ran_at: datetime | None
    source: str
    checked: int
    found: int


def row(one: payments.PaymentDifference, repairs: Sequence[Repair]) -> Row:
    """A difference in the viewer's language."""
    return Row(
        id=one.id,
        kind=gettext(_KINDS[one.kind]),
        thing=gettext(N_("Refund")) if one.is_refund else gettext(N_("Payment")),
        method=payments.title(one.provider),
        reference=one.reference,
        payment_id=one.attempt_id,
        ours=_side(one.ours_minor, one.currency),
        theirs=_side(one.theirs_minor, one.currency),
        day=one.day,
        state=one.state.value,
        reason=gettext(N_("Both sides agree by now")) if one.reason == "agrees" else one.reason,
        repairs=[(how.value, gettext(_REPAIRS[how][0]), _REPAIRS[how][1]) for how in repairs],
    )


def day(one: payments.Reconciliation) -> Day:
    """A compared day in the viewer's language."""
    source = gettext(_SOURCES[one.source.value]) if one.source else ""
    return Day(payments.title(one.provider), one.day, one.ran_at, source, one.checked, one.found)


def _side(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)
