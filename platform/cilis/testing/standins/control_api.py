"""The other end of `StandIns`: JSON under /control, for tests, the demo and curious people."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from cilis.kit import clock
from cilis.testing.standins import (
    mail,
    notices,
    stripe_accounts,
    stripe_connect,
    stripe_disputes,
    stripe_pages,
    stripe_wire,
    vnpay,
)
from cilis.testing.standins.memory import state
from cilis.testing.standins.state import FAULTS, Account, Conflict, Fault, Mail, Payment, Refund

api = Blueprint("control", __name__, url_prefix="/control")
_DONE = {"done": True}


@api.get("/health")
def show_health() -> Response:
    """Whether the stand-ins are up."""
    return jsonify({"up": True, "mails": len(state().contents.mails)})


@api.put("/accounts")
def put_account() -> Response:
    """Make a merchant known: gateway, key, secret, notice_url, audience."""
    state().put_account(Account(**_body()))
    return jsonify(_DONE)


@api.post("/faults")
def set_fault() -> Response:
    """Make something go wrong: gateway, name, reference, seconds, times."""
    fault = Fault(**_body())
    if fault.name not in FAULTS:
        abort(400, f"no such fault: {fault.name}")
    with state().lock:
        state().faults.append(fault)
    return jsonify(_DONE)


@api.get("/faults")
def list_faults() -> Response:
    """What goes wrong now, and what could."""
    return jsonify({"now": [asdict(fault) for fault in state().faults], "known": FAULTS})


@api.delete("/faults")
def clear_faults() -> Response:
    """Let everything go right again."""
    with state().lock:
        state().faults.clear()
    return jsonify(_DONE)


@api.put("/auto")
def set_auto() -> Response:
    """Let every payer of a gateway do the same at once; an empty outcome ends it."""
    body = _body()
    with state().lock:
        state().auto[str(body["gateway"])] = str(body["outcome"] or "")
    return jsonify(_DONE)


@api.get("/payments")
def list_payments() -> Response:
    """Payments, oldest first; ``reference=`` shows one."""
    wanted = request.args.get("reference", "")
    with state().lock:
        found = [
            asdict(payment) | {"refunded": payment.refunded, "share": stripe_connect.share(payment)}
            for payment in state().contents.payments
            if wanted in {"", payment.reference}
        ]
    return jsonify(found)


@api.post("/payments/<reference>/pay")
def pay(reference: str) -> Response:
    """Let the payer of a known payment do something; answers where the browser is led."""
    payment = state().find(lambda p: p.reference == reference)
    if payment is None:
        abort(404, "no such payment")
    gateway = vnpay if payment.gateway == vnpay.GATEWAY else stripe_pages
    try:
        return jsonify({"location": gateway.pay(state(), payment, str(_body()["outcome"]))})
    except Conflict as refusal:
        abort(409, str(refusal))


@api.get("/connected")
def list_connected() -> Response:
    """Experts' accounts at Stripe, oldest first."""
    with state().lock:
        return jsonify(list(state().contents.connected))


@api.post("/connected/<name>")
def make_connected(name: str) -> Response:
    """Let Stripe know an account of this name, complete; ``platform`` is a merchant's key."""
    stripe_accounts.make(state(), str(_body()["platform"]), name)
    return jsonify(_DONE)


@api.put("/connected/<name>")
def move_connected(name: str) -> Response:
    """Let Stripe change its mind about an account: to "complete", "asked" and so on."""
    found = next((one for one in state().contents.connected if one["id"] == name), None)
    if found is None:
        abort(404, "no such account")
    stripe_accounts.move(state(), found, str(_body()["to"]))
    return jsonify(_DONE)


@api.get("/transfers")
def list_transfers() -> Response:
    """Stripe's transfers to connected accounts, oldest first."""
    with state().lock:
        return jsonify(list(state().contents.transfers))


@api.post("/refunds/<reference>")
def settle_refund(reference: str) -> Response:
    """Let a refund under way end: outcome "done" or "refused"."""
    found = [
        (payment, refund)
        for payment in state().contents.payments
        for refund in payment.refunds
        if refund.reference == reference
    ]
    if not found:
        abort(404, "no such refund")
    _end_refund(*found[-1], str(_body()["outcome"]))
    return jsonify(_DONE)


