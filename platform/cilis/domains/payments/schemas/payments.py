"""Payments and refunds as the API shows and takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields, post_load

from cilis.domains.payments.models import (
    Attempt,
    PaymentChange,
    PaymentDifference,
    Reconciliation,
    Refund,
    RefundRequest,
)
from cilis.domains.payments.types import (
    AttemptState,
    BorneBy,
    Difference,
    DifferenceState,
    GraceWish,
    PaymentFilter,
    RefundState,
    Repair,
    RequestState,
    Returned,
    Source,
)
from cilis.infra.http.paging import PageArgs, page_schema
from cilis.infra.http.schemas import Instant, MoneySchema, Strict, Text, between, money, one_of
from cilis.kit.money import Money

_MOST_MINOR = 2**53 - 1  # what every JSON reader keeps exactly


class PaymentListArgs(PageArgs):
    """Query of the list of payments."""

    own = fields.Boolean(
        load_default=False,
        truthy={"true", "1", True},
        falsy={"false", "0", False},
        metadata={"description": "For staff: only what they paid themselves."},
    )
    text = Text(
        load_default="",
        most=120,
        metadata={"description": "A reference (ours, the booking's, the gateway's), name, e-mail."},
    )
    person_id = fields.UUID(load_default=None, metadata={"description": "Who paid or was paid."})
    state = fields.String(load_default=None, validate=one_of(*AttemptState))
    refund_state = fields.String(load_default=None, validate=one_of(*RefundState))
    amount_minor = fields.Integer(load_default=None, validate=between(1, _MOST_MINOR))
    since = Instant(load_default=None)
    until = Instant(load_default=None)


class RefundListArgs(PageArgs):
    """Query of the list of refunds."""

    state = fields.String(load_default=None, validate=one_of(*RefundState))


class PaymentChangeSchema(Strict):
    """One change of a payment or one of its refunds."""

    at = Instant(required=True)
    from_state = fields.String(required=True)
    to_state = fields.String(required=True)
    cause = fields.String(required=True)
    refund_id = fields.UUID(required=True, allow_none=True)
    actor_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "Null but for staff."}
    )
    evidence = fields.Dict(
        keys=fields.String(),
        required=True,
        allow_none=True,
        metadata={"description": "What proves the change; null but for staff."},
    )


class RefundSchema(Strict):
    """Money on its way back."""

    id = fields.UUID(required=True)
    payment_id = fields.UUID(required=True)
    amount = fields.Nested(MoneySchema, required=True)
    state = fields.String(required=True, validate=one_of(*RefundState))
    reason = fields.String(required=True)
    asked_at = Instant(required=True)
    settled_at = Instant(required=True, allow_none=True)


class PaymentSchema(Strict):
    """One attempt to take money, with what went back of it."""

    id = fields.UUID(required=True)
    subject_id = fields.UUID(required=True, metadata={"description": "The booking's id."})
    provider = fields.String(required=True)
    amount = fields.Nested(MoneySchema, required=True)
    state = fields.String(required=True, validate=one_of(*AttemptState))
    reason = fields.String(required=True, metadata={"description": "The gateway's own code."})
    description = fields.String(required=True)
    created_at = Instant(required=True)
    expires_at = Instant(required=True)
    settled_at = Instant(required=True, allow_none=True)
    refunds = fields.List(fields.Nested(RefundSchema), required=True)


class PaymentDetailSchema(PaymentSchema):
    """One payment with its history."""

    gateway_silent = fields.Boolean(
        required=True,
        metadata={
            "description": "The gateway does not answer just now; another way may be chosen."
        },
    )
    changes = fields.List(fields.Nested(PaymentChangeSchema), required=True)


class RefundOrderSchema(Strict):
    """What is to go back; without an amount all that is left."""

    payment_id = fields.UUID(required=True)
    amount_minor = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=between(1, _MOST_MINOR)
    )
    reason = Text(required=True, least=3, most=200)
    borne_by = fields.Enum(
        BorneBy,
        by_value=True,
        load_default=BorneBy.ORGANIZATION,
        metadata={"description": "Whose money it is: the organization's, or of all that share."},
    )

    @post_load
    def _to_wish(self, data: dict[str, Any], **_: Any) -> GraceWish:
        return GraceWish(data["payment_id"], data["amount_minor"], data["reason"], data["borne_by"])


class RefundRequestListArgs(PageArgs):
    """Query of the refunds that wait or waited for a second person."""

    state = fields.String(load_default=None, validate=one_of(*RequestState))


class RefundRequestSchema(Strict):
    """A refund that a second person has to agree to."""

    id = fields.UUID(required=True)
    payment_id = fields.UUID(required=True)
    amount = fields.Nested(MoneySchema, required=True)
    reason = fields.String(required=True)
    borne_by = fields.String(required=True, validate=one_of(*BorneBy))
    state = fields.String(required=True, validate=one_of(*RequestState))
    asked_by = fields.UUID(required=True)
    asked_at = Instant(required=True)
    expires_at = Instant(required=True)
    decided_by = fields.UUID(required=True, allow_none=True)
    decided_at = Instant(required=True, allow_none=True)
    answer = fields.String(required=True)
    refund_id = fields.UUID(required=True, allow_none=True)


class ApprovalSchema(Strict):
    """What the second person says; why, if it is a no."""

    accept = fields.Boolean(required=True, truthy={True}, falsy={False})
    reason = Text(load_default="", most=200)


class DecisionSchema(Strict):
    """What staff decide about a payment that the gateway suspects."""

    accept = fields.Boolean(required=True, truthy={True}, falsy={False})
    reason = Text(required=True, least=3, most=200)


class EarningSchema(Strict):
    """A payment as the one sees it whose work it paid for: nothing of how it was paid."""

    id = fields.UUID(required=True)
    subject_id = fields.UUID(required=True, metadata={"description": "The booking's id."})
    amount = fields.Nested(MoneySchema, required=True)
    returned = fields.Nested(MoneySchema, required=True)
    on_its_way_back = fields.Nested(MoneySchema, required=True)
    settled_at = Instant(required=True, allow_none=True)


class ReconciliationSchema(Strict):
    """One day of one gateway, compared with our books."""

    id = fields.UUID(required=True)
    provider = fields.String(required=True)
    day = fields.Date(required=True, metadata={"description": "In UTC."})
    source = fields.String(required=True, allow_none=True, validate=one_of(*Source))
    ran_at = Instant(
        required=True, allow_none=True, metadata={"description": "Null while it is to come."}
    )
    checked = fields.Integer(required=True)
    found = fields.Integer(required=True)


class ReconciliationListSchema(Strict):
    """The latest days, the newest first."""

    items = fields.List(fields.Nested(ReconciliationSchema), required=True)


class DifferenceListArgs(PageArgs):
    """Query of the list of differences."""

    state = fields.String(load_default=None, validate=one_of(*DifferenceState))


class PaymentDifferenceSchema(Strict):
    """One thing about which a gateway's books and ours differ."""

    id = fields.UUID(required=True)
    provider = fields.String(required=True)
    day = fields.Date(required=True)
    kind = fields.String(required=True, validate=one_of(*Difference))
    reference = fields.String(required=True)
    provider_reference = fields.String(required=True)
    payment_id = fields.UUID(required=True, allow_none=True)
    refund_id = fields.UUID(required=True, allow_none=True)
    is_refund = fields.Boolean(required=True)
    ours = fields.Nested(
        MoneySchema, required=True, allow_none=True, metadata={"description": "Null: no money."}
    )
    theirs = fields.Nested(MoneySchema, required=True, allow_none=True)
    state = fields.String(required=True, validate=one_of(*DifferenceState))
    found_at = Instant(required=True)
    settled_at = Instant(required=True, allow_none=True)
    reason = fields.String(required=True)
    repairs = fields.List(
        fields.String(validate=one_of(*Repair)),
        required=True,
        metadata={"description": "What can be done about it now."},
    )


