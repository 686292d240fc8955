"""What experts are owed: all of them by pages, one in whole, and corrections by hand."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug import Response

from cilis.domains import experts, identity, payments, payouts
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import policy
from cilis.infra.http.schemas import Strict, Text, one_of
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import DomainError, InvalidInput
from cilis.web.views import forms
from cilis.web.views import payouts as shown
from cilis.web.views.amounts import read_amount
from cilis.web.visit import organization

pages = Blueprint("admin_payout_pages", __name__)
STAFF = ("admin", "support")
_NEWEST = 5


class AdjustmentForm(Strict):
    """What is added to a balance or taken away, and why."""

    way = fields.String(required=True, validate=one_of("add", "take"))
    amount = Text(required=True, most=40)
    reason = Text(required=True, least=3, most=200)


@pages.get("/admin/payouts")
@policy(*STAFF)
def index() -> str:
    """What waits, the newest batches, and everybody with an open balance; live."""
    with reading() as session:
        page = payouts.standings_page(session, cursor=request.args.get("cursor"))
        waiting = payouts.waiting_adjustments(session)
        wanted = {one.expert_id for one in page.items} | {one.expert_id for one in waiting}
        known = {
            "askers": identity.people(session, {one.asked_by for one in waiting}),
            "cards": experts.cards(session, wanted),
            "payees": payouts.payees(session, [one.expert_id for one in page.items]),
            "newest": payouts.batches_page(session, limit=_NEWEST),
            "companies": [(key, payments.company(key)) for key in payments.opening(session)],
        }
    return render_template(
        "admin/payouts.html",
        **known,
        page=page,
        waiting=waiting,
        view=shown,
        live_events=shown.LIVE_EVENTS,
        live_rooms=[payouts.STAFF_ROOM],
    )


@pages.get("/admin/payouts/experts/<uuid:expert_id>")
@policy(*STAFF)
def show(expert_id: UUID) -> Response:
    """One expert's money: balance, account, payouts, corrections, statements; live."""
    return _page(expert_id)


@pages.post("/admin/payouts/experts/<uuid:expert_id>/adjustments")
@policy(*STAFF)
@idempotent("payouts.adjust", again=lambda made: _to_expert_of(made))  # noqa: PLW0108 - below
def adjust(expert_id: UUID) -> Response:
    """Correct a balance; above the limit a second person decides."""
    try:
        wish = load_form(AdjustmentForm)
        amount = read_amount(wish["amount"], organization().currency).minor
        made = payouts.adjust(
            expert_id, amount if wish["way"] == "add" else -amount, wish["reason"], viewer()
        )
    except InvalidInput as refusal:
        return _page(expert_id, refusal.fields)
    except payouts.OwnBalance as refusal:
        return _refused(_to_expert(expert_id), refusal)
    if made.state == payouts.AdjustmentState.WAITING:
        notice(N_("Noted. It counts once a second person has approved it."), "info")
    else:
        notice(N_("The balance is corrected."))
    return _to_expert(expert_id)


@pages.post("/admin/payouts/adjustments/<uuid:adjustment_id>/decision")
@policy("admin")
def decide(adjustment_id: UUID) -> Response:
    """The second person's word about a correction."""
    accept = request.form.get("accept") == "1"
    try:
        payouts.decide_adjustment(adjustment_id, viewer(), accept=accept)
    except (
        payouts.SecondPersonNeeded,
        payouts.AdjustmentDecided,
        payouts.OwnBalance,
    ) as refusal:
        return _refused(_home(), refusal)
    notice(N_("The balance is corrected.") if accept else N_("The correction is refused."))
    return _home()


@pages.get("/admin/payouts/experts/<uuid:expert_id>/statements/<string:month>.<any(csv, pdf):form>")
@policy(*STAFF)
def statement(expert_id: UUID, month: str, form: str) -> Response:
    """An expert's statement of a month as a file."""
    with reading() as session:
        card = experts.card(session, expert_id)
        found = payouts.statement(session, card.id, payouts.month(session, month))
    return shown.statement_file(found, card, form)


def _page(expert_id: UUID, errors: forms.Errors | None = None) -> Response:
    with reading() as session:
        card = experts.card(session, expert_id)
        corrections = payouts.adjustments_of(session, expert_id)
        people = {one for each in corrections for one in (each.asked_by, each.decided_by) if one}
        page = payouts.payouts_page(session, expert_id, cursor=request.args.get("cursor"))
        known = {
            "standing": payouts.standings(session, [expert_id])[expert_id],
            "payee": payouts.payee(session, expert_id),
            "rules": payouts.rules(session),
            "actors": identity.people(session, people),
            "months": payouts.months(session, expert_id),
        }
    html = render_template(
        "admin/payout_expert.html",
        **known,
        card=card,
        own=card.person_id == viewer().person,
        corrections=corrections,
        found=page.items,
        next_cursor=page.next_cursor,
        view=shown,
        typed=forms.typed(request.form),
        errors=errors or {},
        live_events=shown.LIVE_EVENTS,
        live_rooms=[payouts.STAFF_ROOM],
    )
    return make_response(html, 422 if errors else 200)


def _to_expert(expert_id: UUID) -> Response:
    return redirect(url_for(".show", expert_id=expert_id), 303)


def _to_expert_of(adjustment_id: UUID) -> Response:
    with reading() as session:
        return _to_expert(payouts.adjustment(session, adjustment_id).expert_id)


def _home() -> Response:
    return redirect(url_for(".index"), 303)


def _refused(to: Response, refusal: DomainError) -> Response:
    refused(refusal.code, **refusal.values)
    return to
