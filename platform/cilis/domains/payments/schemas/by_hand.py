"""Ways to pay, and payments by hand, as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from cilis.domains.payments.models import Attempt
from cilis.domains.payments.types import Method
from cilis.hooks.payment_parts import Instructions
from cilis.infra.http.schemas import Instant, MoneySchema, Strict, Text, between, money
from cilis.infra.i18n import current_language, gettext

_MOST_MINOR = 2**53 - 1  # what every JSON reader keeps exactly


class MethodListArgs(Strict):
    """Query of the ways to pay."""

    currency = Text(required=True, least=3, most=3)


class MethodSchema(Strict):
    """One way to pay, in the reader's language."""

    key = fields.String(
        required=True, metadata={"description": "What to name as `provider` of a payment."}
    )
    title = fields.String(required=True)
    promise = fields.String(required=True)
    days = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "How long the hour waits for the money; null: paid at once."},
    )


class MethodListSchema(Strict):
    """The ways to pay."""

    items = fields.List(fields.Nested(MethodSchema), required=True)


class InstructionLineSchema(Strict):
    """One thing to know to pay."""

    label = fields.String(required=True)
    value = fields.String(required=True)


class InstructionsSchema(Strict):
    """How to pay by hand, in the reader's language."""

    amount = fields.Nested(MoneySchema, required=True)
    expires_at = Instant(required=True)
    lines = fields.List(fields.Nested(InstructionLineSchema), required=True)
    next_steps = fields.List(fields.String(), required=True)
    note = fields.String(required=True)


class ReceiptSchema(Strict):
    """Money that came by hand."""

    amount_minor = fields.Integer(required=True, strict=True, validate=between(1, _MOST_MINOR))
    number = Text(
        required=True,
        least=1,
        most=80,
        metadata={"description": "Of the bank's statement or the till."},
    )
    note = Text(load_default="", most=200)


class PayoutSchema(Strict):
    """A refund that was paid out by hand."""

    number = Text(
        required=True, least=1, most=80, metadata={"description": "Of the transfer or the till."}
    )


def show_method(method: Method) -> dict[str, Any]:
    """A way to pay as the API shows it."""
    return {
        "key": method.key,
        "title": method.title,
        "promise": method.promise,
        "days": method.window.days if method.window is not None else None,
    }


def show_instructions(found: Instructions, attempt: Attempt) -> dict[str, Any]:
    """Instructions as the API shows them."""
    return {
        "amount": money(attempt.amount),
        "expires_at": attempt.expires_at,
        "lines": [{"label": gettext(line.label), "value": line.value} for line in found.lines],
        "next_steps": [gettext(step) for step in found.next_steps],
        "note": note_of(found),
    }


def note_of(found: Instructions) -> str:
    """The organization's own words in the reader's language, else in any it has."""
    return found.notes.get(current_language()) or next(iter(found.notes.values()), "")