class RepairSchema(Strict):
    """How a difference is settled, and why."""

    how = fields.String(required=True, validate=one_of(*Repair))
    reason = Text(
        load_default="",
        most=200,
        metadata={"description": "Required, unless the gateway is asked again."},
    )


class SettlementSchema(Strict):
    """A gateway's own file of a day."""

    provider = Text(required=True, least=1, most=40)
    day = fields.Date(required=True)
    file = Text(required=True, least=1, most=2_000_000, metadata={"description": "CSV."})


PaymentDifferencePageSchema = page_schema(PaymentDifferenceSchema)
EarningPageSchema = page_schema(EarningSchema)
PaymentPageSchema = page_schema(PaymentSchema)
RefundPageSchema = page_schema(RefundSchema)
RefundRequestPageSchema = page_schema(RefundRequestSchema)


def show_refund(refund: Refund) -> dict[str, Any]:
    """A refund as the API shows it."""
    return {
        "id": refund.id,
        "payment_id": refund.attempt_id,
        "amount": money(refund.amount),
        "state": refund.state.value,
        "reason": refund.reason,
        "asked_at": refund.asked_at,
        "settled_at": refund.settled_at,
    }


def show_request(found: RefundRequest) -> dict[str, Any]:
    """A refund that waits or waited for a second person, as the API shows it."""
    return {
        "id": found.id,
        "payment_id": found.attempt_id,
        "amount": money(found.amount),
        "reason": found.reason,
        "borne_by": found.borne_by.value,
        "state": found.state.value,
        "asked_by": found.asked_by,
        "asked_at": found.asked_at,
        "expires_at": found.expires_at,
        "decided_by": found.decided_by,
        "decided_at": found.decided_at,
        "answer": found.answer,
        "refund_id": found.refund_id,
    }


