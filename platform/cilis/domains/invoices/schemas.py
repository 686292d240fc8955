"""What the API says of papers."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from cilis.domains.invoices.models import Paper
from cilis.domains.invoices.types import Buyer, PaperFilter, PaperKind
from cilis.infra.http.paging import PageArgs, page_schema
from cilis.infra.http.schemas import Instant, MoneySchema, Strict, Text, money, one_of


class PapersArgs(PageArgs):
    """Which papers; staff may search by number or person and in a period."""

    text = Text(load_default="", most=120)
    kind = fields.String(load_default="", validate=one_of("", *PaperKind))
    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)


class TaxLineSchema(Strict):
    """The tax of one rate; ``rate_bp`` is in basis points, 1900 is 19 %."""

    name = fields.String(required=True)
    rate_bp = fields.Integer(required=True)
    net_minor = fields.Integer(required=True)
    tax_minor = fields.Integer(required=True)
    gross_minor = fields.Integer(required=True)


class PaperSchema(Strict):
    """An invoice, receipt or credit note; the PDF is at ``/content``."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    number = fields.String(required=True)
    issued_on = fields.Date(required=True)
    issued_at = Instant(required=True)
    person_id = fields.UUID(required=True)
    subject_id = fields.UUID(required=True, allow_none=True)
    payment_id = fields.UUID(required=True, allow_none=True)
    corrects_id = fields.UUID(required=True, allow_none=True)
    language = fields.String(required=True)
    total = fields.Nested(MoneySchema, required=True)
    tax = fields.Nested(MoneySchema, required=True)
    taxes = fields.List(fields.Nested(TaxLineSchema), required=True)


PapersSchema = page_schema(PaperSchema)


def wanted(args: dict[str, Any]) -> PaperFilter:
    """The question as the room takes it."""
    return PaperFilter(
        text=args["text"],
        kind=PaperKind(args["kind"]) if args["kind"] else None,
        since=args["since"],
        until=args["until"],
    )


def show(paper: Paper) -> dict[str, Any]:
    """A paper as the API shows it."""
    names = ("id", "number", "issued_on", "issued_at", "person_id", "subject_id", "payment_id",
             "corrects_id", "language")  # fmt: skip
    return {
        **{name: getattr(paper, name) for name in names},
        "kind": paper.kind.value,
        "total": money(paper.total),
        "tax": money(paper.tax),
        "taxes": paper.content["taxes"],
    }


class BuyerSchema(Strict):
    """What stands on papers beside the name; all of it may be empty."""

    company = Text(load_default="", most=120)
    address = Text(load_default="", most=300)
    tax_id = Text(load_default="", most=40)


def show_buyer(buyer: Buyer) -> dict[str, Any]:
    """A client's own words for papers."""
    return {"company": buyer.company, "address": buyer.address, "tax_id": buyer.tax_id}
