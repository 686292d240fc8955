"""Refunds above one person's limit: what waits for a second one, and the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from cilis.domains import identity, payments
from cilis.domains.payments import RequestState
from cilis.infra.db import reading
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, error_text
from cilis.kit.errors import DomainError, InvalidInput
from cilis.web.views import forms
from cilis.web.views import payments as shown

pages = Blueprint("admin_approval_pages", __name__)
STAFF = ("admin", "support")
_REFUSALS = (
    payments.OwnPayment,
    payments.OwnRefundRequest,
    payments.RefundRequestOver,
    payments.RefundTooLarge,
    payments.NotRefundable,
)


@pages.get("/admin/payments/approvals")
@policy(*STAFF)
def index() -> Response:
    """What waits, newest first, or all of them; live."""
    return _page()


@pages.post("/admin/payments/approvals/<uuid:request_id>/approval")
@policy("admin")
def approve(request_id: UUID) -> Response:
    """Agree; a repeat changes nothing."""
    return _done(
        lambda: payments.approve_refund(request_id, viewer()),
        N_("Agreed. The money is on its way to the gateway."),
    )


@pages.post("/admin/payments/approvals/<uuid:request_id>/refusal")
@policy(*STAFF)
def refuse(request_id: UUID) -> Response:
    """Refuse, or take back what one asked for; a repeat changes nothing."""
    answer = request.form.get("reason", "")[:200]
    with reading() as session:
        own = payments.refund_request(session, request_id).asked_by == viewer().person
    if not own and not viewer().has("admin"):
        return _done(_not_own, "")
    try:
        return _done(
            lambda: payments.refuse_refund(request_id, viewer(), answer),
            N_("Taken back.") if own else N_("Refused. No money goes back."),
        )
    except InvalidInput as refusal:
        return _page(request_id, refusal.fields)


def _not_own() -> None:
    raise payments.OwnRefundRequest("support only takes its own back")


def _done(act: Callable[[], object], said: str) -> Response:
    try:
        act()
        notice(said)
    except _REFUSALS as refusal:
        notice(_words(refusal), "caution")
    return redirect(url_for(".index"), 303)


def _words(refusal: DomainError) -> str:
    return error_text(refusal.code, **refusal.values)


def _page(wrong: UUID | None = None, errors: forms.Errors | None = None) -> Response:
    every = request.args.get("all") == "1"
    with reading() as session:
        page = payments.requests_page(
            session,
            state=None if every else RequestState.WAITING,
            cursor=request.args.get("cursor"),
        )
        rows, people = _what_of(session, page.items)
    html = render_template(
        "admin/approvals.html",
        page=page,
        rows=rows,
        people=people,
        every=every,
        wrong=wrong,
        errors=errors or {},
        typed=forms.typed(request.form),
        live_events=shown.LIVE_EVENTS,
        live_rooms=[payments.STAFF_ROOM],
    )
    return make_response(html, 422 if errors else 200)


def _what_of(
    session: Session, asked: Sequence[payments.RefundRequest]
) -> tuple[dict[UUID, shown.Row], dict[UUID, identity.Person]]:
    """The payments in question, and who asked and answered."""
    attempts = [payments.attempt(session, one.attempt_id) for one in asked]
    people = {one.asked_by for one in asked} | {one.decided_by for one in asked if one.decided_by}
    rows = {row.id: row for row in shown.rows(session, attempts)}
    return rows, dict(identity.people(session, people))
