"""What a person paid, and what came back."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from cilis.domains import payments
from cilis.infra.db import reading
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer
from cilis.web.views import payments as shown

pages = Blueprint("account_payment_pages", __name__)


@pages.get("/account/payments")
@policy(SIGNED_IN)
def index() -> str:
    """One's own payments with their refunds, newest first; live."""
    with reading() as session:
        page = payments.page(session, viewer(), own=True, cursor=request.args.get("cursor"))
        rows = shown.rows(session, page.items)
    return render_template(
        "account/payments.html",
        rows=rows,
        next_cursor=page.next_cursor,
        reason=shown.reason,
        live_events=shown.LIVE_EVENTS,
    )