def show_payment(attempt: Attempt, refunds: list[Refund]) -> dict[str, Any]:
    """A payment as the API shows it; nothing of the plugin's own data."""
    return {
        "id": attempt.id,
        "subject_id": attempt.subject_id,
        "provider": attempt.provider,
        "amount": money(attempt.amount),
        "state": attempt.state.value,
        "reason": attempt.reason,
        "description": attempt.description,
        "created_at": attempt.created_at,
        "expires_at": attempt.expires_at,
        "settled_at": attempt.settled_at,
        "refunds": [show_refund(refund) for refund in refunds],
    }


def show_earning(attempt: Attempt, refunds: Sequence[Refund]) -> dict[str, Any]:
    """A payment as the API shows it to the payee."""
    tally = Returned.of(attempt.amount, refunds)
    return {
        "id": attempt.id,
        "subject_id": attempt.subject_id,
        "amount": money(attempt.amount),
        "returned": money(tally.done),
        "on_its_way_back": money(tally.under_way),
        "settled_at": attempt.settled_at,
    }


def show_change(change: PaymentChange, *, whole: bool) -> dict[str, Any]:
    """A change; who made it and what proves it, the gateway's own data, only for staff."""
    return {
        "at": change.at,
        "from_state": change.from_state,
        "to_state": change.to_state,
        "cause": change.cause.value,
        "refund_id": change.refund_id,
        "actor_id": change.actor_id if whole else None,
        "evidence": change.evidence if whole else None,
    }


def show_reconciliation(row: Reconciliation) -> dict[str, Any]:
    """A compared day."""
    return {
        "id": row.id,
        "provider": row.provider,
        "day": row.day,
        "source": row.source.value if row.source else None,
        "ran_at": row.ran_at,
        "checked": row.checked,
        "found": row.found,
    }


def show_difference(row: PaymentDifference, repairs: Sequence[Repair]) -> dict[str, Any]:
    """A difference with what can be done about it."""

    def side(minor: int | None) -> dict[str, Any] | None:
        return None if minor is None else money(Money(minor, row.currency))

    return {
        "id": row.id,
        "provider": row.provider,
        "day": row.day,
        "kind": row.kind.value,
        "reference": row.reference,
        "provider_reference": row.provider_reference,
        "payment_id": row.attempt_id,
        "refund_id": row.refund_id,
        "is_refund": row.is_refund,
        "ours": side(row.ours_minor),
        "theirs": side(row.theirs_minor),
        "state": row.state.value,
        "found_at": row.found_at,
        "settled_at": row.settled_at,
        "reason": row.reason,
        "repairs": [one.value for one in repairs],
    }


def payment_filter(args: Mapping[str, Any]) -> PaymentFilter:
    """What a list's query asks for."""
    state, refund_state = args.get("state"), args.get("refund_state")
    return PaymentFilter(
        text=args.get("text", ""),
        person_id=args.get("person_id"),
        state=AttemptState(state) if state else None,
        refund_state=RefundState(refund_state) if refund_state else None,
        amount_minor=args.get("amount_minor"),
        since=args.get("since"),
        until=args.get("until"),
    )
