"""What an expert's sessions brought: nothing of how the clients paid."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import experts, payments
from cilis.infra.db import reading
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.web.views import payments as shown
from cilis.web.views.earnings import months as months_of
from cilis.web.visit import organization

pages = Blueprint("desk_payment_pages", __name__)


@pages.get("/desk/payments")
@policy("expert")
def index() -> Response | str:
    """This month and the last one in figures, then each payment; live."""
    with reading() as session:
        if experts.expert_of_person(session, viewer().person) is None:
            return redirect(url_for("apply_pages.show"), 303)
        page = payments.earnings_page(session, viewer().person, cursor=request.args.get("cursor"))
        rows = shown.rows(session, page.items)
        months = months_of(session, viewer().person, organization().currency)
    return render_template(
        "desk/payments.html",
        rows=rows,
        next_cursor=page.next_cursor,
        months=months,
        live_events=shown.LIVE_EVENTS,
    )
