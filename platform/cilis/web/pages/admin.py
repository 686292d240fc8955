"""The morning of who runs the organization: how it goes, what waits, what happened."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from cilis.domains import analytics, bookings
from cilis.domains.analytics import Measure, Period
from cilis.infra import audit, letters
from cilis.infra.db import reading
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import current_zone, gettext, local
from cilis.infra.tenancy import current_tenant
from cilis.kit import clock
from cilis.web.pages.admin_figures import preset, presets, ranked_fields
from cilis.web.views import deeds, figures, waiting
from cilis.web.views.visits import LIVE_EVENTS, visits

pages = Blueprint("admin_pages", __name__)
NEXT = 5
_NEWS = 5
_CARDS = (Measure.BOOKINGS, Measure.REVENUE, Measure.FILL_RATE, Measure.CANCELLATION_RATE)
_NEWSWORTHY = (
    "payments.refund_refused",
    "payments.amount_refused",
    "payments.notice_forged",
    "payments.notice_unmatched",
    "payments.attempt_review",
    "bookings.disputed",
    "bookings.paid_in_vain",
    "experts.verification_decided",
    "experts.submitted",
    "experts.suspended",
    "identity.person_suspended",
    "identity.roles_changed",
    "extensions.switched",
    "content.announced",
)
"""What is worth a line in the morning, whoever did it."""


@pages.get("/admin")
@policy("admin", "support")
def overview() -> str:
    """Four figures with their trends, the queues, the news, one chart, the leading fields."""
    given_up = letters.given_up(current_tenant().role)
    yesterday = _yesterday()
    with reading() as session:
        period = _period(session)
        found = analytics.figures(session, period)
        queues = waiting.queues(session, viewer(), given_up)
        coming = bookings.page_of_all(session, coming=True, limit=NEXT)
        sessions = visits(session, coming.items, "staff")
        fields = ranked_fields(session, period, 6)
        since = analytics.figures(session, _last_two_days(session))
        news = deeds.deeds(session, _news(session, yesterday))
    return render_template(
        "admin/overview.html",
        now=clock.now(),
        greeting=_greeting(viewer().name),
        preset=preset(),
        presets=presets(),
        cards=[(figures.chart(found, one), figures.spark(found, one)) for one in _CARDS],
        chart=figures.chart(found, Measure.BOOKINGS),
        figures=found,
        step_name=figures.step_name(found.step),
        queues=queues,
        waiting=sum(queue.count for queue in queues),
        sessions=sessions,
        fields=fields,
        most=figures.total,
        span=figures.span(period),
        news=news,
        yesterday=yesterday,
        since=_since(since),
        live_events=LIVE_EVENTS,
        badges=waiting.badges(queues),
    )


def _news(session: Session, since: datetime) -> list[audit.Line]:
    """The latest of what is worth a line; settings that a set-up made by itself are not."""
    lines = audit.latest(session, _NEWSWORTHY, since=since, limit=4 * _NEWS)
    told = [one for one in lines if one.actor_id or one.action != "extensions.switched"]
    return told[:_NEWS]


def _period(session: Session) -> Period:
    """A preset from the address; the usual one when there is none of that name."""
    name = request.args.get("period", "")
    known = name if name in analytics.PRESETS else analytics.USUAL
    return analytics.asked_period(analytics.today(session), preset=known)


def _yesterday() -> datetime:
    """The end of yesterday's work."""
    day = local(clock.now()).date() - timedelta(days=1)
    return datetime.combine(day, time(18), current_zone())


def _last_two_days(session: Session) -> Period:
    today = analytics.today(session)
    return Period(today - timedelta(days=1), today)


def _since(found: analytics.Figures) -> list[tuple[str, str, str]]:
    """Yesterday and today in a line each: (what, yesterday, today)."""
    wanted = (Measure.BOOKINGS, Measure.CANCELLED, Measure.REVENUE, Measure.NEW_PEOPLE)
    rows = []
    for measure in wanted:
        series = found.of(measure)
        values = [
            figures.shown(point.value, series.unit, found.currency) for point in series.points
        ]
        rows.append((gettext(figures.NAMES[measure]), values[0], values[-1]))
    return rows


def _greeting(name: str) -> str:
    hour = local(clock.now()).hour
    if hour < 11:
        return gettext("Good morning, %(name)s", name=name)
    if hour < 18:
        return gettext("Good afternoon, %(name)s", name=name)
    return gettext("Good evening, %(name)s", name=name)
