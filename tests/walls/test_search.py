"""A tenant's word is never found by another: a marker in each of fifty, both engines."""

from __future__ import annotations

import itertools
import os
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from tests.domains.experts.conftest import service_wish
from tests.domains.search.conftest import TOPICS, connected, expert, local
from tests.support.elasticsearch.server import Elasticsearch

import cilis
from cilis.domains import experts, search, tenants
from cilis.domains.search.queries.elasticsearch import ElasticsearchEngine
from cilis.domains.search.queries.meant import meant
from cilis.domains.search.queries.postgresql import PostgresqlEngine
from cilis.domains.search.types.documents import KIND
from cilis.domains.tenants import Organization
from cilis.infra import db, hosts, provisioning
from cilis.infra.search import ForeignDocument, TenantIndex
from cilis.infra.tenancy import NoTenant, Tenant, serving
from cilis.kit.guard import InsideTransaction
from cilis.testing.house import House

pytestmark = pytest.mark.timeout(3_600)
TENANTS = 50
QUESTIONS = int(os.environ.get("SEARCH_WALL_QUESTIONS", "1000"))  # noqa: TID251 - of this test
_LETTERS = "bcdfghklmnprstvx"
SYNONYM = "zauberwort"  # each of the fifty takes it for its own marker


@dataclass(frozen=True)
class Walled:
    """One of the fifty: its word stands in every text of its one expert."""

    tenant: Tenant
    marker: str
    expert_id: UUID


@pytest.fixture(scope="module")
def fifty(
    house: House, process: Flask, elasticsearch_server: Elasticsearch
) -> Iterator[list[Walled]]:
    del house, process
    dice = random.Random(7)
    with connected(elasticsearch_server):
        made = []
        for number in range(TENANTS):
            provisioning.claim(f"wall{number}", [f"wall{number}.localhost"])
            hosts.refresh()
            tenant = hosts.by_slug(f"wall{number}")
            marker = "".join(dice.choice(_LETTERS) + dice.choice("aeiou") for _ in range(5))
            with serving(tenant):
                made.append(Walled(tenant, marker, plant(marker)))
        search.rebuild_all([one.tenant for one in made])
        yield made


def plant(marker: str) -> UUID:
    with db.transaction() as session:
        wanted = Organization(
            name=marker,
            languages=("vi", "en"),
            default_language="vi",
            currency="VND",
            time_zone="Asia/Ho_Chi_Minh",
            country="VN",
        )
        tenants.save_organization(session, wanted)
        experts.import_topics(session, TOPICS)
        search.import_synonyms(session, [[SYNONYM, marker]])
    return expert(
        f"Nguyễn {marker}",
        headline={"vi": f"Thuế {marker}"},
        biography={"vi": f"Kinh nghiệm {marker}"},
        services=[service_wish(names={"vi": f"Tư vấn {marker}"}, notice_minutes=0)],
        stars=(5,),
    )


def question(dice: random.Random, marker: str) -> search.Question:
    """Something about a marker: whole, begun, misspelled, or about everything; any filters."""
    slip = list(marker)
    slip[dice.randrange(len(slip))] = dice.choice(_LETTERS)
    words = dice.choice(
        [SYNONYM, f"{SYNONYM} {marker}", marker, marker[: dice.randrange(1, 9)], "".join(slip), f"nguyen {marker}", "thuế", "",
         f"{marker} tư vấn", f'"{marker}"', f"*{marker[:3]}*", f"tenant:{marker}", marker.upper()]
    )  # fmt: skip
    more: dict[str, Any] = {}
    if dice.random() < 0.3:
        more["topic_slug"] = dice.choice(["thue", "luat"])
    if dice.random() < 0.2:
        more["rating_min"] = 4.0
    if dice.random() < 0.3:
        more["price_max"] = 10**7
    if dice.random() < 0.3:
        more["window"] = (local(1, dice.randrange(12)), local(3, 12 + dice.randrange(12)))
        more["grid"] = (more["window"],)
    return search.Question(
        words=words, sort=dice.choice(list(search.Sort)), facets=dice.random() < 0.5, **more
    )


def counted(facets: search.Facets) -> list[int]:
    return [
        *facets.topics.values(), *facets.languages.values(), *facets.ratings.values(),
        facets.verified, *facets.parts, *facets.loosened.values(),
        *(facets.prices.counts if facets.prices else ()),
    ]  # fmt: skip


def test_no_question_finds_anothers(fifty: list[Walled]) -> None:
    dice = random.Random(11)
    engines = (PostgresqlEngine(), ElasticsearchEngine())
    found_own = 0
    for _ in range(QUESTIONS):
        asking, about = dice.choice(fifty), dice.choice(fifty)
        if dice.random() < 0.3:
            about = asking
        wanted = question(dice, about.marker)
        foreign = [one.marker for one in fifty if one is not asking]
        with serving(asking.tenant):
            for engine in engines:
                found = engine.find(wanted)
                assert set(found.ids) <= {asking.expert_id}
                assert found.total <= 1
                assert found.facets is None or max(counted(found.facets), default=0) <= 1
                said = [found.suggestions, engine.complete(wanted.words[:40])]
                spelled = meant(wanted, found, _hits(found.ids, wanted), engine.find)
                assert not [marker for marker in foreign if marker in spelled.lower()]
                assert not [marker for marker in foreign if marker in repr(said)]
                assert all(one.experts <= 1 for hints in said for one in hints.services)
                found_own += found.total
    assert found_own > QUESTIONS / 4  # they do find what is theirs


