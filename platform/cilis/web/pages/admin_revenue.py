"""Revenue as files: what came in and went back, by month, expert, field or way to pay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from cilis.domains import analytics, experts, identity, payments
from cilis.domains.payments import Cut, Revenue
from cilis.infra.db import patience, reading
from cilis.infra.http.policies import policy
from cilis.infra.i18n import gettext, translated
from cilis.kit import sheets
from cilis.kit.money import Money
from cilis.web.pages.admin_figures import asked
from cilis.web.views import days
from cilis.web.visit import organization

pages = Blueprint("admin_revenue_pages", __name__)
PATIENCE_MS = 20_000
"""A file over years reads every payment of them."""


@pages.get("/admin/figures/revenue/<any(months, providers, experts, fields):cut>.csv")
@policy("admin", "support")
def table(cut: str) -> Response:
    """Sums of the days that the figures show, cut one way."""
    with patience(PATIENCE_MS), reading() as session:
        period = asked(session)
        rows = _rows(session, cut, period)
    currency = organization().currency
    header = [
        {"months": gettext("Month"), "providers": gettext("Way to pay"),
         "experts": gettext("Expert"), "fields": gettext("Field")}[cut],
        gettext("Payments"),
        f"{gettext('Came in')} ({currency})",
        f"{gettext('Given back')} ({currency})",
        f"{gettext('What is left')} ({currency})",
    ]  # fmt: skip
    cells = ((name, one.number, one.brought, one.returned, one.kept) for name, one in rows)
    response = Response(list(sheets.lines(header, cells)), mimetype="text/csv")
    name = f"revenue-{cut}-{period.first}-{period.last}.csv"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _rows(session: Session, cut: str, period: analytics.Period) -> Sequence[tuple[str, Revenue]]:
    kind = {"months": Cut.MONTH, "providers": Cut.PROVIDER}.get(cut, Cut.PAYEE)
    zone = days.home_zone()
    since = datetime.combine(period.first, time(), zone).astimezone(UTC)
    until = datetime.combine(period.last + timedelta(days=1), time(), zone).astimezone(UTC)
    found = payments.revenue(session, organization().currency, kind, since, until, zone.key)
    if cut == "months":
        return [(one.key, one) for one in found]
    if cut == "providers":
        return [(payments.title(one.key), one) for one in found]
    people = [UUID(one.key) for one in found if one.key]
    if cut == "experts":
        names = identity.people(session, people)
        named = [(names[UUID(one.key)].name if one.key else "", one) for one in found]
        return sorted(named, key=lambda row: -row[1].kept.minor)
    return _by_field(session, found, people)


def _by_field(
    session: Session, found: Sequence[Revenue], people: Sequence[UUID]
) -> list[tuple[str, Revenue]]:
    """A session counts for the field that its expert chose first, as in the figures."""
    names = {
        topic.id: translated(topic.names)
        for root in experts.topics(session)
        for topic in root.walk()
    }
    known = experts.facts_of_people(session, people)
    fields = {str(one.person_id): names.get(one.topic_id, "") for one in known if one.topic_id}
    nothing = Money(0, organization().currency)
    sums: dict[str, Revenue] = {}
    for one in found:
        name = fields.get(one.key, "") or gettext("Others")
        so_far = sums.get(name, Revenue(name, 0, nothing, nothing))
        sums[name] = Revenue(
            name,
            so_far.number + one.number,
            so_far.brought + one.brought,
            so_far.returned + one.returned,
        )
    return sorted(sums.items(), key=lambda row: -row[1].kept.minor)
