"""Payments as people read them: what for, with whom, how far, what went back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import bookings, experts, identity, payments
from cilis.infra.i18n import N_, gettext, translated
from cilis.kit.money import Money

LIVE_EVENTS = "payments.changed"
"""Socket events after which a page that shows payments reads itself again."""

_REASONS = {
    "cancelled_by_client": N_("Cancelled by the client"),
    "cancelled_by_expert": N_("Cancelled by the expert"),
    "cancelled_by_staff": N_("Cancelled by the team"),
    "declined": N_("The expert declined"),
    "unanswered": N_("No answer came in time"),
    "expert_missed": N_("The expert did not come"),
    "client_missed": N_("The client did not come"),
    "moved_cheaper": N_("Moved to a cheaper service"),
    "paid_twice": N_("Paid twice"),
    "hour_gone": N_("The hour was no longer free"),
    "hold_ended": N_("The hour was not booked"),
    "amount_changed": N_("The price became another one"),
    "credit_returned": N_("What was left of the credit"),
}
_CAUSES = {
    "opened": ("circle", N_("Payment started")),
    "sending": ("external-link", N_("Sent to the gateway")),
    "notice": ("bell", N_("The gateway told us")),
    "query": ("search-check", N_("We asked the gateway")),
    "expiry": ("clock-alert", N_("The time to pay ran out")),
    "refunding": ("undo-2", N_("Refund")),
    "person": ("user-round", N_("Decided by a person")),
    "dispute": ("shield-alert", N_("The bank was told")),
    "imported": ("check", N_("Taken over from before")),
    "credit": ("wallet", N_("Paid by credit, or credit again")),
}


_DISPUTES = {
    "fraudulent": N_("Did not make this payment"),
    "unrecognized": N_("Does not know this payment"),
    "duplicate": N_("Paid twice"),
    "product_not_received": N_("Did not get the session"),
    "product_unacceptable": N_("The session was not what was promised"),
    "credit_not_processed": N_("Did not get money back that was due"),
    "subscription_canceled": N_("Had cancelled"),
    "general": N_("Gives no closer reason"),
}

_VERDICTS = {
    "recorded": N_("Recorded"),
    "repeated": N_("Known already"),
    "ignored": N_("Of no matter"),
    "unknown_reference": N_("Fits no payment of ours"),
    "wrong_amount": N_("Refused: another amount"),
    "forged": N_("Refused: not genuine"),
    "fault": N_("Not taken in"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One payment in a list."""

    id: UUID
    subject_id: UUID
    amount: Money
    state: payments.AttemptState
    method: str
    reference: str
    service: str
    starts_at: datetime | None
    created_at: datetime
    settled_at: datetime | None
    payer: str
    payee: str
    refunds: Sequence[payments.Refund]
    returned: payments.Returned
    about: payments.About = payments.About.BOOKING
    by_credit: bool = False

    @property
    def address(self) -> str:
        """The page of what was paid for."""
        place = "credits" if self.about is payments.About.CREDIT else "bookings"
        return f"/{place}/{self.subject_id}"

    @property
    def kept(self) -> Money:
        """What stays after what went back or is on its way."""
        return self.amount - self.returned.done - self.returned.under_way


def rows(session: Session, found: Sequence[payments.Attempt]) -> list[Row]:
    """Payments with what belongs to them, in the same order; a constant number of queries."""
    refunds = payments.refunds_of(session, [attempt.id for attempt in found])
    known = {fact.id: fact for fact in bookings.facts(session, [a.subject_id for a in found])}
    names = _services(session, {fact.expert_id for fact in known.values()})
    people = identity.people(
        session, {one for a in found for one in (a.payer_id, a.payee_id) if one is not None}
    )
    return [
        _row(attempt, known.get(attempt.subject_id), names, people, refunds[attempt.id])
        for attempt in found
    ]


def reason(refund: payments.Refund) -> str:
    """Why money went back: the house's reasons in words, a person's own as they wrote them."""
    words = _REASONS.get(refund.reason)
    return gettext(words) if words else refund.reason


def credit_of(attempt: payments.Attempt) -> UUID | None:
    """The credit that a payment was for, or that it was paid with."""
    if attempt.is_by_credit:
        return UUID(hex=attempt.provider_reference)
    return attempt.subject_id if attempt.about is payments.About.CREDIT else None


def cause(change: payments.PaymentChange) -> tuple[str, str]:
    """Icon and words of what made a change."""
    icon, words = _CAUSES[change.cause.value]
    return icon, gettext(words)


def verdict(notice: payments.PaymentNotice) -> str:
    """What was made of a gateway's notice."""
    return gettext(_VERDICTS.get(notice.verdict, notice.verdict))


def dispute_reason(dispute: payments.Dispute) -> str:
    """What the client told the bank; the gateway's own code where it has no words here."""
    words = _DISPUTES.get(dispute.reason)
    return gettext(words) if words else dispute.reason


def kind_of(change: payments.PaymentChange) -> str:
    """Of which kind a change's states are."""
    if change.dispute_id is not None:
        return "dispute"
    return "refund" if change.refund_id is not None else "payment"


def facts_of(change: payments.PaymentChange) -> list[tuple[str, str]]:
    """A change's evidence as lines: name and value, nested names joined by dots."""
    return list(_flat(change.evidence, ""))


def _flat(value: object, name: str) -> Sequence[tuple[str, str]]:
    if isinstance(value, Mapping):
        return [
            line
            for key, below in value.items()
            for line in _flat(below, f"{name}.{key}" if name else str(key))
        ]
    return [(name, "" if value is None else str(value))]


def _services(session: Session, expert_ids: set[UUID]) -> dict[UUID, Mapping[str, str]]:
    offered = experts.services_of(session, expert_ids)
    return {terms.id: terms.name for each in offered.values() for terms in each}


def _row(
    attempt: payments.Attempt,
    fact: bookings.BookingFact | None,
    names: Mapping[UUID, Mapping[str, str]],
    people: Mapping[UUID, identity.Person],
    refunds: Sequence[payments.Refund],
) -> Row:
    reference, _, written = attempt.description.partition(" ")
    name = names.get(fact.service_id) if fact else None
    payer, payee = people.get(attempt.payer_id), None
    if attempt.payee_id is not None:
        payee = people.get(attempt.payee_id)
    return Row(
        id=attempt.id,
        subject_id=attempt.subject_id,
        amount=attempt.amount,
        state=attempt.state,
        method=payments.title(attempt.provider, attempt.way),
        reference=reference,
        service=translated(name) if name else _written(attempt, written),
        starts_at=fact.starts_at if fact else None,
        created_at=attempt.created_at,
        settled_at=attempt.settled_at,
        payer=payer.name if payer else "",
        payee=payee.name if payee else "",
        refunds=refunds,
        returned=payments.Returned.of(attempt.amount, refunds),
        about=attempt.about,
        by_credit=attempt.is_by_credit,
    )


def _written(attempt: payments.Attempt, written: str) -> str:
    """What was paid for, as the payment's own words have it; a gift has no name."""
    if attempt.about is payments.About.CREDIT:
        return written or gettext("Gift credit")
    return written
