from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from tests.domains.experts.conftest import (
    count_queries,
    lan,
    new_person,
    organization,
    service_wish,
)
from tests.support.elasticsearch.server import Elasticsearch

from cilis.domains import experts, scheduling, search
from cilis.domains.tenants import Organization
from cilis.infra import db, indices
from cilis.infra import search as infra_search
from cilis.kit import clock, ids

__all__ = ["count_queries", "lan", "organization"]

ZONE = "Asia/Ho_Chi_Minh"
MORNINGS = tuple(scheduling.WeeklyRule(day, 9 * 60, 11 * 60) for day in range(7))
EVENINGS = tuple(scheduling.WeeklyRule(day, 18 * 60, 21 * 60) for day in range(7))
_number = itertools.count()

TOPICS = (
    experts.TopicImport(
        slug="luat",
        names={"vi": "Luật", "en": "Law"},
        aliases=("luật sư", "lawyer"),
        children=(
            experts.TopicImport(slug="nha-dat", names={"vi": "Nhà đất", "en": "Property"}),
            experts.TopicImport(slug="thua-ke", names={"vi": "Thừa kế", "en": "Inheritance"}),
        ),
    ),
    experts.TopicImport(slug="thue", names={"vi": "Thuế", "en": "Tax"}),
)


@pytest.fixture
def topics(organization: Organization) -> dict[str, UUID]:
    """Three topics of law and one of tax, by address."""
    with db.transaction() as session:
        experts.import_topics(session, TOPICS)
        return {topic.slug: topic.id for root in experts.topics(session) for topic in root.walk()}


def expert(name: str, *, hours: Any = MORNINGS, stars: tuple[int, ...] = (), **more: Any) -> UUID:
    """A published expert with hours, not yet read by the search."""
    values: dict[str, Any] = {
        "languages": ["vi"],
        "country": "VN",
        "time_zone": ZONE,
        "topics": ["thue"],
        "services": [service_wish(names={"vi": "Tư vấn"}, notice_minutes=0)],
        "headline": {},
    }
    person = new_person(f"person {next(_number)}", "expert")
    with db.transaction() as session:
        made = experts.import_expert(
            session, experts.ExpertImport(person_id=person, name=name, **{**values, **more})
        )
        scheduling.import_hours(session, made, hours)
        for given in stars:
            experts.record_rating(session, made, given)
    return made


@pytest.fixture
def expert_found(topics: dict[str, UUID]) -> Callable[..., UUID]:
    """Makes an expert who can be found at once."""
    del topics

    def make(name: str, **more: Any) -> UUID:
        made = expert(name, **more)
        search.read_again([made])
        return made

    return make


def find(words: str = "", **more: Any) -> search.Results:
    return search.find(search.Question(words=words, **more))


def names(results: search.Results) -> list[str]:
    with db.reading() as session:
        cards = experts.cards(session, results.ids)
    return [cards[one].name for one in results.ids]


def local(days: int, hour: int, minute: int = 0) -> datetime:
    """An instant some days from today on the clocks of Vietnam."""
    zone = ZoneInfo(ZONE)
    day = clock.now().astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, time(hour, minute), zone).astimezone(UTC)


@contextmanager
def connected(server: Elasticsearch, **more: Any) -> Iterator[None]:
    """Elasticsearch set for this process, with indices of a name of their own."""
    more.setdefault("seconds", 30.0)  # the machine may be slow; limits have tests of their own
    infra_search.connect(server.url, prefix=f"t{ids.new().hex}", **more)
    try:
        yield
        infra_search.breaker.reset()
        indices.drop_everything()
    finally:
        infra_search.disconnect()