def _hits(ids: Sequence[UUID], wanted: search.Question) -> list[search.Hit]:
    with db.reading() as session:
        return search.hits(session, ids, wanted)


def test_a_slip_is_put_right_with_ones_own_words_only(fifty: list[Walled]) -> None:
    for asking, about in itertools.pairwise(fifty[:11]):
        slip = f"{about.marker}x"
        with serving(asking.tenant):
            assert search.shown(search.Question(words=slip))[0].suggestion == ""
        with serving(about.tenant):
            assert search.shown(search.Question(words=slip))[0].suggestion == about.marker


def test_a_synonym_means_only_ones_own(fifty: list[Walled]) -> None:
    engines = (PostgresqlEngine(), ElasticsearchEngine())
    for asking in fifty[:10]:
        with serving(asking.tenant):
            for engine in engines:
                found = engine.find(search.Question(words=SYNONYM))
                assert (found.ids, found.total) == ((asking.expert_id,), 1)


class TestNobodyGetsRound:
    """What a careless query could be made of, put to the one way there is."""

    @pytest.mark.parametrize(
        "query",
        [
            {"match_all": {}},
            {"bool": {"should": [{"match_all": {}}, {"term": {"listed": True}}]}},
            {"query_string": {"query": "*"}},
            {"query_string": {"query": "tenant:* OR _id:*"}},
            {"exists": {"field": "tenant"}},
            {"prefix": {"tenant": ""}},
            {"constant_score": {"filter": {"match_all": {}}}},
            {"nested": {"path": "offers", "query": {"match_all": {}}}},
        ],
    )
    def test_by_a_query(self, fifty: list[Walled], query: dict[str, Any]) -> None:
        with serving(fifty[0].tenant):
            answer = TenantIndex(KIND).search(
                {
                    "query": query,
                    "_source": ["expert_id"],
                    "size": 100,
                    "track_total_hits": True,
                    "aggs": {"all": {"terms": {"field": "tenant", "size": 100}}},
                },
                seconds=30,
            )
        assert answer["hits"]["total"]["value"] == 1
        assert [hit["_source"]["expert_id"] for hit in answer["hits"]["hits"]] == [
            str(fifty[0].expert_id)
        ]
        buckets = answer["aggregations"]["all"]["buckets"]
        assert [bucket["key"] for bucket in buckets] == [fifty[0].tenant.id]

    def test_by_an_id(self, fifty: list[Walled]) -> None:
        other = fifty[1]
        key = f"{other.tenant.id}:{other.expert_id}"
        with serving(fifty[0].tenant):
            answer = TenantIndex(KIND).search({"query": {"ids": {"values": [key]}}}, seconds=30)
        assert answer["hits"]["hits"] == []

    @pytest.mark.parametrize(
        "question",
        [
            {"aggs": {"all": {"global": {}, "aggs": {}}}},
            {"query": {"terms": {"expert_id": {"index": "x", "id": "1", "path": "expert_id"}}}},
            {"suggest": {"text": "x"}},
            {"pit": {"id": "x"}},
            {"collapse": {"field": "tenant"}},
            {"aggs": {"all": {"terms": {"field": "words"}, "aggs": {"some": {"top_hits": {}}}}}},
            {"knn": {}},
            {"runtime_mappings": {}},
        ],
    )
    def test_by_what_looks_past_a_query(
        self, fifty: list[Walled], question: dict[str, Any]
    ) -> None:
        with serving(fifty[0].tenant), pytest.raises(ValueError, match=r"past|not a part"):
            TenantIndex(KIND).search(question, seconds=30)

    def test_by_the_client_itself(self) -> None:
        """It is reached through `connection` alone, which stays below the rooms."""
        source = Path(next(iter(cilis.__path__)))
        above = [one for one in source.rglob("*.py") if source / "infra" not in one.parents]
        holding = [one.name for one in above if "search.connection" in one.read_text("utf-8")]
        imported = re.compile(r"from cilis\.infra\.search import [^\n]*\bconnection\b")
        holding += [one.name for one in above if imported.search(one.read_text("utf-8"))]
        assert (holding, len(above) > 300) == ([], True)

    def test_without_a_tenant(self, fifty: list[Walled]) -> None:
        with pytest.raises(NoTenant):
            TenantIndex(KIND)

    def test_inside_a_transaction(self, fifty: list[Walled]) -> None:
        with serving(fifty[0].tenant):
            index = TenantIndex(KIND)
            with db.reading(), pytest.raises(InsideTransaction):
                index.search({}, seconds=1)
            with db.transaction(), pytest.raises(InsideTransaction):
                index.refresh()

    def test_a_foreign_document_in_an_answer_is_thrown_away(
        self, fifty: list[Walled], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As if filter and routing had been lost: the answer itself is looked through."""
        with serving(fifty[0].tenant):
            index = TenantIndex(KIND)
            there = index._ask("_search", {"query": {"match_all": {}}}, 30, routed=False)
            assert there["hits"]["total"]["value"] == TENANTS
            monkeypatch.setattr(TenantIndex, "_ask", lambda *_, **__: there)
            with pytest.raises(ForeignDocument):
                index.search({}, seconds=30)
            found = search.find(search.Question(words=fifty[1].marker))
        assert (found.engine, found.is_fallback, found.ids) == ("postgresql", True, ())
