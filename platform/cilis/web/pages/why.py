"""Why (not)? For the expert, and for staff who are asked: one day of a service, start by start."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, render_template, request, url_for

from cilis.domains import experts, scheduling
from cilis.infra.db import reading
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import in_zone, local
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.web.views import reasons
from cilis.web.views.days import day_of

pages = Blueprint("why_pages", __name__)


@pages.get("/desk/why")
@policy("expert")
def show() -> str:
    """A day of the viewer's own services."""
    with reading() as session:
        card = experts.mine(session, viewer()).card
    return _page(card, "expert", url_for("why_pages.show"), url_for("desk_hours_pages.show"))


@pages.get("/admin/experts/<uuid:expert_id>/why")
@policy("admin", "support")
def show_to_staff(expert_id: UUID) -> str:
    """A day of somebody's services."""
    with reading() as session:
        card = experts.card(session, expert_id)
    here = url_for("why_pages.show_to_staff", expert_id=expert_id)
    back = url_for("admin_people_pages.show", person_id=card.person_id)
    return _page(card, "staff", here, back)


def _page(card: experts.ExpertCard, side: str, here: str, back: str) -> str:
    with in_zone(card.time_zone):
        day, wrong = _asked_day(local(clock.now()).date())
        with reading() as session:
            services = experts.services_of(session, [card.id])[card.id]
            chosen = _chosen(services)
            spans = reasons.day_in_words(session, chosen, day, side) if chosen else ()
        return render_template(
            "desk/why.html",
            card=card,
            side=side,
            action=here,
            back=back,
            services=services,
            chosen=chosen,
            day=day,
            typed_day=request.args.get("day") or day.isoformat(),
            errors=wrong,
            spans=spans,
        )


def _asked_day(today: date) -> tuple[date, dict[str, list[str]]]:
    """The day of the address, or today with what was wrong with it."""
    given = request.args.get("day", "")
    if given and day_of(given) is None:
        return today, {"day": ["not_a_date"]}
    try:
        return scheduling.check_day(day_of(given) or today), {}
    except InvalidInput as refusal:
        return today, dict(refusal.fields)


def _chosen(services: list[experts.ServiceTerms]) -> experts.ServiceTerms | None:
    wanted = request.args.get("service", "")
    return next(
        (one for one in services if str(one.id) == wanted), services[0] if services else None
    )
