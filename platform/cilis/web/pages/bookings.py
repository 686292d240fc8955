"""A client's bookings: what comes, what was."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from cilis.domains import bookings
from cilis.infra.db import reading
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer
from cilis.web.views.visits import LIVE_EVENTS, visits

pages = Blueprint("bookings_pages", __name__)
COMING = 50


@pages.get("/bookings")
@policy(SIGNED_IN)
def index() -> str:
    """The coming ones soonest first, the past ones latest first and by pages."""
    me = viewer().person
    with reading() as session:
        coming = bookings.of_client(session, me, coming=True, limit=COMING)
        past = bookings.of_client(
            session, me, coming=False, cursor=request.args.get("cursor"), limit=20
        )
        shown = visits(session, [*coming.items, *past.items], "client")
    cut = len(coming.items)
    return render_template(
        "bookings/list.html",
        coming=shown[:cut],
        past=shown[cut:],
        next_cursor=past.next_cursor,
        live_events=LIVE_EVENTS,
    )
