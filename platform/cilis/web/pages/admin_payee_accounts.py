"""Experts' accounts at a payment company, for the staff: who has one, and how it stands."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from cilis.domains import payments
from cilis.infra.db import reading
from cilis.infra.http.policies import policy
from cilis.web.views import payouts as shown

pages = Blueprint("admin_payee_account_pages", __name__)
STAFF = ("admin", "support")


@pages.get("/admin/payouts/accounts/<provider>")
@policy(*STAFF)
def index(provider: str) -> str:
    """All experts with their accounts there; live."""
    with reading() as session:
        if provider not in payments.opening(session):
            abort(404)
        page = payments.expert_accounts_page(session, provider, cursor=request.args.get("cursor"))
    return render_template(
        "admin/payee_accounts.html",
        page=page,
        company=payments.company(provider),
        view=shown,
        live_events=shown.LIVE_EVENTS,
        live_rooms=[payments.STAFF_ROOM],
    )
