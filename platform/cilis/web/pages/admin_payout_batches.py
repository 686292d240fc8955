"""Batches of payouts: whom to pay, the second person, the file for the bank, what came of it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug import Response

from cilis.domains import experts, identity, payouts
from cilis.domains.payouts import BatchState
from cilis.infra.db import reading
from cilis.infra.http.downloads import attachment
from cilis.infra.http.forms import load_form
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import policy
from cilis.infra.http.schemas import Strict, Text
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import DomainError, InvalidInput
from cilis.web.views import forms
from cilis.web.views import payouts as shown

pages = Blueprint("admin_payout_batch_pages", __name__)
STAFF = ("admin", "support")


class BatchForm(Strict):
    """Whom to pay."""

    expert = fields.List(fields.UUID(), load_default=list)


class ReasonForm(Strict):
    """Why."""

    reason = Text(required=True, least=3, most=200)


class PaidForm(Strict):
    """Which payouts left; none means all."""

    payout = fields.List(fields.UUID(), load_default=list)


@pages.get("/admin/payouts/batches")
@policy(*STAFF)
def index() -> str:
    """All batches, newest first; live."""
    state = request.args.get("state", "")
    with reading() as session:
        page = payouts.batches_page(
            session,
            state=BatchState(state) if state in set(BatchState) else None,
            cursor=request.args.get("cursor"),
        )
        makers = identity.people(session, {one.made_by for one in page.items if one.made_by})
    return render_template(
        "admin/payout_batches.html",
        page=page,
        makers=makers,
        state=state,
        live_events=shown.LIVE_EVENTS,
        live_rooms=[payouts.STAFF_ROOM],
    )


@pages.get("/admin/payouts/batches/new")
@policy(*STAFF)
def new() -> Response:
    """Who can be paid now, and who not and why."""
    return _new_page()


@pages.post("/admin/payouts/batches")
@policy(*STAFF)
@idempotent("payouts.make_batch", again=lambda made: _to_batch(made))  # noqa: PLW0108 - below
def make() -> Response:
    """Set the chosen balances aside."""
    try:
        chosen = load_form(BatchForm)["expert"]
        if not chosen:
            return _new_page({"expert": ["required"]})
        made = payouts.make_batch(viewer(), chosen)
    except InvalidInput as refusal:
        return _new_page(refusal.fields)
    except payouts.NothingToPay as refusal:
        return _refused(redirect(url_for(".new"), 303), refusal)
    if made.state == BatchState.WAITING:
        notice(N_("The amounts are set aside. A second person has to approve the batch."), "info")
    else:
        notice(N_("The amounts are set aside. Take the file to your bank."))
    return _to_batch(made.id)


@pages.get("/admin/payouts/batches/<uuid:batch_id>")
@policy(*STAFF)
def show(batch_id: UUID) -> Response:
    """One batch with its payouts; live."""
    return _page(batch_id)


@pages.post("/admin/payouts/batches/<uuid:batch_id>/approval")
@policy("admin")
def approve(batch_id: UUID) -> Response:
    """Approve a batch that somebody else made."""
    return _act(
        batch_id,
        lambda: payouts.approve_batch(batch_id, viewer()),
        N_("Approved. The money may go."),
    )


@pages.post("/admin/payouts/batches/<uuid:batch_id>/cancellation")
@policy(*STAFF)
def cancel(batch_id: UUID) -> Response:
    """Call a batch off: its amounts are balances again."""
    try:
        reason = load_form(ReasonForm)["reason"]
    except InvalidInput as refusal:
        return _page(batch_id, refusal.fields)
    return _act(
        batch_id,
        lambda: payouts.cancel_batch(batch_id, reason, viewer()),
        N_("Called off. The amounts are available again."),
    )


@pages.post("/admin/payouts/batches/<uuid:batch_id>/payments")
@policy(*STAFF)
def mark_paid(batch_id: UUID) -> Response:
    """Say that payouts have left the bank."""
    chosen = load_form(PaidForm)["payout"]
    return _act(
        batch_id,
        lambda: payouts.mark_paid(batch_id, viewer(), chosen or None),
        N_("Marked as paid. The experts hear of it."),
    )


@pages.get("/admin/payouts/batches/<uuid:batch_id>/file.<any(xml, csv):form>")
@policy("admin")
def take_file(batch_id: UUID, form: str) -> Response:
    """The batch for the bank; who took it is written down."""
    try:
        file = payouts.bank_file(batch_id, form, viewer())
    except (
        payouts.BatchNotReady,
        payouts.NoSuchFile,
        payouts.OrganizationAccountMissing,
    ) as refusal:
        return _refused(_to_batch(batch_id), refusal)
    return attachment(file.content, name=file.name, content_type=file.content_type)


@pages.get("/admin/payouts/<uuid:payout_id>/return")
@policy(*STAFF)
def ask_return(payout_id: UUID) -> Response:
    """The question before a payout counts as come back."""
    return _return_page(payout_id)


@pages.post("/admin/payouts/<uuid:payout_id>/return")
@policy(*STAFF)
def mark_returned(payout_id: UUID) -> Response:
    """Say that a payout did not arrive."""
    with reading() as session:
        found = payouts.payout(session, payout_id)
    batch_id, by_company = found.batch_id, found.kind == payouts.PayeeKind.CONNECTED
    try:
        reason = load_form(ReasonForm)["reason"]
    except InvalidInput as refusal:
        return _return_page(payout_id, refusal.fields)
    return _act(
        batch_id,
        lambda: payouts.mark_returned(payout_id, reason, viewer()),
        N_("Asked for. The amount is a balance again once the company has taken it back.")
        if by_company
        else N_("Noted. The amount is the expert’s balance again."),
    )


def _new_page(errors: forms.Errors | None = None) -> Response:
    with reading() as session:
        found = payouts.candidates(session)
        cards = experts.cards(session, [one.standing.expert_id for one in found])
        rules = payouts.rules(session)
    html = render_template(
        "admin/payout_batch_new.html",
        can=[one for one in found if one.obstacle is None],
        cannot=[one for one in found if one.obstacle is not None],
        cards=cards,
        rules=rules,
        view=shown,
        errors=errors or {},
    )
    return make_response(html, 422 if errors else 200)


def _page(batch_id: UUID, errors: forms.Errors | None = None) -> Response:
    with reading() as session:
        batch = payouts.batch(session, batch_id)
        found = payouts.payouts_of(session, batch_id)
        cards = experts.cards(session, [one.expert_id for one in found])
        people = {one for one in (batch.made_by, batch.approved_by) if one}
        actors = identity.people(session, people)
        own = experts.expert_of_person(session, viewer().person)
    html = render_template(
        "admin/payout_batch.html",
        batch=batch,
        found=found,
        cards=cards,
        actors=actors,
        may_approve=viewer().person != batch.made_by and own not in cards,
        by_sepa=any(payouts.goes_by_sepa(one) for one in found),
        by_bank=any(one.kind != payouts.PayeeKind.CONNECTED for one in found),
        can_cancel=all(one.state == payouts.PayoutState.ORDERED for one in found),
        view=shown,
        typed=forms.typed(request.form),
        errors=errors or {},
        live_events=shown.LIVE_EVENTS,
        live_rooms=[payouts.STAFF_ROOM],
    )
    return make_response(html, 422 if errors else 200)


def _return_page(payout_id: UUID, errors: forms.Errors | None = None) -> Response:
    with reading() as session:
        found = payouts.payout(session, payout_id)
        batch = payouts.batch(session, found.batch_id)
        card = experts.card(session, found.expert_id)
    html = render_template(
        "admin/payout_return.html",
        payout=found,
        batch=batch,
        card=card,
        typed=forms.typed(request.form),
        errors=errors or {},
    )
    return make_response(html, 422 if errors else 200)


def _act(batch_id: UUID, act: Callable[[], object], done: str) -> Response:
    """Do it, say so, and go to the batch; a refusal is said there too."""
    try:
        act()
    except (
        payouts.SecondPersonNeeded,
        payouts.BatchNotWaiting,
        payouts.BatchNotReady,
        payouts.BatchUnderWay,
        payouts.PayoutOver,
    ) as refusal:
        return _refused(_to_batch(batch_id), refusal)
    notice(done)
    return _to_batch(batch_id)


def _to_batch(batch_id: UUID) -> Response:
    return redirect(url_for(".show", batch_id=batch_id), 303)


def _refused(to: Response, refusal: DomainError) -> Response:
    refused(refusal.code, **refusal.values)
    return to
