"""The list of experts: facets, cards with their next times, and what to loosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, make_response, render_template, request
from werkzeug import Response

from cilis.domains import experts, search
from cilis.infra.db import reading
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import gettext
from cilis.kit.errors import InvalidInput
from cilis.web.views import prices
from cilis.web.views.browse import RATINGS, Browse, browse
from cilis.web.views.chips import chips, heading, stars_label, times
from cilis.web.views.highlight import marker
from cilis.web.views.linked_data import field_trail, list_data
from cilis.web.views.loosening import looser
from cilis.web.views.modes import modes
from cilis.web.views.moments import day_heads, long_part
from cilis.web.visit import organization

pages = Blueprint("results", __name__)
_MOST_CHOICES = 8


@dataclass(frozen=True, slots=True)
class Pillar:
    """One step of the price histogram, as a rectangle."""

    x: float
    y: float
    width: float
    height: float
    off: bool


@pages.get("/experts")
@policy(PUBLIC)
def show() -> Response:
    """Experts that fit the address; without a query, all of them."""
    with reading() as session:
        topics = experts.topics(session)
    asked = browse(request.args, topics, organization().currency)
    try:
        results, hits = search.shown(asked.question())
    except InvalidInput:  # an old or foreign mark of a page: begin at the beginning
        asked = replace(asked, after=None)
        results, hits = search.shown(asked.question())
    wider = looser(asked, results)
    with reading() as session:
        saved = experts.saved_among(session, viewer(), [hit.card.id for hit in hits])
        priced = prices.of_services(session, (hit.lead for hit in hits if hit.lead))
    html = render_template(
        "results/show.html",
        asked=asked,
        results=results,
        facets=results.facets or search.Facets(),
        hits=hits,
        saved=saved,
        prices=priced,
        linked=list_data(
            asked.field_address(), field_trail(asked.topic), [hit.card for hit in hits]
        ),
        chips=chips(asked),
        choices=_topic_choices(topics, asked, results.facets),
        times=times(asked),
        heading=heading(asked),
        looser=wider,
        pillars=_pillars(asked, results.facets),
        heads=day_heads(asked.grid),
        long_part=long_part,
        stars_label=stars_label,
        ratings=RATINGS,
        modes=modes(),
        shown_choices=_shown_choices,
        sorts=_sorts(),
        next_page=asked.address(after=results.next_cursor) if results.next_cursor else "",
        current="experts",
    )
    response = make_response(html)
    response.headers["Vary"] = "HX-Request, Accept-Language, Cookie"
    return response


@pages.get("/experts/completions")
@policy(PUBLIC)
def complete() -> Response:
    """What somebody who types `q` may mean: fields, people, services; a piece of a page."""
    typed = request.args.get("q", "")[:120]
    found = search.complete(typed)
    response = make_response(
        render_template("results/_completions.html", found=found, mark=marker(typed))
    )
    response.headers["X-Robots-Tag"] = "noindex"  # a piece of a page has no head to say so
    return response


def _sorts() -> list[tuple[str, str]]:
    return [
        ("best", gettext("Best match")), ("soonest", gettext("Soonest")),
        ("price", gettext("Lowest price")), ("rating", gettext("Best rated")),
        ("experience", gettext("Most experience")),
    ]  # fmt: skip


def _shown_choices(
    counts: Mapping[Any, int], chosen: str | int | None, *, in_order: bool = False
) -> list[tuple[Any, int]]:
    """The choices of most experts with their numbers, and always the chosen one.

    ``in_order``: by their own order instead of the number of experts.
    """
    found = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = [pair for at, pair in enumerate(found) if at < _MOST_CHOICES or pair[0] == chosen]
    if chosen is not None and chosen not in counts:
        shown.append((chosen, 0))
    return sorted(shown) if in_order else shown


def _topic_choices(
    topics: list[experts.Topic], asked: Browse, facets: search.Facets | None
) -> list[tuple[experts.Topic, int, bool]]:
    """The fields beside the list: those below the chosen one's root, or all roots."""
    counts = facets.topics if facets else {}
    if asked.topic is None:
        shown = list(topics)
    else:
        root = next((one for one in topics if asked.topic in one.walk()), asked.topic)
        shown = [root, *root.children]
    chosen = asked.topic.id if asked.topic else None
    found = [(topic, counts.get(topic.id, 0), topic.id == chosen) for topic in shown]
    return [row for row in found if row[1] or row[2]]


def _pillars(asked: Browse, facets: search.Facets | None) -> list[Pillar]:
    if facets is None or facets.prices is None or not any(facets.prices.counts):
        return []
    prices, width = facets.prices, 280 / len(facets.prices.counts)
    most, edges = max(prices.counts), prices.edges()
    low, high = asked.price_min or 0, asked.price_max
    return [
        Pillar(
            round(number * width + 1, 1),
            round(56 - max(2.0, 56 * count / most) if count else 55, 1),
            round(width - 2, 1),
            round(max(2.0, 56 * count / most), 1) if count else 1,
            edges[number + 1] <= low or (high is not None and edges[number] > high),
        )
        for number, count in enumerate(prices.counts)
    ]
