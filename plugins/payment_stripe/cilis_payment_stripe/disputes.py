"""Disputes: what Stripe tells of them, and evidence for the bank. Pure but for `submit`.

Source: Stripe, "The Dispute object" (docs.stripe.com/api/disputes/object).
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import stripe

from cilis.hooks import Refused
from cilis.hooks.payment_parts import EvidenceField, EvidenceOrder
from cilis.hooks.payments import DisputeNews, DisputeOutcome
from cilis_payment_stripe.amounts import amount_of
from cilis_payment_stripe.client import translated

if TYPE_CHECKING:
    from stripe.params import DisputeUpdateParamsEvidence

EVIDENCE = (
    EvidenceField("product_description", "What was sold"),
    EvidenceField("service_date", "Day of the session"),
    EvidenceField("customer_name", "Name of the client"),
    EvidenceField("customer_email_address", "E-mail of the client"),
    EvidenceField("cancellation_rebuttal", "Why the client could not cancel, or did not"),
    EvidenceField("refund_refusal_explanation", "Why nothing was given back"),
    EvidenceField("uncategorized_text", "Anything else"),
    EvidenceField("service_documentation", "Proof that the session took place", is_file=True),
    EvidenceField("customer_communication", "Messages with the client", is_file=True),
    EvidenceField("receipt", "Receipt or invoice", is_file=True),
    EvidenceField("cancellation_policy", "Cancellation rules", is_file=True),
    EvidenceField("uncategorized_file", "Another paper", is_file=True),
)
_OUTCOMES: Mapping[str, DisputeOutcome] = {
    "warning_needs_response": DisputeOutcome.INQUIRY,
    "warning_under_review": DisputeOutcome.INQUIRY,
    "warning_closed": DisputeOutcome.CLOSED,
    "prevented": DisputeOutcome.CLOSED,
    "needs_response": DisputeOutcome.OPEN,
    "under_review": DisputeOutcome.UNDER_REVIEW,
    "appeal_needs_response": DisputeOutcome.LOST,  # the money is gone; who appeals does it there
    "appeal_under_review": DisputeOutcome.LOST,
    "won": DisputeOutcome.WON,
    "lost": DisputeOutcome.LOST,
}
_KEPT = ("id", "object", "status", "amount", "currency", "reason", "charge", "payment_intent")


def news_of_dispute(dispute: Mapping[str, Any], *, event_id: str = "") -> DisputeNews | None:
    """What a Dispute says; None for a status, or of a payment, that we do not know."""
    status, intent = str(dispute.get("status") or ""), dispute.get("payment_intent")
    payment = str(intent.get("id", "") if isinstance(intent, Mapping) else intent or "")
    if status not in _OUTCOMES or not payment:
        return None
    due = (dispute.get("evidence_details") or {}).get("due_by")
    return DisputeNews(
        dispute_reference=str(dispute.get("id") or ""),
        provider_reference=payment,
        outcome=_OUTCOMES[status],
        amount=amount_of(int(dispute.get("amount") or 0), str(dispute.get("currency") or "")),
        event_id=event_id or f"{dispute.get('id')}:{status}",
        reason=str(dispute.get("reason") or ""),
        evidence_due_at=datetime.fromtimestamp(int(due), UTC) if due else None,
        raw={name: dispute[name] for name in _KEPT if name in dispute},
    )


def submit(order: EvidenceOrder, client: stripe.StripeClient) -> DisputeNews:
    """Upload the files, then tell the bank; each call has a key of its own from the order's."""
    known = {field.name: field for field in EVIDENCE}
    if not order.texts and not order.files:
        raise Refused("there is nothing to tell")
    if any(name not in known or known[name].is_file for name in order.texts):
        raise Refused("no such text")
    if any(name not in known or not known[name].is_file for name in order.files):
        raise Refused("no such file")
    evidence: dict[str, Any] = dict(order.texts)
    with translated():
        for name, file in sorted(order.files.items()):
            content = io.BytesIO(file.content)
            content.name = file.name
            uploaded = client.v1.files.create(
                params={"purpose": "dispute_evidence", "file": content},
                options={"idempotency_key": f"evidence-{order.reference}-{name}"},
            )
            evidence[name] = uploaded.id
        made = client.v1.disputes.update(
            order.dispute_reference,
            params={"evidence": cast("DisputeUpdateParamsEvidence", evidence), "submit": True},
            options={"idempotency_key": f"evidence-{order.reference}"},
        )
    return _known(made.to_dict())


def ask(dispute_reference: str, client: stripe.StripeClient) -> DisputeNews:
    """How a dispute stands."""
    with translated():
        found = client.v1.disputes.retrieve(dispute_reference).to_dict()
    return _known(found)


def _known(dispute: Mapping[str, Any]) -> DisputeNews:
    news = news_of_dispute(dispute)
    if news is None:
        raise Refused(f"a dispute that cannot be read: {dispute.get('status')}")
    return news
