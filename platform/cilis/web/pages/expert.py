"""An expert's page: who, what, when free, what others say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from cilis.domains import credits, experts, reviews
from cilis.infra import markdown
from cilis.infra.db import reading
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import translated
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.kit.pagination import Page
from cilis.web.views import modes, prices
from cilis.web.views.linked_data import expert_data
from cilis.web.views.picker import Wish, picker
from cilis.web.views.ratings import Rating
from cilis.web.visit import organization

pages = Blueprint("expert", __name__)

_REVIEWS = 5
_FAR = timedelta(days=366)
T = TypeVar("T")


@pages.get("/experts/<slug>")
@policy(PUBLIC)
def show(slug: str) -> str:
    """The page with its slot picker; the address may carry service, day and time."""
    with reading() as session:
        profile = experts.profile(session, slug, viewer())
        stars = _stars()
        found = _reviews(session, profile.id, stars)
        spread = reviews.distribution(session, profile.id)
        saved = profile.id in experts.saved_among(session, viewer(), [profile.id])
        priced = prices.of_services(session, (offer.terms for offer in profile.offered))
        offered = [offer.id for offer in profile.offered]
        packages = bool(credits.on_sale_with(session, profile.id, offered))
        times = picker(session, profile, organization(), _wish(), viewer())
    rating = Rating.of(profile.card, spread)
    return render_template(
        "expert/show.html",
        profile=profile,
        card=profile.card,
        saved=saved,
        biography=markdown.to_html(translated(profile.biography)),
        picker=times,
        prices=priced,
        packages=packages,
        reviews=found,
        only_stars=stars,
        modes=modes.modes(),
        rating=rating,
        linked=expert_data(profile, found.items),
        live_rooms=[f"expert:{profile.id}"],
        current="experts",
    )


def _reviews(session: Session, expert_id: UUID, stars: int | None) -> Page[reviews.Review]:
    """A page of reviews; an old or foreign mark of one shows the first."""
    cursor = request.args.get("after")
    try:
        return reviews.of_expert(session, expert_id, stars=stars, cursor=cursor, limit=_REVIEWS)
    except InvalidInput:
        return reviews.of_expert(session, expert_id, stars=stars, limit=_REVIEWS)


def _stars() -> int | None:
    found = _read("stars", int)
    return found if found is not None and 1 <= found <= 5 else None


def _wish() -> Wish:
    """What the address asks for; what makes no sense in it is passed over."""
    return Wish(
        service_id=_read("service", UUID),
        day=_read("day", date.fromisoformat),
        at=_read("at", _instant),
        taken=_read("taken", _instant),
    )


def _read(name: str, reader: Callable[[str], T]) -> T | None:
    given = request.args.get(name, "")
    try:
        return reader(given) if given else None
    except (ValueError, OverflowError):
        return None


def _instant(given: str) -> datetime:
    """An instant near enough to be meant; raises ValueError, as every reader does."""
    found = datetime.fromisoformat(given.replace(" ", "+"))
    found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    if abs(found - clock.now()) > _FAR:
        raise ValueError(given)
    return found
