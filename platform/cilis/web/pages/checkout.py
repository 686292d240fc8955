"""Checkout in three quiet steps: who you are, what it is about, pay."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from marshmallow import fields
from sqlalchemy.orm import Session
from werkzeug import Response

from cilis.domains import bookings, documents, identity, invoices, payments
from cilis.domains.bookings import BookingState
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import PUBLIC, SIGNED_IN, policy
from cilis.infra.http.schemas import Strict, Text, one_of
from cilis.infra.http.security import allow_form_redirects
from cilis.infra.http.session import set_session
from cilis.infra.http.viewer import page_caller, viewer
from cilis.infra.i18n import error_text
from cilis.kit.errors import DomainError, InvalidInput, TooMany
from cilis.web.browser import client_ip
from cilis.web.views import checkout as sheets
from cilis.web.views import forms, papers
from cilis.web.views import standing as standings
from cilis.web.views.buyers import NAMES, BuyerForm
from cilis.web.views.forms import Errors

pages = Blueprint("checkout_pages", __name__)


class NewForm(Strict):
    """Somebody who has no account yet."""

    mode = fields.String(validate=one_of("new"))
    name = Text(required=True, least=1, most=120)
    email = Text(required=True, least=1, most=254)
    password = fields.String(required=True)


class KnownForm(Strict):
    """Somebody who has one."""

    mode = fields.String(validate=one_of("known"))
    email = Text(required=True, least=1, most=254)
    password = fields.String(required=True)


class AboutForm(Strict):
    """What it is about, in the client's own words; may stay empty."""

    text = Text(load_default="", most=4000)


class PayForm(BuyerForm):
    """How the client pays, and what is to stand on the invoice; the amount is ours to say."""

    provider = Text(load_default="", most=40)
    credit = Text(load_default="", most=40)


@pages.get("/checkout/<uuid:booking_id>")
@policy(PUBLIC)
def show(booking_id: UUID) -> Response | str:
    """The step that comes next, with the summary beside it."""
    mode = "known" if request.args.get("mode") == "known" else "new"
    return show_step(booking_id, step=request.args.get("step", ""), mode=mode)


@pages.post("/checkout/<uuid:booking_id>/who")
@policy(PUBLIC)
def who(booking_id: UUID) -> Response | str:
    """Sign up or log in without leaving the checkout; the hold goes along."""
    mode = "known" if request.form.get("mode") == "known" else "new"
    if viewer().is_signed_in:  # a second press, or another tab was quicker
        return _next(booking_id)
    try:
        if mode == "new":
            form = load_form(NewForm)
            wish = identity.Registration(form["name"], form["email"], form["password"])
            token, _ = identity.sign_up(wish, page_caller())
        else:
            form = load_form(KnownForm)
            token, _ = identity.log_in(
                identity.Credentials(form["email"], form["password"]), page_caller()
            )
    except InvalidInput as refusal:
        return show_step(booking_id, mode=mode, errors=refusal.fields)
    except (identity.WrongCredentials, identity.PersonSuspended, TooMany) as refusal:
        return show_step(booking_id, mode=mode, errors={"password": [refusal.code]})
    set_session(token)
    return _next(booking_id)


@pages.post("/checkout/<uuid:booking_id>/about")
@policy(PUBLIC)
def about(booking_id: UUID) -> Response | str:
    """Keep what the client wrote and go on to payment."""
    try:
        form = load_form(AboutForm)
        bookings.describe(booking_id, viewer(), form["text"])
    except InvalidInput as refusal:
        return show_step(booking_id, step="about", errors=refusal.fields)
    except bookings.HoldExpired:
        return show_step(booking_id)
    return _next(booking_id, step="pay")


@pages.post("/checkout/<uuid:booking_id>/credit")
@policy(SIGNED_IN)
def choose(booking_id: UUID) -> Response | str:
    """Show what is left to pay with the credit that was chosen; nothing is taken yet."""
    return show_step(booking_id, step="pay")


@pages.post("/checkout/<uuid:booking_id>/payment")
@policy(SIGNED_IN)
def pay(booking_id: UUID) -> Response | str:
    """Open the payment and send the browser to the gateway; nothing is decided here."""
    try:
        form = load_form(PayForm)
        if NAMES[0] in request.form:  # a free session asks for nothing of it
            invoices.change_buyer(invoices.Buyer(**{one: form[one] for one in NAMES}), viewer())
        credit = "" if form["credit"] == sheets.NO_CREDIT else form["credit"]
        address = bookings.start_payment(
            booking_id, form["provider"], viewer(), client_ip(), credit=credit
        )
    except InvalidInput as refusal:
        if refusal.fields.keys() <= set(NAMES):
            return show_step(booking_id, step="pay", errors=refusal.fields)
        code = "credit_not_usable" if "credit" in refusal.fields else "payment_method_not_offered"
        if "credit_contested" in refusal.fields.get("credit", ()):
            code = "credit_contested"
        return show_step(booking_id, step="pay", problem=error_text(code))
    except (payments.AlreadyPaid, bookings.HoldExpired) as refusal:
        if isinstance(refusal, bookings.HoldExpired):
            notice(_said(refusal), "caution")
        return redirect(url_for("booking_pages.show", booking_id=booking_id), 303)
    except (payments.MethodNotOffered, payments.GatewayUnavailable) as refusal:
        return show_step(booking_id, step="pay", problem=_said(refusal), status=refusal.status)
    allow_form_redirects()
    return redirect(address, 303)


def _next(booking_id: UUID, step: str | None = None) -> Response:
    return redirect(url_for("checkout_pages.show", booking_id=booking_id, step=step), 303)


def _said(refusal: DomainError) -> str:
    return error_text(refusal.code, **refusal.values)


def show_step(
    booking_id: UUID,
    *,
    step: str = "",
    mode: str = "new",
    errors: Errors | None = None,
    problem: str = "",
    status: int = 0,
) -> Response | str:
    """The checkout as it stands; 422 (or the refusal's status) when something was refused."""
    typed = forms.typed(request.form)
    starts = []
    with reading() as session:
        booking = bookings.visible(session, viewer(), booking_id)
        if booking.state not in {BookingState.HELD, BookingState.EXPIRED}:
            return redirect(url_for("booking_pages.show", booking_id=booking_id), 303)
        credit = typed["credit"] or request.args.get("credit", "")
        sheet = sheets.sheet(
            session, booking, viewer(), step=step, provider=typed["provider"], credit=credit
        )
        shared = _papers(session, booking_id)
        buyer = _buyer(session, typed)
        if sheet.lapsed:
            starts = standings.near(session, booking)
    if sheet.lapsed:
        return make_response(render_template("checkout/over.html", sheet=sheet, starts=starts), 410)
    allow_form_redirects()
    html = render_template(
        "checkout/show.html",
        sheet=sheet,
        shared=shared,
        buyer=buyer,
        sizes={paper.id: papers.size(paper.size) for paper in shared},
        mode=mode,
        no_credit=sheets.NO_CREDIT,
        typed=typed,
        errors=errors or {},
        problem=problem,
    )
    return make_response(html, int(status) or (422 if errors or problem else 200))


def _papers(session: Session, booking_id: UUID) -> list[documents.Document]:
    return documents.of_booking(session, viewer(), booking_id) if viewer().is_signed_in else []


def _buyer(session: Session, typed: forms.Typed) -> forms.Typed:
    """What stands in the fields for the invoice: what was typed, else what is known."""
    if NAMES[0] in typed or not viewer().is_signed_in:
        return typed
    return forms.Typed(asdict(invoices.buyer(session, viewer().person)))
