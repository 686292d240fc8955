"""The organization's money: find a payment, see all that happened to it, give it back."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from marshmallow import fields
from sqlalchemy.orm import Session
from werkzeug import Response

from cilis.domains import identity, invoices, payments
from cilis.domains.payments import AttemptState, BorneBy, GraceWish, PaymentFilter, RefundState
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import policy
from cilis.infra.http.schemas import Strict, Text, one_of
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import DomainError, InvalidInput
from cilis.kit.money import Money
from cilis.web.views import days, forms
from cilis.web.views import invoices as papers
from cilis.web.views import payments as shown
from cilis.web.views.amounts import read_amount, write_amount
from cilis.web.visit import organization

pages = Blueprint("admin_payment_pages", __name__)
STAFF = ("admin", "support")
_NO_REFUND = (payments.NotRefundable, payments.OwnPayment, payments.RefundRequestWaiting)


class RefundForm(Strict):
    """What is to go back, and why."""

    how = fields.String(required=True, validate=one_of("all", "part"))
    amount = Text(load_default="", most=40)
    reason = Text(required=True, least=3, most=200)
    borne_by = fields.String(load_default=BorneBy.ORGANIZATION.value, validate=one_of(*BorneBy))


class DecisionForm(Strict):
    """What is decided about a suspected payment, and why."""

    accept = fields.Boolean(required=True, truthy={"1"}, falsy={"0"})
    reason = Text(required=True, least=3, most=200)


@pages.get("/admin/payments")
@policy(*STAFF)
def index() -> str:
    """Payments, newest first: by reference, person, amount, state and period; live."""
    wanted, errors = _wanted()
    with reading() as session:
        page = payments.page(session, viewer(), wanted=wanted, cursor=request.args.get("cursor"))
        rows = shown.rows(session, page.items)
        waiting = payments.waiting(session)
        disputed = payments.disputes_waiting(session)
        approvals = payments.requests_waiting(session)
        person = _person(session, wanted.person_id)
        differences = payments.open_differences(session)
    asked = {name: value for name, value in request.args.items() if name != "cursor" and value}
    return render_template(
        "admin/payments.html",
        rows=rows,
        next_cursor=page.next_cursor,
        asked=forms.Typed(asked),
        errors=errors,
        person=person,
        waiting=waiting,
        disputed=disputed,
        differences=differences,
        approvals=approvals,
        days_elsewhere=days.elsewhere(),
        address=lambda **more: _address({**asked, **more}),
        live_events=shown.LIVE_EVENTS,
        live_rooms=[payments.STAFF_ROOM],
    )


@pages.get("/admin/payments/<uuid:payment_id>")
@policy(*STAFF)
def show(payment_id: UUID) -> Response:
    """One payment: its money, its refunds, every change with what proves it; live."""
    return _page(payment_id)


@pages.get("/admin/payments/<uuid:payment_id>/refund")
@policy(*STAFF)
def ask_refund(payment_id: UUID) -> Response:
    """The question before money goes back, on a page of its own."""
    return _refund_page(payment_id)


@pages.post("/admin/payments/<uuid:payment_id>/refund")
@policy(*STAFF)
@idempotent("payments.refund", again=lambda refund_id: _to_payment_of(refund_id))  # noqa: PLW0108 - defined below
def refund(payment_id: UUID) -> Response:
    """Give all that is left, or a part of it, back; a repeat leads to the same payment.

    Above the limit of one person a second one is asked instead.
    """
    try:
        said = _order_or_ask(_order(payment_id))
    except InvalidInput as refusal:
        return _refund_page(payment_id, refusal.fields)
    except payments.RefundTooLarge as refusal:
        return _refund_page(payment_id, {"amount": [refusal.code]})
    except _NO_REFUND as refusal:
        return _refused(payment_id, refusal)
    notice(said)
    return _to_payment(payment_id)


@pages.post("/admin/payments/<uuid:payment_id>/decision")
@policy("admin")
def decide(payment_id: UUID) -> Response:
    """End the doubt about a payment under review; a repeat leads to the same payment."""
    try:
        decision = load_form(DecisionForm)
        payments.decide_review(
            payment_id, viewer(), accept=decision["accept"], reason=decision["reason"]
        )
    except InvalidInput as refusal:
        return _page(payment_id, refusal.fields)
    except (payments.NotInReview, payments.OwnPayment) as refusal:
        return _refused(payment_id, refusal)
    notice(N_("Decided. Both sides hear of it."))
    return _to_payment(payment_id)


def _page(payment_id: UUID, errors: forms.Errors | None = None) -> Response:
    with reading() as session:
        attempt = payments.visible(session, viewer(), payment_id)
        row = shown.rows(session, [attempt])[0]
        changes = payments.changes(session, payment_id)
        notices = payments.notices_of(session, payment_id)
        disputes = payments.disputes_of(session, payment_id)
        actors = identity.people(session, {one.actor_id for one in changes if one.actor_id})
        open_request = payments.waiting_request(session, payment_id)
        passed = payments.passed_minor(session, [payment_id])
        found = invoices.of_payments(session, viewer(), [payment_id])
    html = render_template(
        "admin/payment.html",
        attempt=attempt,
        passed=Money(passed, attempt.currency),
        row=row,
        changes=changes,
        received=notices,
        disputes=disputes,
        papers=papers.rows(found[payment_id]),
        actors=actors,
        own=attempt.concerns(viewer().person),
        by_hand=payments.is_by_hand(attempt.provider),
        credit_id=shown.credit_of(attempt),
        write_amount=write_amount,
        open_request=open_request,
        view=shown,
        typed=forms.typed(request.form),
        errors=errors or {},
        live_events=shown.LIVE_EVENTS,
        live_rooms=[payments.STAFF_ROOM],
    )
    return make_response(html, 422 if errors else 200)


def _refund_page(payment_id: UUID, errors: forms.Errors | None = None) -> Response:
    with reading() as session:
        attempt = payments.visible(session, viewer(), payment_id)
        row = shown.rows(session, [attempt])[0]
        alone = payments.alone_minor(session, payment_id, viewer())
        open_request = payments.waiting_request(session, payment_id)
    if attempt.concerns(viewer().person):
        return _refused(payment_id, payments.OwnPayment())
    if attempt.state != AttemptState.CAPTURED or row.returned.left.is_zero:
        return _to_payment(payment_id)
    html = render_template(
        "admin/refund.html",
        row=row,
        alone=None if alone is None else Money(alone, attempt.currency),
        waits=open_request is not None,
        typed=forms.typed(request.form),
        errors=errors or {},
        write_amount=write_amount,
    )
    return make_response(html, 422 if errors else 200)


def _order(payment_id: UUID) -> GraceWish:
    """What the posted form wants; no amount: all that is left."""
    wish = load_form(RefundForm)
    minor = None
    if wish["how"] == "part":
        minor = read_amount(wish["amount"], organization().currency).minor
    return GraceWish(payment_id, minor, wish["reason"], BorneBy(wish["borne_by"]))


def _order_or_ask(wish: GraceWish) -> str:
    """Order the refund, or ask a second person where it is above the limit; what to say of it."""
    try:
        payments.order_refund(wish, viewer())
    except payments.RefundAboveLimit:
        payments.ask_approval(wish, viewer())
        return N_("A second person has to agree. You find it under Approvals until then.")
    return N_("The refund is on its way to the gateway. This page follows it.")


def _wanted() -> tuple[PaymentFilter, forms.Errors]:
    """What the address asks for; what cannot be understood is left out and said."""
    given, errors = request.args, {}
    amount: int | None = None
    if given.get("amount", "").strip():
        try:
            amount = read_amount(given["amount"], organization().currency).minor
        except InvalidInput as refusal:
            errors = refusal.fields
    state, refund_state = given.get("state", ""), given.get("refund", "")
    return PaymentFilter(
        text=given.get("text", "")[:120].replace("\x00", ""),
        person_id=_id(given.get("person", "")),
        state=AttemptState(state) if state in set(AttemptState) else None,
        refund_state=RefundState(refund_state) if refund_state in set(RefundState) else None,
        amount_minor=amount,
        since=days.beginning(given.get("since", "")),
        until=days.beginning(given.get("until", ""), after=1),
    ), errors


def _person(session: Session, person_id: UUID | None) -> identity.Person | None:
    """Whose payments are asked for."""
    return identity.people(session, [person_id]).get(person_id) if person_id else None


def _id(text: str) -> UUID | None:
    """An id; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _address(asked: dict[str, str]) -> str:
    """The list's address with these questions; empty ones are left out."""
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{url_for('.index')}?{query}" if query else url_for(".index")


def _to_payment(payment_id: UUID) -> Response:
    return redirect(url_for(".show", payment_id=payment_id), 303)


def _to_payment_of(made_id: UUID) -> Response:
    """To the payment of a refund, or of the question about one."""
    with reading() as session:
        try:
            return _to_payment(payments.refund_request(session, made_id).attempt_id)
        except payments.RefundRequestNotFound:
            return _to_payment(payments.visible_refund(session, viewer(), made_id).attempt_id)


def _refused(payment_id: UUID, refusal: DomainError) -> Response:
    refused(refusal.code, **refusal.values)
    return _to_payment(payment_id)
