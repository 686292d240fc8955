"""Disputes: a bank takes money back, is told otherwise, and decides."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from cilis.kit import clock
from cilis.testing.standins import stripe_connect, stripe_wire
from cilis.testing.standins.memory import state
from cilis.testing.standins.state import Account, Conflict, Payment, State
from cilis.testing.standins.stripe_api import Answer, error, work

api = Blueprint("stripe_disputes", __name__, url_prefix="/stripe/v1")

_DAYS = 7 * 24 * 3600
_OPEN = {"needs_response", "warning_needs_response"}
_ENDS = {
    "won": ("won", "charge.dispute.funds_reinstated"),
    "lost": ("lost", ""),
    "closed": ("warning_closed", ""),
}


@api.get("/disputes/<dispute_id>")
def show_dispute(dispute_id: str) -> Response:
    """How a dispute stands."""
    return work(lambda account: _on(account, dispute_id, lambda _p, found: (found, 200)))


@api.post("/disputes/<dispute_id>")
def update_dispute(dispute_id: str) -> Response:
    """Evidence for the bank; once it is submitted nothing is added."""
    return work(lambda account: _on(account, dispute_id, _take_evidence))


@api.post("/files")
def upload() -> Response:
    """A file for the bank."""
    return work(_upload)


def open_dispute(memory: State, payment: Payment, reason: str, *, inquiry: bool) -> dict[str, Any]:
    """Let the payer's bank take the money back, or only ask."""
    if payment.state != "paid":
        raise Conflict("not_paid")
    dispute = {
        "id": stripe_wire.new_id("du"),
        "object": "dispute",
        "amount": payment.amount,
        "charge": stripe_connect.charge_id(payment),
        "currency": payment.currency,
        "evidence_details": {
            "due_by": int(clock.now().timestamp()) + _DAYS,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "livemode": False,
        "metadata": {},
        "payment_intent": payment.data["payment_intent"],
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }
    with memory.lock:
        payment.data["dispute"] = dispute
    stripe_wire.tell(memory, payment, "charge.dispute.created", dict(dispute), now=False)
    if not inquiry:
        kind = "charge.dispute.funds_withdrawn"
        stripe_wire.tell(memory, payment, kind, dict(dispute), now=False)
    memory.changed.set()
    return dispute


def close_dispute(memory: State, payment: Payment, outcome: str) -> dict[str, Any]:
    """Let the bank decide: "won", "lost", or "closed" for an inquiry."""
    dispute: dict[str, Any] = payment.data["dispute"]
    with memory.lock:
        dispute["status"], reinstated = _ENDS[outcome]
    if reinstated:
        stripe_wire.tell(memory, payment, reinstated, dict(dispute), now=False)
    stripe_wire.tell(memory, payment, "charge.dispute.closed", dict(dispute), now=False)
    memory.changed.set()
    return dispute


def _on(account: Account, dispute_id: str, what: Any) -> Answer:
    payment = state().find(
        lambda p: (
            stripe_connect.is_of(p, account) and p.data.get("dispute", {}).get("id") == dispute_id
        )
    )
    if payment is None:
        return error("invalid_request_error", "resource_missing", "No such dispute", 404)
    answer: Answer = what(payment, payment.data["dispute"])
    return answer


def _take_evidence(payment: Payment, dispute: dict[str, Any]) -> Answer:
    params = stripe_wire.nested(request.form)
    if dispute["status"] not in _OPEN:
        return error("invalid_request_error", "", "This dispute is already closed", 400)
    evidence = params.get("evidence", {})
    unknown = [
        value
        for name, value in evidence.items()
        if value.startswith("file_") and value not in payment_files()
    ]
    if unknown:
        return error("invalid_request_error", "resource_missing", "No such file upload", 400)
    details = dispute["evidence_details"]
    dispute["evidence"] = {**dispute.get("evidence", {}), **evidence}
    details["has_evidence"] = True
    if params.get("submit") == "true":
        details["submission_count"] += 1
        warning = dispute["status"].startswith("warning")
        dispute["status"] = "warning_under_review" if warning else "under_review"
        kind = "charge.dispute.updated"
        stripe_wire.tell(state(), payment, kind, dict(dispute), now=False)
    return dispute, 200


def payment_files() -> dict[str, dict[str, Any]]:
    """The files that were uploaded, by id."""
    return state().files


def _upload(account: Account) -> Answer:
    sent = request.files.get("file")
    if sent is None or request.form.get("purpose") != "dispute_evidence":
        return error("invalid_request_error", "parameter_missing", "file or purpose", 400)
    content = sent.read()
    file = {
        "id": stripe_wire.new_id("file"),
        "object": "file",
        "filename": sent.filename,
        "purpose": "dispute_evidence",
        "size": len(content),
        "type": (sent.content_type or "").rpartition("/")[2],
    }
    state().files[str(file["id"])] = {**file, "account": account.key}
    return file, 200
