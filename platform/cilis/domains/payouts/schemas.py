"""Payouts as the API shows and takes them. Accounts are taken whole and shown by their end."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import fields, validate

from cilis.domains.payouts.models import Adjustment, Payout, PayoutBatch
from cilis.domains.payouts.types import (
    LONGEST_DELAY_DAYS,
    MOST_AT_ONCE,
    MOST_MINOR,
    AdjustmentState,
    BatchState,
    Candidate,
    Destination,
    Obstacle,
    Payee,
    PayeeKind,
    PayoutRules,
    PayoutState,
    Standing,
    Statement,
    StatementLine,
)
from cilis.infra.http.paging import PageArgs, page_schema
from cilis.infra.http.schemas import Instant, MoneySchema, Strict, Text, between, money, one_of

_DAYS = between(0, LONGEST_DELAY_DAYS)
_AMOUNT = between(0, MOST_MINOR)
_FEW = validate.Length(1, MOST_AT_ONCE, error="out_of_range")


class PayeeWishSchema(Strict):
    """Where one's money is to go; the password proves that it is oneself."""

    kind = fields.String(required=True, validate=one_of(*PayeeKind))
    holder = Text(load_default="", most=70)
    number = Text(
        load_default="",
        most=80,
        metadata={"description": "Left out for an account that was opened from here."},
    )
    bank = Text(load_default="", most=80)
    bic = Text(load_default="", most=20)
    provider = Text(load_default="", most=40)
    current_password = fields.String(required=True)


class PayeeSchema(Strict):
    """An account, as far as it is shown."""

    expert_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    hint = fields.String(required=True, metadata={"description": "Its last characters."})
    provider = fields.String(required=True)
    changed_at = Instant(required=True)
    locked_until = Instant(
        required=True, allow_none=True, metadata={"description": "Nothing is paid out before."}
    )


class StandingSchema(Strict):
    """What an expert is owed and has got."""

    expert_id = fields.UUID(required=True)
    owed = fields.Nested(MoneySchema, required=True)
    held = fields.Nested(
        MoneySchema, required=True, metadata={"description": "Within the holding period."}
    )
    available = fields.Nested(MoneySchema, required=True)
    under_way = fields.Nested(MoneySchema, required=True)
    paid = fields.Nested(MoneySchema, required=True)


class CandidateSchema(StandingSchema):
    """An expert who could be paid now, or why not."""

    payee = fields.Nested(PayeeSchema, required=True, allow_none=True)
    obstacle = fields.String(required=True, allow_none=True, validate=one_of(*Obstacle))


class CandidatesSchema(Strict):
    """Everybody with money on the account."""

    items = fields.List(fields.Nested(CandidateSchema), required=True)


class PayoutSchema(Strict):
    """One amount on its way to one expert."""

    id = fields.UUID(required=True)
    batch_id = fields.UUID(required=True)
    expert_id = fields.UUID(required=True)
    amount = fields.Nested(MoneySchema, required=True)
    state = fields.String(required=True, validate=one_of(*PayoutState))
    kind = fields.String(required=True)
    hint = fields.String(required=True)
    reference = fields.String(required=True, metadata={"description": "What the bank knows it by."})
    ordered_at = Instant(required=True)
    paid_at = Instant(required=True, allow_none=True)
    returned_at = Instant(required=True, allow_none=True)
    reason = fields.String(required=True)
    is_recalled = fields.Boolean(
        required=True, metadata={"description": "A gateway is to take it back."}
    )


class BatchSchema(Strict):
    """Payouts that go together."""

    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    total = fields.Nested(MoneySchema, required=True)
    count = fields.Integer(required=True)
    state = fields.String(required=True, validate=one_of(*BatchState))
    made_by = fields.UUID(required=True, allow_none=True)
    made_at = Instant(required=True)
    approved_by = fields.UUID(required=True, allow_none=True)
    approved_at = Instant(required=True, allow_none=True)
    ended_at = Instant(required=True, allow_none=True)


class BatchDetailSchema(BatchSchema):
    """A batch with its payouts."""

    payouts = fields.List(fields.Nested(PayoutSchema), required=True)


class BatchListArgs(PageArgs):
    """Query of the list of batches."""

    state = fields.String(load_default=None, validate=one_of(*BatchState))


class BatchWishSchema(Strict):
    """Whom to pay; no experts means everybody who can be paid."""

    expert_ids = fields.List(fields.UUID(), load_default=None, allow_none=True, validate=_FEW)
    least_minor = fields.Integer(load_default=0, strict=True, validate=_AMOUNT)


class ReasonSchema(Strict):
    """Why."""

    reason = Text(required=True, least=3, most=200)


class PaidSchema(Strict):
    """Which payouts of a batch have left; none given means all that are open."""

    payout_ids = fields.List(fields.UUID(), load_default=None, allow_none=True, validate=_FEW)


class AdjustmentWishSchema(ReasonSchema):
    """What is added to a balance, or taken away."""

    expert_id = fields.UUID(required=True)
    amount_minor = fields.Integer(
        required=True, strict=True, validate=between(-MOST_MINOR, MOST_MINOR)
    )


class AdjustmentSchema(Strict):
    """A correction by hand."""

    id = fields.UUID(required=True)
    expert_id = fields.UUID(required=True)
    amount = fields.Nested(MoneySchema, required=True)
    reason = fields.String(required=True)
    state = fields.String(required=True, validate=one_of(*AdjustmentState))
    asked_by = fields.UUID(required=True)
    asked_at = Instant(required=True)
    decided_by = fields.UUID(required=True, allow_none=True)
    decided_at = Instant(required=True, allow_none=True)


