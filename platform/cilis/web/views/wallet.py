"""Somebody's own credit: what is left, where it holds, until when, and gifts for others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import credits, payments
from cilis.domains.credits import Credit, CreditKind, CreditState, Scope
from cilis.domains.payments import AttemptState
from cilis.infra.i18n import error_text, gettext
from cilis.kit import clock
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer
from cilis.web.views import credits as shown

LIVE_EVENTS = "credits.opened payments.changed"
"""Socket events after which a page that shows credit reads itself again."""
_NOT_PAID = frozenset({CreditState.WAITING, CreditState.LAPSED})
_ON_ITS_WAY = frozenset({AttemptState.PENDING, AttemptState.CAPTURED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """One credit as its owner or buyer sees it; ``left`` is None for a gift that is another's."""

    id: UUID
    reference: str
    title: str
    state: str
    amount: Money
    left: Money | None
    sessions: int | None
    sessions_left: int | None
    days: int
    ends_at: datetime | None
    where: str
    most: Money | None
    code: str
    recipient: str
    message: str
    reason: str
    is_package: bool
    is_yours: bool
    is_bought: bool
    taken: bool
    refundable: bool
    may_return: bool

    @property
    def is_for_another(self) -> bool:
        """Whether it is a gift that the viewer bought for somebody else."""
        return bool(self.recipient) and self.is_bought

    @property
    def is_usable(self) -> bool:
        """Whether the viewer can pay with it."""
        return self.state == CreditState.OPEN and self.is_yours

    @property
    def waits(self) -> bool:
        """Whether it is there to be paid for, by the viewer."""
        return self.state == CreditState.WAITING and self.is_bought


@dataclass(frozen=True, slots=True, kw_only=True)
class Paying:
    """How far paying for a credit has come; ``methods`` are there where the buyer can pay."""

    attempt: payments.Attempt | None
    methods: Sequence[payments.Method]
    returned: bool
    lapsed: bool  # it can be chosen anew only; money that is on its way still counts

    @property
    def by_hand(self) -> bool:
        """Whether money is waited for of which no gateway tells."""
        live = self.attempt is not None and self.attempt.state in payments.LIVE_STATES
        return live and self.attempt is not None and payments.is_by_hand(self.attempt.provider)

    @property
    def is_on_its_way(self) -> bool:
        """Whether money is between the buyer's bank and us, so that paying again makes no sense."""
        state = self.attempt.state if self.attempt else None
        if state == AttemptState.SENT:
            return self.returned and not self.by_hand
        return (state in _ON_ITS_WAY and not self.by_hand) or state == AttemptState.REVIEW

    @property
    def news(self) -> str:
        """The one sentence about the payment, "" where there is nothing to say."""
        state = self.attempt.state if self.attempt else None
        if state == AttemptState.REVIEW:
            return gettext("Your bank is checking the payment. We tell you by mail.")
        if self.is_on_its_way:
            return gettext("Your payment is on its way. This page changes by itself.")
        if self.lapsed:
            return error_text("credit_lapsed")
        if state in {AttemptState.FAILED, AttemptState.EXPIRED}:
            return gettext("The payment did not go through. Nothing was charged.")
        if state is None or self.by_hand:
            return ""
        return gettext(
            "Waiting for news of your payment; this page changes by itself. If you stopped on "
            "the way, try again."
        )


def own(session: Session, found: Sequence[Credit], viewer: Viewer) -> list[Own]:
    """Credits as the viewer sees them, in the same order; a constant number of queries."""
    left = credits.left_of(session, found)
    names = shown.known(session, [Scope.from_json(one.scope) for one in found], [])
    return [_own(one, left[one.id], names, viewer) for one in found]


def paying(session: Session, found: Credit, viewer: Viewer, *, returned: bool) -> Paying | None:
    """How a credit can be paid for; None where that is over, or not the viewer's to do."""
    if found.state not in _NOT_PAID or found.buyer_id != viewer.person_id:
        return None
    attempt = payments.attempt(session, found.attempt_id) if found.attempt_id else None
    is_open = found.state is CreditState.WAITING
    return Paying(
        attempt=attempt,
        methods=payments.methods(session, found.currency) if is_open else [],
        lapsed=not is_open,
        returned=returned,
    )


def _own(found: Credit, left: Money, names: shown.Known, viewer: Viewer) -> Own:
    sees_rest = credits.sees_rest(found, viewer)
    yours = found.owner_id == viewer.person_id
    state = shown.credit_state(found, left) if sees_rest else found.state.value
    if state == CreditState.OPEN and found.ends_at and found.ends_at <= clock.now():
        state = CreditState.EXPIRED.value
    return Own(
        id=found.id,
        reference=found.reference,
        title=shown.kind(found),
        state=state,
        amount=found.amount,
        left=left if sees_rest else None,
        sessions=found.sessions,
        sessions_left=found.sessions_left(left) if sees_rest else None,
        days=found.days,
        ends_at=found.ends_at,
        where=shown.where(Scope.from_json(found.scope), names),
        most=Money(found.most_minor, found.currency) if found.most_minor else None,
        code=credits.gift_code(found, viewer),
        recipient=found.recipient,
        message=found.message,
        reason=found.reason if yours else "",
        is_package=found.kind is CreditKind.PACKAGE,
        is_yours=yours,
        is_bought=found.buyer_id == viewer.person_id,
        taken=found.owner_id is not None,
        refundable=found.refundable,
        may_return=credits.may_return(found, viewer) and yours and bool(left.minor),
    )
