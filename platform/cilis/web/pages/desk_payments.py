"""What an expert's sessions brought: nothing of how the clients paid."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from cilis.domains import experts, payments
from cilis.infra.db import reading
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import current_zone, local
from cilis.kit import clock
from cilis.web.views import payments as shown
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
        months = _months(session)
    return render_template(
        "desk/payments.html",
        rows=rows,
        next_cursor=page.next_cursor,
        months=months,
        live_events=shown.LIVE_EVENTS,
    )


def _months(session: Session) -> list[tuple[datetime, payments.Earned]]:
    """This month and the one before, in the viewer's zone: when it began, what it brought."""
    today = local(clock.now()).date()
    this = datetime.combine(today.replace(day=1), time(), current_zone())
    last = datetime.combine((this.date() - timedelta(days=1)).replace(day=1), time(), this.tzinfo)
    person, currency = viewer().person, organization().currency
    return [
        (this, payments.earned(session, person, currency, this, clock.now())),
        (last, payments.earned(session, person, currency, last, this)),
    ]
