"""What a gateway said, as the inbox keeps it, and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cilis.domains.payments.providers import plain
from cilis.hooks.payments import (
    DisputeNews,
    DisputeOutcome,
    Outcome,
    PaymentNews,
    RefundNews,
    RefundOutcome,
)
from cilis.kit.money import Money

News = PaymentNews | RefundNews | DisputeNews
_KINDS = {PaymentNews: "payment", RefundNews: "refund", DisputeNews: "dispute"}


def event_key(news: News) -> str:
    """Under which name a fact is kept once; what kind it is belongs to it."""
    return f"{_KINDS[type(news)]}:{news.event_id}"[:255]


def as_json(news: News) -> dict[str, Any]:
    """The news as it is kept."""
    kept = {
        "event_id": news.event_id,
        "outcome": news.outcome.value,
        "reason": news.reason,
        "provider_reference": news.provider_reference,
        "raw": plain(news.raw),
    }
    if isinstance(news, RefundNews):
        more = {"refund_reference": news.refund_reference, "took_share": news.took_share}
        return {**more, **kept}
    if isinstance(news, DisputeNews):
        due = news.evidence_due_at
        about = {
            "dispute_reference": news.dispute_reference,
            "evidence_due_at": due.isoformat() if due else None,
        }
        return {**about, "amount": _money_json(news.amount), **kept}
    said = _money_json(news.amount) if news.amount else None
    return {"reference": news.reference, "amount": said, **kept}


def as_news(kept: dict[str, Any]) -> News:
    """What was kept as news again."""
    rest = {name: kept[name] for name in ("event_id", "reason", "provider_reference", "raw")}
    if "refund_reference" in kept:
        outcome = RefundOutcome(kept["outcome"])
        return RefundNews(
            refund_reference=kept["refund_reference"],
            outcome=outcome,
            took_share=kept.get("took_share", False),
            **rest,
        )
    amount = Money(**kept["amount"]) if kept["amount"] else None
    if "dispute_reference" in kept and amount is not None:
        due = kept["evidence_due_at"]
        return DisputeNews(
            dispute_reference=kept["dispute_reference"],
            outcome=DisputeOutcome(kept["outcome"]),
            amount=amount,
            evidence_due_at=datetime.fromisoformat(due) if due else None,
            **rest,
        )
    return PaymentNews(
        reference=kept["reference"], outcome=Outcome(kept["outcome"]), amount=amount, **rest
    )


def _money_json(amount: Money) -> dict[str, Any]:
    return {"minor": amount.minor, "currency": amount.currency}
