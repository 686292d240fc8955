"""What the API takes and says of bookings."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from marshmallow import fields

from cilis.domains.bookings.models import Booking, BookingChange, BookingProposal
from cilis.domains.bookings.queries import Side
from cilis.domains.bookings.types import (
    LONGEST_QUERY,
    LONGEST_REASON,
    LONGEST_TEXT,
    BookingState,
    Outcome,
    Preview,
    ProposalState,
)
from cilis.domains.pricing import Terms
from cilis.domains.tenants import PriceDisplay
from cilis.infra.http.paging import PageArgs, page_schema
from cilis.infra.http.schemas import Instant, MoneySchema, Strict, Text, money, one_of
from cilis.kit.money import Money

_STATES = one_of(*(state.value for state in BookingState))


class HoldSchema(Strict):
    """The hour to hold. Price, length, end and expert follow from the service."""

    service_id = fields.UUID(required=True)
    starts_at = Instant(required=True)
    instead_of = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "The hold that may go although its payment has begun."},
    )


class DetailsSchema(Strict):
    """What it is about, in the client's own words."""

    text = Text(required=True, most=LONGEST_TEXT)


class PaymentOrderSchema(Strict):
    """How to pay; empty where there is nothing to pay. The amount is the booking's."""

    provider = Text(load_default="", most=40)
    credit = Text(
        load_default="",
        most=40,
        metadata={
            "description": "`balance` for your credit as far as it goes, or the id of a package of"
            " which one session pays; empty for none."
        },
    )


class PayAddressSchema(Strict):
    """Where to send the client now."""

    url = fields.String(required=True)


class ReasonSchema(Strict):
    """Why, in a few words; may stay empty."""

    reason = Text(load_default="", most=LONGEST_REASON)


class CancelSchema(ReasonSchema):
    """Why; experts and staff must say. ``on_behalf_of``: staff acts by the client's rules."""

    on_behalf_of = fields.String(load_default=None, allow_none=True, validate=one_of("client"))


class MoveSchema(CancelSchema):
    """The other start."""

    starts_at = Instant(required=True)


class NoShowSchema(ReasonSchema):
    """Who did not come."""

    missed_by = fields.String(load_default="client", validate=one_of("client", "expert"))


class ProposeSchema(Strict):
    """Up to three other starts, and a word with them."""

    starts = fields.List(Instant(), required=True)
    text = Text(load_default="", most=LONGEST_REASON)


class ChoiceSchema(Strict):
    """The proposed start that fits."""

    starts_at = Instant(required=True)


class DecisionOnSessionSchema(Strict):
    """What happened, and why we think so; both sides read it."""

    outcome = fields.String(required=True, validate=one_of(*(one.value for one in Outcome)))
    reason = Text(required=True, least=1, most=LONGEST_REASON)


class BookingListArgs(PageArgs):
    """Whose bookings, and which of them.

    ``side``: client (yours), expert (with you), all (staff). ``when``: coming (soonest first),
    past or all (latest first). The rest is for staff: ``q`` is a booking's code, or name, address
    or id of somebody; sessions that begin in [since, until); those that wait for a decision.
    """

    side = fields.String(load_default="client", validate=one_of("client", "expert", "all"))
    when = fields.String(load_default="all", validate=one_of("coming", "past", "all"))
    state = fields.String(load_default=None, allow_none=True, validate=_STATES)
    q = Text(load_default="", most=LONGEST_QUERY)
    since = Instant(load_default=None, allow_none=True)
    until = Instant(load_default=None, allow_none=True)
    disputed = fields.Boolean(load_default=False)


class DiscountSchema(Strict):
    """What makes a session cheaper; ``label`` is the coupon's code or the package's name."""

    kind = fields.String(required=True, validate=one_of("coupon", "package"))
    label = fields.String(required=True)
    amount = fields.Nested(MoneySchema, required=True)


