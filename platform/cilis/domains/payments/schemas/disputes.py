"""Disputes and their evidence as the API takes and gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_smorest.fields import Upload
from marshmallow import fields

from cilis.domains.payments.models import Dispute, DisputePaper
from cilis.domains.payments.types import DisputeState
from cilis.hooks.payment_parts import EvidenceField
from cilis.infra.http.paging import PageArgs, page_schema
from cilis.infra.http.schemas import Instant, MoneySchema, Strict, Text, money, one_of
from cilis.infra.i18n import gettext

_LONGEST_FIELD = 60


class DisputeListArgs(PageArgs):
    """Query of the list of disputes."""

    state = fields.String(load_default=None, validate=one_of(*DisputeState))


class DisputeSchema(Strict):
    """One dispute."""

    id = fields.UUID(required=True)
    payment_id = fields.UUID(required=True)
    provider = fields.String(required=True)
    amount = fields.Nested(MoneySchema, required=True)
    state = fields.String(required=True, validate=one_of(*DisputeState))
    reason = fields.String(required=True, metadata={"description": "The gateway's own code."})
    opened_at = Instant(required=True)
    evidence_due_at = Instant(required=True, allow_none=True)
    closed_at = Instant(required=True, allow_none=True)
    told_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When the gateway had taken the evidence."},
    )
    problem = fields.String(
        required=True, metadata={"description": "Why the gateway refused it; empty: it did not."}
    )


class EvidenceFieldSchema(Strict):
    """What a bank may be told, and what was gathered for it."""

    field = fields.String(required=True)
    label = fields.String(required=True)
    is_file = fields.Boolean(required=True)
    text = fields.String(required=True)
    file_name = fields.String(required=True)


class DisputeDetailSchema(DisputeSchema):
    """One dispute with its evidence."""

    may_tell = fields.Boolean(required=True)
    evidence = fields.List(fields.Nested(EvidenceFieldSchema), required=True)


class EvidenceSchema(Strict):
    """Texts for the bank by field."""

    texts = fields.Dict(
        keys=Text(least=1, most=_LONGEST_FIELD), values=Text(most=10_000), required=True
    )


class PaperFormSchema(Strict):
    """For which field a file is."""

    field = Text(required=True, least=1, most=_LONGEST_FIELD)


class PaperFileSchema(Strict):
    """The file itself."""

    file = Upload(required=True)


DisputePageSchema = page_schema(DisputeSchema)


def show_dispute(found: Dispute) -> dict[str, Any]:
    """A dispute as the API shows it."""
    return {
        "id": found.id,
        "payment_id": found.attempt_id,
        "provider": found.provider,
        "amount": money(found.amount),
        "state": found.state.value,
        "reason": found.reason,
        "opened_at": found.opened_at,
        "evidence_due_at": found.due_at,
        "closed_at": found.closed_at,
        "told_at": found.told_at,
        "problem": found.problem,
    }


def show_whole(
    found: Dispute, asked: Sequence[EvidenceField], papers: Mapping[str, DisputePaper]
) -> dict[str, Any]:
    """A dispute with its evidence."""
    rows = []
    for one in asked:
        paper = papers.get(one.name)
        rows.append(
            {
                "field": one.name,
                "label": gettext(one.label),
                "is_file": one.is_file,
                "text": paper.text if paper else "",
                "file_name": paper.name if paper else "",
            }
        )
    return {**show_dispute(found), "may_tell": found.may_tell, "evidence": rows}
