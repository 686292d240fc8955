"""What staff write down of money without a gateway: that it came, that it was paid out."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from werkzeug import Response

from cilis.domains import payments
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import policy
from cilis.infra.http.schemas import Strict, Text
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import DomainError, InvalidInput
from cilis.web.views.amounts import read_amount

pages = Blueprint("admin_by_hand_pages", __name__)
STAFF = ("admin", "support")


class ReceiptForm(Strict):
    """What came, and under which number."""

    amount = Text(required=True, least=1, most=40)
    number = Text(required=True, least=1, most=80)
    note = Text(load_default="", most=200)


class PayoutForm(Strict):
    """Under which number it was paid out."""

    number = Text(required=True, least=1, most=80)


@pages.post("/admin/payments/<uuid:payment_id>/receipt")
@policy(*STAFF)
@idempotent("payments.receive", again=lambda payment_id: _to_payment(payment_id))  # noqa: PLW0108 - defined below
def receive(payment_id: UUID) -> Response:
    """Write down that the money came; a repeat leads to the same payment."""
    with reading() as session:
        currency = payments.visible(session, viewer(), payment_id).currency
    try:
        form = load_form(ReceiptForm)
        amount = read_amount(form["amount"], currency)
        receipt = payments.Receipt(
            amount_minor=amount.minor, number=form["number"], note=form["note"]
        )
        payments.receive_by_hand(payment_id, receipt, viewer())
    except InvalidInput as refusal:
        return _back(payment_id, refusal)
    except (
        payments.AlreadyPaid,
        payments.NotByHand,
        payments.NotTheAmount,
        payments.OwnPayment,
    ) as refusal:
        return _refused(payment_id, refusal)
    notice(N_("Written down. Both sides hear of it."))
    return _to_payment(payment_id)


@pages.post("/admin/refunds/<uuid:refund_id>/payout")
@policy(*STAFF)
@idempotent("payments.pay_out", again=lambda refund_id: _to_payment_of(refund_id))  # noqa: PLW0108 - defined below
def pay_out(refund_id: UUID) -> Response:
    """Write down that a refund was paid out; a repeat leads to the same payment."""
    with reading() as session:
        payment_id = payments.visible_refund(session, viewer(), refund_id).attempt_id
    try:
        payments.pay_out_refund(refund_id, load_form(PayoutForm)["number"], viewer())
    except InvalidInput as refusal:
        return _back(payment_id, refusal)
    except (payments.NotByHand, payments.OwnPayment, payments.RefundOver) as refusal:
        return _refused(payment_id, refusal)
    notice(N_("Written down. The client hears of it."))
    return _to_payment(payment_id)


def _back(payment_id: UUID, refusal: InvalidInput) -> Response:
    for codes in refusal.fields.values():
        refused(codes[0])
    query = {name: request.form.get(name, "") for name in ("amount", "number", "note")}
    typed = urlencode({name: value[:200] for name, value in query.items() if value})
    here = url_for("admin_payment_pages.show", payment_id=payment_id)
    return redirect(f"{here}?{typed}" if typed else here, 303)


def _refused(payment_id: UUID, refusal: DomainError) -> Response:
    refused(refusal.code, **refusal.values)
    return _to_payment(payment_id)


def _to_payment(payment_id: UUID) -> Response:
    return redirect(url_for("admin_payment_pages.show", payment_id=payment_id), 303)


def _to_payment_of(refund_id: UUID) -> Response:
    with reading() as session:
        return _to_payment(payments.visible_refund(session, viewer(), refund_id).attempt_id)
