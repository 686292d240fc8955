"""The first page: one question, the soonest free hours, the fields, some people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, render_template, request

from cilis.domains import content, experts, reviews, search
from cilis.infra.db import reading
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import translated
from cilis.kit import clock
from cilis.web.pages.shell import wording
from cilis.web.views import prices
from cilis.web.views.linked_data import site_data
from cilis.web.views.moments import moments

pages = Blueprint("home", __name__)

_SOONEST, _CARDS, _REVIEWS = 3, 6, 3


@pages.get("/")
@policy(PUBLIC)
def show() -> str:
    """What the organization offers and when; every time shown can be pressed."""
    every = search.find(search.Question(sort=search.Sort.SOONEST, limit=_SOONEST * 3, facets=True))
    soon = _soon()
    some = search.find(soon)
    with reading() as session:
        topics = experts.topics(session)
        soonest = _soonest(search.hits(session, every.ids, count=1))
        hits = search.hits(session, some.ids, soon) or search.hits(session, every.ids)
        voices = reviews.latest(session, _REVIEWS)
        questions = content.questions(session)
        parts = content.blocks(session, hidden=_is_preview())
        saved = experts.saved_among(session, viewer(), [hit.card.id for hit in hits])
        priced = prices.of_services(session, (hit.lead for hit in hits if hit.lead))
    counts = every.facets.topics if every.facets else {}
    names = {topic.id: topic for root in topics for topic in root.walk()}
    return render_template(
        "home/show.html",
        topics=[(topic, counts.get(topic.id, 0)) for topic in topics],
        topic_names=names,
        total=every.total,
        soonest=soonest,
        hits=hits,
        saved=saved,
        prices=priced,
        voices=voices,
        questions=questions,
        parts=parts,
        say=say,
        moments=moments(),
        linked=site_data(),
        current="home",
    )


def say(part: content.Block | None, name: str, key: str = "", otherwise: str = "") -> str:
    """The words of a block: its own, else the organization's text of that key, else general."""
    own = translated(part.texts.get(name)) if part is not None else ""
    return own or (wording(key, otherwise) if key else otherwise)


def _is_preview() -> bool:
    """Whether an admin looks at the page with its hidden blocks."""
    return request.args.get("preview") == "1" and viewer().has("admin")


@dataclass(frozen=True, slots=True)
class Soon:
    """One expert's very next free hour."""

    card: experts.ExpertCard
    service_id: UUID
    start: datetime


def _soonest(hits: Iterable[search.Hit]) -> list[Soon]:
    """The next hours of all, soonest first: what search remembers may be a minute old."""
    found = [
        Soon(hit.card, service_id, starts[0])
        for hit in hits
        for service_id, starts in hit.starts.items()
        if starts
    ]
    by_expert: dict[UUID, Soon] = {}
    for one in sorted(found, key=lambda soon: soon.start):
        by_expert.setdefault(one.card.id, one)
    return list(by_expert.values())[:_SOONEST]


def _soon() -> search.Question:
    """Some of the best who are free within two days."""
    now = clock.now()
    return search.Question(window=(now, now + timedelta(days=2)), limit=_CARDS, facets=False)
