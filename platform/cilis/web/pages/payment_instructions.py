"""How to pay without a gateway: the account or the desk, the reference, until when."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from cilis.domains import bookings, credits, extensions, payments
from cilis.domains.bookings import BookingState
from cilis.infra.db import reading
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import current_language, format_datetime
from cilis.web.views.credits import kind
from cilis.web.views.visits import LIVE_EVENTS, visit

pages = Blueprint("payment_instruction_pages", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """What is paid for: an hour, or credit. ``other_way`` is where one pays otherwise."""

    id: UUID
    state: str
    kind: str
    reference: str
    title: str
    address: str
    other_way: str
    waits: bool


@pages.get("/payments/<uuid:payment_id>/instructions")
@policy(SIGNED_IN)
def show(payment_id: UUID) -> Response:
    """The instructions while money is waited for; afterwards what was paid for says it."""
    with reading() as session:
        attempt = payments.visible(session, viewer(), payment_id)
        about_credit = attempt.about is payments.About.CREDIT
        thing = (_credit if about_credit else _hour)(session, attempt)
    try:
        found = payments.instructions(payment_id, viewer()) if thing.waits else None
    except (payments.NotByHand, extensions.ExtensionOff):
        found = None
    if found is None:
        if "HX-Request" in request.headers:  # an open page looks again: it is told in its place
            return make_response(render_template("checkout/settled.html", thing=thing))
        return redirect(thing.address, 303)
    notes = found.notes
    html = render_template(
        "checkout/instructions.html",
        thing=thing,
        attempt=attempt,
        method=payments.title(attempt.provider, attempt.way),
        found=found,
        note=notes.get(current_language()) or next(iter(notes.values()), ""),
        live_events=f"{LIVE_EVENTS} credits.opened",
    )
    return make_response(html)


def _hour(session: Session, attempt: payments.Attempt) -> Thing:
    booking = bookings.visible(session, viewer(), attempt.subject_id)
    shown = visit(session, booking, bookings.side_of(booking, viewer()) or "staff")
    held = booking.state == BookingState.HELD
    return Thing(
        id=booking.id,
        state=shown.state.value,
        kind="booking",
        reference=booking.reference,
        title=f"{shown.service} · {shown.with_name} · {format_datetime(shown.starts_at)}",
        address=url_for("booking_pages.show", booking_id=booking.id),
        other_way=url_for("checkout_pages.show", booking_id=booking.id, step="pay"),
        waits=held and attempt.state in payments.LIVE_STATES,
    )


def _credit(session: Session, attempt: payments.Attempt) -> Thing:
    found = credits.visible(session, viewer(), attempt.subject_id)
    address = url_for("account_credit_pages.show", credit_id=found.id)
    waiting = found.state is credits.CreditState.WAITING and found.attempt_id == attempt.id
    return Thing(
        id=found.id,
        state=found.state.value,
        kind="credit",
        reference=found.reference,
        title=kind(found),
        address=address,
        other_way=address,
        waits=waiting and attempt.state in payments.LIVE_STATES,
    )
