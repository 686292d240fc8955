"""Where the client's browser lands after the gateway. It shows; it never decides."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, request
from werkzeug import Response

from cilis.domains.payments import service
from cilis.domains.payments.types import About
from cilis.hooks.payments import CallbackRequest, Outcome
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.i18n import N_

pages = Blueprint("payment_pages", __name__)

_PLACES = {About.BOOKING: "bookings", About.CREDIT: "credits"}
# Of money on its way the booking's own page tells, and changes when it is there.
_SAID = {
    Outcome.REVIEW: (N_("Your bank is checking the payment. We tell you by mail."), "caution"),
    Outcome.FAILED: (N_("The payment did not go through. Nothing was charged."), "caution"),
    Outcome.EXPIRED: (N_("The time to pay ran out. Nothing was charged."), "caution"),
}


@pages.get("/payments/<uuid:attempt_id>/return")
@policy(PUBLIC)
def come_back(attempt_id: UUID) -> Response:
    """Say what the browser's return claims, and go on to what is paid for.

    The claim is verified by the plugin and only shown. Since the client is watching, the
    gateway is asked at once instead of at the next turn.
    """
    call = CallbackRequest(
        method="GET",
        query=request.args.to_dict(),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=b"",
    )
    attempt, outcome = service.read_return(attempt_id, call)
    if outcome in _SAID:
        notice(*_SAID[outcome])
    if outcome is not None:
        service.hurry(attempt_id)
    done = "?returned=1" if outcome in {Outcome.PAID, Outcome.PENDING} else ""
    return redirect(f"/{_PLACES[attempt.about]}/{attempt.subject_id}{done}", 303)