@api.post("/payments/<reference>/dispute")
def open_dispute(reference: str) -> Response:
    """Let the payer's bank dispute a Stripe payment: reason, inquiry."""
    payment = state().find(lambda p: p.reference == reference)
    if payment is None:
        abort(404, "no such payment")
    body = _body()
    try:
        return jsonify(
            stripe_disputes.open_dispute(
                state(), payment, str(body["reason"]), inquiry=bool(body["inquiry"])
            )
        )
    except Conflict as refusal:
        abort(409, str(refusal))


@api.put("/payments/<reference>/dispute")
def close_dispute(reference: str) -> Response:
    """Let the bank decide: outcome "won", "lost" or "closed"."""
    payment = state().find(lambda p: p.reference == reference and "dispute" in p.data)
    if payment is None:
        abort(404, "no such dispute")
    return jsonify(stripe_disputes.close_dispute(state(), payment, str(_body()["outcome"])))


@api.get("/notices")
def list_notices() -> Response:
    """Notices, sent or not, oldest first; ``reference=`` shows one payment's."""
    wanted = request.args.get("reference", "")
    with state().lock:
        found = [
            asdict(sending)
            for sending in state().contents.sendings
            if wanted in {"", sending.reference}
        ]
    return jsonify(found)


@api.post("/notices/release")
def release_notices() -> Response:
    """Send what was held back."""
    return jsonify({"released": notices.release(state(), str(_body().get("reference", "")))})


@api.post("/notices/<notice_id>/send")
def send_notice(notice_id: str) -> Response:
    """Send a notice once more."""
    sending = next((one for one in state().contents.sendings if one.id == notice_id), None)
    if sending is None:
        abort(404, "no such notice")
    notices.send(state(), sending)
    return jsonify(_DONE)


@api.get("/mails")
def list_mails() -> Response:
    """Mails, oldest first; ``to=`` shows one receiver's."""
    wanted = request.args.get("to", "").lower()
    found = [
        _mail_json(one)
        for one in state().contents.mails
        if not wanted or any(wanted == address.lower() for address in one.recipients)
    ]
    return jsonify(found)


@api.put("/clock")
def set_clock() -> Response:
    """Move the house's clock in this process: seconds from the machine's."""
    clock.set_distance(timedelta(seconds=float(_body()["seconds"])))
    return jsonify(_DONE)


@api.delete("/state")
def clear() -> Response:
    """Forget payments, notices, mails and faults; accounts stay."""
    state().clear()
    return jsonify(_DONE)


@api.errorhandler(Exception)
def tell_error(problem: Exception) -> tuple[Response, int]:
    """Errors as JSON."""
    status = getattr(problem, "code", None) or 400
    text = getattr(problem, "description", None) or f"{type(problem).__name__}: {problem}"
    return jsonify({"error": text}), int(status)


def _body() -> dict[str, Any]:
    content = request.get_json(silent=True)
    return content if isinstance(content, dict) else {}


def _end_refund(payment: Payment, refund: Refund, outcome: str) -> None:
    if outcome not in {"done", "refused"}:
        abort(400, "outcome must be done or refused")
    with state().lock:
        refund.state = outcome
    if payment.gateway == stripe_wire.GATEWAY:
        thing = stripe_wire.refund_json(payment, refund)
        kind = "refund.failed" if outcome == "refused" else "refund.updated"
        stripe_wire.tell(state(), payment, kind, thing, now=False)


def _mail_json(one: Mail) -> dict[str, Any]:
    message = mail.parsed(one)
    return {
        "id": one.id,
        "at": one.at,
        "sender": one.sender,
        "recipients": one.recipients,
        "subject": str(message["Subject"] or ""),
        "headers": [[name, str(value)] for name, value in message.items()],
        "text": mail.part(one, "text/plain"),
        "html": mail.part(one, "text/html"),
        "calendar": mail.part(one, "text/calendar"),
        "raw": one.raw,
    }
