"""The morning of who runs the organization: what waits, how it goes, what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from cilis.domains import bookings, experts, identity, payments
from cilis.domains.experts import VerificationState
from cilis.domains.payments import AttemptState
from cilis.infra.db import reading
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, error_text, format_datetime, gettext, local
from cilis.kit import clock
from cilis.web.views import figures
from cilis.web.views.visits import visits
from cilis.web.visit import organization

pages = Blueprint("admin_pages", __name__)
NEXT = 6


@dataclass(frozen=True, slots=True)
class Queue:
    """Things that wait for a person, and where; without an address there is nothing to open."""

    name: str
    detail: str
    count: int
    icon: str
    tone: str
    address: str


@pages.get("/admin")
@policy("admin", "support")
def overview() -> str:
    """Four figures, the queues, the next sessions."""
    with reading() as session:
        months = figures.months(session)
        queues = _queues(session, months)
        coming = bookings.page_of_all(session, coming=True, limit=NEXT)
        sessions = visits(session, coming.items, "staff")
    return render_template(
        "admin/overview.html",
        now=clock.now(),
        greeting=_greeting(viewer().name),
        figures=figures.figures(months, organization().currency),
        queues=queues,
        waiting=sum(queue.count for queue in queues),
        sessions=sessions,
        badges={"verification": queues[0].count, "payments": queues[1].count + queues[2].count},
    )


@pages.get("/admin/payments")
@policy("admin", "support")
def money() -> str:
    """Payments, newest first, with what went back."""
    asked = request.args.get("state", "")
    state = AttemptState(asked) if asked in set(AttemptState) else None
    with reading() as session:
        page = payments.page(session, viewer(), cursor=request.args.get("cursor"), state=state)
        payers = identity.people(session, {attempt.payer_id for attempt in page.items})
        refunds = payments.refunds_of(session, [attempt.id for attempt in page.items])
    return render_template(
        "admin/payments.html",
        page=page,
        payers=payers,
        refunds=refunds,
        state=asked,
        title_of=payments.title,
    )


@pages.post("/admin/payments/<uuid:attempt_id>/decision")
@policy("admin")
def decide(attempt_id: UUID) -> Response:
    """End the doubt about a payment under review; a repeat leads to the same list."""
    accept = request.form.get("accept") == "1"
    try:
        payments.decide_review(attempt_id, viewer(), accept=accept, reason="")
    except payments.NotInReview as refusal:
        notice(error_text(refusal.code, **refusal.values), "caution")
    else:
        notice(N_("Decided. Both sides hear of it."))
    return redirect(url_for("admin_pages.money", state="review"), 303)


def _greeting(name: str) -> str:
    hour = local(clock.now()).hour
    if hour < 11:
        return gettext("Good morning, %(name)s", name=name)
    if hour < 18:
        return gettext("Good afternoon, %(name)s", name=name)
    return gettext("Good evening, %(name)s", name=name)


def _queues(session: Session, months: figures.Months) -> list[Queue]:
    counts = experts.queue_counts(session)
    oldest = experts.verification_queue(session, limit=1).items
    reviews, refused = payments.waiting(session)
    since = (
        gettext("oldest since %(time)s", time=format_datetime(oldest[0].submitted_at))
        if (oldest)
        else gettext("nobody waits")
    )
    return [
        Queue(
            gettext("Experts to verify"),
            since,
            counts[VerificationState.SUBMITTED],
            "badge-check",
            "caution",
            url_for("admin_verification_pages.queue"),
        ),
        Queue(
            gettext("Payments under review"),
            gettext("the gateway suspects something"),
            reviews,
            "search-check",
            "caution",
            url_for("admin_pages.money", state="review"),
        ),
        Queue(
            gettext("Refunds that a bank refused"),
            gettext("the money is still here"),
            refused,
            "undo-2",
            "negative",
            url_for("admin_pages.money"),
        ),
        Queue(
            gettext("Requests without an answer"),
            gettext("experts answer them"),
            months.unanswered,
            "hourglass",
            "info",
            "",
        ),
    ]