class WaitingAdjustmentsSchema(Strict):
    """Corrections that wait for a second person."""

    items = fields.List(fields.Nested(AdjustmentSchema), required=True)


class AdjustmentDecisionSchema(Strict):
    """The second person's word."""

    accept = fields.Boolean(required=True, truthy={True}, falsy={False})


class RulesSchema(Strict):
    """What the organization decides about payouts."""

    currency = fields.String(required=True)
    holding_days = fields.Integer(required=True)
    minimum_minor = fields.Integer(required=True)
    approval_above_minor = fields.Integer(required=True)
    lock_days = fields.Integer(required=True)
    account_holder = fields.String(required=True)
    account_hint = fields.String(required=True)


class RulesWishSchema(Strict):
    """The rules as an admin wants them; without an account the one there is stays."""

    holding_days = fields.Integer(required=True, strict=True, validate=_DAYS)
    minimum_minor = fields.Integer(required=True, strict=True, validate=_AMOUNT)
    approval_above_minor = fields.Integer(required=True, strict=True, validate=_AMOUNT)
    lock_days = fields.Integer(required=True, strict=True, validate=_DAYS)
    account_holder = Text(load_default="", most=70)
    iban = Text(load_default="", most=60)
    bic = Text(load_default="", most=20)


class StatementLineSchema(Strict):
    """One change of a balance."""

    at = Instant(required=True)
    kind = fields.String(required=True)
    subject_id = fields.UUID(required=True)
    reference = fields.String(required=True)
    note = fields.String(required=True)
    gross = fields.Nested(MoneySchema, required=True, allow_none=True)
    commission = fields.Nested(MoneySchema, required=True, allow_none=True)
    tax = fields.Nested(MoneySchema, required=True, allow_none=True)
    change = fields.Nested(MoneySchema, required=True)
    balance = fields.Nested(MoneySchema, required=True)


class StatementSchema(Strict):
    """An expert's month."""

    expert_id = fields.UUID(required=True)
    month = fields.String(required=True)
    begins_at = Instant(required=True)
    ends_at = Instant(required=True)
    is_final = fields.Boolean(required=True)
    opening = fields.Nested(MoneySchema, required=True)
    closing = fields.Nested(MoneySchema, required=True)
    lines = fields.List(fields.Nested(StatementLineSchema), required=True)


class StatementArgs(Strict):
    """Whose statement; for staff. An expert reads their own."""

    expert_id = fields.UUID(load_default=None, allow_none=True)


StandingPageSchema = page_schema(StandingSchema)
PayoutPageSchema = page_schema(PayoutSchema)
BatchPageSchema = page_schema(BatchSchema)


def destination(wish: dict[str, Any]) -> Destination:
    """The account of a checked body."""
    names = ("holder", "number", "bank", "bic", "provider")
    return Destination(kind=PayeeKind(wish["kind"]), **{name: wish[name] for name in names})


def show_payee(payee: Payee) -> dict[str, Any]:
    """An account, as far as it is shown."""
    return asdict(payee)


def show_standing(one: Standing) -> dict[str, Any]:
    """How an expert stands."""
    names = ("owed", "held", "available", "under_way", "paid")
    return {"expert_id": one.expert_id, **{name: money(getattr(one, name)) for name in names}}


def show_candidate(one: Candidate) -> dict[str, Any]:
    """Who could be paid, or why not."""
    return {
        **show_standing(one.standing),
        "payee": show_payee(one.payee) if one.payee else None,
        "obstacle": one.obstacle,
    }


def show_payout(payout: Payout) -> dict[str, Any]:
    """One payout; its account only by its end."""
    names = ("id", "batch_id", "expert_id", "state", "kind", "hint", "reference", "reason")
    times = ("ordered_at", "paid_at", "returned_at")
    return {
        **{name: getattr(payout, name) for name in (*names, *times)},
        "amount": money(payout.amount),
        "is_recalled": payout.recalled_by is not None,
    }


def show_batch(batch: PayoutBatch) -> dict[str, Any]:
    """One batch without its payouts."""
    names = ("id", "reference", "state", "made_by", "made_at", "approved_by", "approved_at")
    return {
        **{name: getattr(batch, name) for name in (*names, "ended_at")},
        "total": money(batch.total),
        "count": batch.payouts,
    }


def show_adjustment(one: Adjustment) -> dict[str, Any]:
    """A correction by hand."""
    names = ("id", "expert_id", "reason", "state", "asked_by", "asked_at", "decided_by")
    return {
        **{name: getattr(one, name) for name in (*names, "decided_at")},
        "amount": money(one.amount),
    }


def show_rules(rules: PayoutRules) -> dict[str, Any]:
    """The rules, the organization's account only by its end."""
    return {name: value for name, value in asdict(rules).items() if name != "version"}


def show_statement(one: Statement) -> dict[str, Any]:
    """An expert's month."""
    return {
        "expert_id": one.expert_id,
        "month": one.month.key,
        "begins_at": one.month.begin,
        "ends_at": one.month.end,
        "is_final": one.is_final,
        "opening": money(one.opening),
        "closing": money(one.closing),
        "lines": [_show_line(line) for line in one.lines],
    }


def _show_line(line: StatementLine) -> dict[str, Any]:
    shares = {
        name: money(amount) if (amount := getattr(line, name)) is not None else None
        for name in ("gross", "commission", "tax")
    }
    return {
        "at": line.at,
        "kind": line.kind,
        "subject_id": line.subject_id,
        "reference": line.reference,
        "note": line.note,
        **shares,
        "change": money(line.change),
        "balance": money(line.balance),
    }
