"""What a person paid, what came back, and the papers of it."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, make_response, render_template, request
from werkzeug import Response

from cilis.domains import invoices, payments
from cilis.infra.db import reading
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer
from cilis.web.views import forms
from cilis.web.views import invoices as papers
from cilis.web.views import payments as shown

pages = Blueprint("account_payment_pages", __name__)


@pages.get("/account/payments")
@policy(SIGNED_IN)
def index() -> Response:
    """One's own payments with their refunds and papers, newest first; live."""
    return show_payments()


def show_payments(errors: forms.Errors | None = None) -> Response:
    """The page, perhaps with what is wrong in the form for invoices."""
    with reading() as session:
        page = payments.page(session, viewer(), own=True, cursor=request.args.get("cursor"))
        rows = shown.rows(session, page.items)
        found = invoices.of_payments(session, viewer(), [row.id for row in rows])
        buyer = invoices.buyer(session, viewer().person)
    html = render_template(
        "account/payments.html",
        rows=rows,
        papers=papers.by_payment(found),
        next_cursor=page.next_cursor,
        reason=shown.reason,
        buyer=forms.typed(request.form) if errors else forms.Typed(asdict(buyer)),
        errors=errors or {},
        live_events=shown.LIVE_EVENTS,
    )
    return make_response(html, 422 if errors else 200)