class BookingSchema(Strict):
    """A booking. ``held_until`` is set while it is held, ``answer_by`` while it waits.

    ``price`` is what is paid, ``full_price`` less the discount; ``net`` and ``tax`` add up to it,
    and ``price_display`` is what stood on the pages when it was booked. While the hour is held,
    ``due`` is what is still to be paid after ``paid_by_credit``. ``text`` is for the two people
    only; the staff gets null.
    """

    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    state = fields.String(required=True, validate=_STATES)
    service_id = fields.UUID(required=True)
    service_name = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    expert_id = fields.UUID(required=True)
    client_id = fields.UUID(required=True, allow_none=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    held_until = fields.AwareDateTime(required=True, allow_none=True)
    answer_by = fields.AwareDateTime(required=True, allow_none=True)
    price = fields.Nested(MoneySchema, required=True)
    net = fields.Nested(MoneySchema, required=True)
    tax = fields.Nested(MoneySchema, required=True)
    tax_rate_bp = fields.Integer(
        required=True, metadata={"description": "hundredths of a percent: 1900 is 19 %"}
    )
    price_display = fields.Enum(PriceDisplay, by_value=True, required=True)
    full_price = fields.Nested(MoneySchema, required=True)
    discount = fields.Nested(DiscountSchema, required=True, allow_none=True)
    paid_by_credit = fields.Nested(MoneySchema, required=True)
    due = fields.Nested(MoneySchema, required=True)
    refund = fields.Nested(MoneySchema, required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    sequence = fields.Integer(required=True)
    mode = fields.String(required=True)
    place = fields.String(required=True)
    missed_by = fields.String(required=True, allow_none=True)
    disputed_at = fields.AwareDateTime(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


BookingPageSchema = page_schema(BookingSchema)


class TierSchema(Strict):
    """Until ``until`` (null: ever after) so much of the price comes back altogether."""

    until = fields.AwareDateTime(required=True, allow_none=True)
    percent = fields.Integer(required=True)
    refund = fields.Nested(MoneySchema, required=True)


class ShareSchema(Strict):
    """What comes back in one case, whatever the time."""

    percent = fields.Integer(required=True)
    refund = fields.Nested(MoneySchema, required=True)


class CancellationSchema(Strict):
    """What cancelling now gives back, and how that changes with time."""

    paid = fields.Nested(MoneySchema, required=True)
    refund = fields.Nested(
        MoneySchema,
        required=True,
        metadata={"description": "What comes back now; what went back before is not in it."},
    )
    returned = fields.Nested(
        MoneySchema,
        required=True,
        allow_none=True,
        metadata={"description": "What went back before, if anything; it counts for the rules."},
    )
    percent = fields.Integer(required=True)
    full_because = fields.String(required=True)
    until = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "Until when this refund holds."}
    )
    then = fields.Nested(
        MoneySchema,
        required=True,
        allow_none=True,
        metadata={"description": "What comes back after that."},
    )
    tiers = fields.List(fields.Nested(TierSchema), required=True)
    move_until = fields.AwareDateTime(required=True, allow_none=True)
    if_client_misses = fields.Nested(ShareSchema, required=True)
    if_expert_cancels = fields.Nested(ShareSchema, required=True)
    if_expert_misses = fields.Nested(ShareSchema, required=True)


class ChangeSchema(Strict):
    """One line of a booking's history; ``actor`` is null for the system."""

    at = fields.AwareDateTime(required=True)
    what = fields.String(required=True)
    actor_side = fields.String(required=True)
    from_state = fields.String(required=True, allow_none=True)
    to_state = fields.String(required=True)
    reason = fields.String(required=True)
    old_starts_at = fields.String(required=True, allow_none=True)
    new_starts_at = fields.String(required=True, allow_none=True)


class ProposalSchema(Strict):
    """Other times that the expert proposes."""

    id = fields.UUID(required=True)
    booking_id = fields.UUID(required=True)
    state = fields.String(required=True, validate=one_of(*(state.value for state in ProposalState)))
    starts = fields.List(fields.AwareDateTime(), required=True)
    text = fields.String(required=True)
    made_at = fields.AwareDateTime(required=True)
    answer_by = fields.AwareDateTime(required=True)
    chosen_at = fields.AwareDateTime(required=True, allow_none=True)


class ProposalsSchema(Strict):
    """The proposals of a booking, newest first."""

    items = fields.List(fields.Nested(ProposalSchema), required=True)


class HistorySchema(Strict):
    """Everything that happened to a booking, in order."""

    items = fields.List(fields.Nested(ChangeSchema), required=True)


def show(
    booking: Booking | sa.Row[Any], side: str | None = None, by_credit: Money | None = None
) -> dict[str, Any]:
    """A booking as the API shows it to one side; staff does not read what two people discuss.

    ``by_credit``: what was paid by credit, None for nothing.
    """
    refund, currency = booking.refund_minor, booking.currency
    credit = by_credit.minor if by_credit else 0
    due = booking.price_minor - credit if booking.state is BookingState.HELD else 0
    terms = Terms.from_json(booking.terms)
    price = terms.tax.parts(Money(booking.price_minor, currency))
    return {
        "id": booking.id,
        "reference": booking.reference,
        "state": booking.state.value,
        "service_id": booking.service_id,
        "service_name": booking.service_name,
        "expert_id": booking.expert_id,
        "client_id": booking.client_id,
        "starts_at": booking.starts_at,
        "ends_at": booking.ends_at,
        "held_until": booking.held_until,
        "answer_by": booking.answer_by,
        "price": money(price.gross),
        "net": money(price.net),
        "tax": money(price.tax),
        "tax_rate_bp": terms.tax.rate_bp,
        "price_display": terms.display,
        "full_price": {
            "minor": booking.discount.get("full_minor", booking.price_minor),
            "currency": currency,
        },
        "discount": _discount(booking),
        "paid_by_credit": {"minor": credit, "currency": currency},
        "due": {"minor": due, "currency": currency},
        "refund": None if refund is None else {"minor": refund, "currency": currency},
        "text": None if side == "staff" else booking.topic_text,
        "sequence": booking.sequence,
        "mode": booking.mode,
        "place": booking.place,
        "missed_by": booking.missed_by,
        "disputed_at": booking.disputed_at,
        "created_at": booking.created_at,
    }


def show_preview(preview: Preview) -> dict[str, Any]:
    """A preview of cancelling as the API shows it."""
    return {
        "paid": money(preview.paid),
        "refund": money(preview.refund),
        "returned": money(preview.returned) if preview.returned else None,
        "percent": preview.percent,
        "full_because": preview.full_because,
        "until": preview.until,
        "then": money(preview.then) if preview.then else None,
        "tiers": [
            {"until": tier.until, "percent": tier.percent, "refund": money(tier.refund)}
            for tier in preview.tiers
        ],
        "move_until": preview.move_until,
    }


def show_cases(**cases: Preview) -> dict[str, Any]:
    """What comes back in cases that do not depend on the client's time."""
    return {
        name: {"percent": found.percent, "refund": money(found.refund)}
        for name, found in cases.items()
    }


def show_change(change: BookingChange, booking: Booking) -> dict[str, Any]:
    """A line of history as the API shows it: whose act it was, not which member of staff."""
    return {
        "at": change.at,
        "what": change.what,
        "actor_side": _side(change, booking),
        "from_state": change.from_state.value if change.from_state else None,
        "to_state": change.to_state.value,
        "reason": str(change.detail.get("reason", "")),
        "old_starts_at": change.detail.get("from"),
        "new_starts_at": change.detail.get("to"),
    }


def show_proposal(proposal: BookingProposal) -> dict[str, Any]:
    """A proposal as the API shows it."""
    return {
        "id": proposal.id,
        "booking_id": proposal.booking_id,
        "state": proposal.state.value,
        "starts": proposal.starts,
        "text": proposal.text,
        "made_at": proposal.made_at,
        "answer_by": proposal.answer_by,
        "chosen_at": proposal.chosen_at,
    }


def _discount(booking: Booking | sa.Row[Any]) -> dict[str, Any] | None:
    found = booking.discount
    if not found:
        return None
    amount = {"minor": found["minor"], "currency": booking.currency}
    return {"kind": found["kind"], "label": found["label"], "amount": amount}


def _side(change: BookingChange, booking: Booking) -> Side | str:
    if change.actor is None:
        return "system"
    if change.actor == booking.client_id:
        return "client"
    return "expert" if change.actor == booking.expert_person_id else "staff"
