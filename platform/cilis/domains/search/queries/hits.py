"""What is shown of found ids: read again from the rooms that know, three queries in all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import experts, scheduling
from cilis.domains.search.types import HORIZON, Hit, Question, Window

_ENOUGH = 40  # starts of a service within the asked windows that are looked through


def hits(
    session: Session, ids: Sequence[UUID], question: Question | None = None, *, count: int = 3
) -> list[Hit]:
    """The experts behind found ids, in their order, with fitting services and true free times.

    Who is no longer listed, or no longer has a fitting service or time, is left out: the copy
    that was searched may be a second old, what is shown never is.
    """
    wanted = question or Question()
    cards = {
        one: card
        for one, card in experts.cards(session, ids).items()
        if card.listed and wanted.country in {None, card.country}
    }
    offered = {
        expert_id: [terms for terms in services if _fits(terms, wanted)]
        for expert_id, services in experts.services_of(session, list(cards)).items()
    }
    every = [terms for services in offered.values() for terms in services]
    starts = _starts(session, every, wanted.times, count)
    found = [
        Hit(cards[one], offered[one], {terms.id: starts[terms.id] for terms in offered[one]})
        for one in ids
        if one in cards
    ]
    return [hit for hit in found if _stands(hit, wanted)]


def _fits(terms: experts.ServiceTerms, question: Question) -> bool:
    asked = question.duration_minutes
    if asked is not None and terms.length != timedelta(minutes=asked):
        return False
    if question.mode not in {None, terms.mode.value}:
        return False
    if question.price_min is not None and terms.price.minor < question.price_min:
        return False
    return question.price_max is None or terms.price.minor <= question.price_max


def _stands(hit: Hit, question: Question) -> bool:
    asks = question.has_price or question.duration_minutes is not None or question.mode is not None
    if asks and not hit.services:
        return False
    return not question.times or any(hit.starts.values())


def _starts(
    session: Session,
    services: Sequence[experts.ServiceTerms],
    windows: Sequence[Window],
    count: int,
) -> dict[UUID, list[datetime]]:
    if not windows:
        return scheduling.next_starts(session, services, count=count)
    first = min(since for since, _ in windows)
    last = max(until for _, until in windows)
    days = max(1, math.ceil(min(last - first, HORIZON) / timedelta(days=1)))
    # Several windows leave gaps, so more starts are read than are shown.
    many = count if len(windows) == 1 else _ENOUGH * len(windows)
    found = scheduling.next_starts(session, services, count=many, after=first, days=days)
    return {
        service_id: [start for start in starts if _inside(start, windows)][:count]
        for service_id, starts in found.items()
    }


def _inside(start: datetime, windows: Sequence[Window]) -> bool:
    return any(since <= start < until for since, until in windows)
