"""Stripe's Checkout page, and what happens when it is left."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from cilis.kit import clock
from cilis.testing.standins import stripe_wire
from cilis.testing.standins.memory import lead_to, seal_page, state
from cilis.testing.standins.state import Conflict, Payment, State
from cilis.testing.standins.stripe_wire import GATEWAY

pages = Blueprint("stripe", __name__, url_prefix="/stripe")

CHOICES = {
    "paid": {"en": "Pay", "de": "Bezahlen", "vi": "Thanh toán"},
    "declined": {"en": "Card is declined", "de": "Karte wird abgelehnt", "vi": "Thẻ bị từ chối"},
    "pending": {
        "en": "Pay by direct debit (result later)",
        "de": "Lastschrift (Ergebnis später)",
        "vi": "Ghi nợ trực tiếp (có kết quả sau)",
    },
    "cancelled": {"en": "Back to the shop", "de": "Zurück zum Anbieter", "vi": "Quay lại"},
}


@pages.get("/pay/<session_id>")
def show(session_id: str) -> Response:
    """The page a client is sent to; ``auto=<outcome>`` in the address pays at once."""
    payment = _found(session_id)
    if payment is None or payment.state != "open" or payment.is_over:
        text = "This page is no longer valid"
        return seal_page(render_template("standins/refusal.html", code="expired", text=text), 410)
    outcome = request.args.get("auto") or state().auto.get(GATEWAY, "")
    if outcome:
        return _led_back(payment, outcome)
    return seal_page(_page(payment, declined=request.args.get("declined") == "1"))


@pages.post("/pay/<session_id>")
def choose(session_id: str) -> Response:
    """What the client does on the page."""
    payment = _found(session_id)
    if payment is None:
        text = "There is no such page"
        return seal_page(render_template("standins/refusal.html", code="404", text=text), 404)
    return _led_back(payment, request.form.get("outcome", ""))


def pay(memory: State, payment: Payment, outcome: str, *, early: bool = False) -> str:
    """Let the payer do something; tells the merchant; returns where the browser is led.

    ``early`` waits until the merchant has heard of it.
    """
    if outcome == "expired":
        expire(memory, payment)
        return str(payment.data["cancel_url"])
    if outcome == "cancelled":
        return str(payment.data["cancel_url"])
    with memory.lock:
        if payment.is_over:
            raise Conflict("session_expired")
        if outcome == "declined":  # the client may try another card
            return f"{payment.data['url']}?declined=1"
        kind = _moved(payment, outcome)
    early = early or memory.take_fault(GATEWAY, "before_reply", payment.reference) is not None
    thing = stripe_wire.session_json(payment)
    stripe_wire.tell(memory, payment, f"checkout.session.{kind}", thing, now=early)
    memory.changed.set()
    return str(payment.data["success_url"])


def expire(memory: State, payment: Payment) -> None:
    """End an open session; raises Conflict when it is not open."""
    with memory.lock:
        if payment.state != "open":
            raise Conflict("session_not_open")
        payment.state = "expired"
    thing = stripe_wire.session_json(payment)
    stripe_wire.tell(memory, payment, "checkout.session.expired", thing, now=False)


def _moved(payment: Payment, outcome: str) -> str:
    """Change the payment; returns the end of the event's name."""
    step = (payment.state, outcome)
    moves = {
        ("open", "paid"): ("paid", "completed"),
        ("open", "pending"): ("pending", "completed"),
        ("pending", "paid"): ("paid", "async_payment_succeeded"),
        ("pending", "failed"): ("failed", "async_payment_failed"),
    }
    if step not in moves:
        raise Conflict("session_not_open")
    payment.state, kind = moves[step]
    payment.data.setdefault("payment_intent", stripe_wire.new_id("pi"))
    payment.data["paid_at"] = clock.now().timestamp()
    return kind


def _found(session_id: str) -> Payment | None:
    return state().find(lambda p: p.gateway == GATEWAY and p.id == session_id)


def _led_back(payment: Payment, outcome: str) -> Response:
    try:
        return lead_to(pay(state(), payment, outcome))
    except Conflict as refusal:
        page = render_template("standins/refusal.html", code=str(refusal), text="Not possible now")
        return seal_page(page, 409)


def _page(payment: Payment, *, declined: bool) -> str:
    locale = str(payment.data.get("locale") or "en")
    language = locale if locale in {"vi", "de"} else "en"
    choices = {outcome: texts[language] for outcome, texts in CHOICES.items()}
    return render_template(
        "standins/stripe.html",
        payment=payment,
        language=language,
        choices=choices,
        declined=declined,
    )
