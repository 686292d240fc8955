from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
import pytest
from flask import Flask
from marshmallow import Schema
from tests.domains.experts.conftest import service_wish
from tests.domains.experts.test_api import Program, field_codes
from tests.domains.search.conftest import EVENINGS, local

from cilis.domains.search.schemas import ResultsSchema, SuggestionsSchema
from cilis.infra.tenancy import Tenant

Make = Callable[..., UUID]


@pytest.fixture
def anybody(app: Flask, tenant: Tenant) -> Program:
    return Program(app, tenant)


def test_a_page_of_experts(anybody: Program, expert_found: Make) -> None:
    expert_found(
        "Bùi Đức Thịnh",
        hours=EVENINGS,
        stars=(5, 4),
        services=[service_wish(price_minor=280_000, notice_minutes=0)],
    )
    expert_found("Lê An", languages=["vi", "en"])

    answer = anybody(
        "GET",
        "experts",
        query_string={
            "words": "thue",
            "topic": "thue",
            "price_max": 600_000,
            "rating_min": 4,
            "language": ["vi", "de"],
            "from": local(2, 18).isoformat(),
            "until": local(2, 21).isoformat(),
            "duration_minutes": 45,
            "sort": "soonest",
        },
    )

    assert answer.status_code == 200, answer.text
    body = answer.get_json()
    (item,) = body["items"]
    assert (item["name"], item["rating"], body["total"]) == ("Bùi Đức Thịnh", 4.5, 1)
    assert item["services"][0]["price"] == {"minor": 280_000, "currency": "VND"}
    assert len(item["next_starts"][0]["starts"]) == 3
    assert body["facets"]["loosened"]["rating"] == 1
    assert "person_id" not in answer.text
    assert in_the_documented_form(ResultsSchema(), body) == body


def in_the_documented_form(schema: Schema, body: Any) -> Any:
    """The body read and written by its schema, which refuses what it does not know."""
    return orjson.loads(orjson.dumps(schema.dump(schema.load(body)), default=str))


def test_paging(anybody: Program, expert_found: Make) -> None:
    for number in range(3):
        expert_found(f"E{number}")
    first = anybody("GET", "experts", query_string={"limit": 2, "facets": "false"}).get_json()
    more = {"limit": 2, "cursor": first["next_cursor"], "facets": "false"}
    second = anybody("GET", "experts", query_string=more).get_json()
    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (2, 1, None)
    assert first["facets"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "-1"}, "limit"),
        ({"limit": "1000000000"}, "limit"),
        ({"sort": "name; DROP TABLE"}, "sort"),
        ({"price_max": "1e309"}, "price_max"),
        ({"rating_min": "NaN"}, "rating_min"),
        ({"topic": "%2e%2e"}, "topic"),
        ({"topic": "nope"}, "topic"),
        ({"mode": "telepathy"}, "mode"),
        ({"country": "vn"}, "country"),
        ({"cursor": "zzz"}, "cursor"),
        ({"from": "2026-11-24T18:00:00+07:00"}, "until"),
        ({"from": "2026-11-24T18:00:00"}, "from"),
        ({"words": "a" * 121}, "words"),
        ({"words": "a\x00b"}, "words"),
    ],
)
def test_nonsense_is_told_by_field(
    anybody: Program, topics: dict[str, UUID], query: dict[str, Any], field: str
) -> None:
    answer = anybody("GET", "experts", query_string=query)
    assert (answer.status_code, list(field_codes(answer))) == (422, [field]), answer.text


@pytest.mark.parametrize("words", ["*a*", "(a+)+$", "a:* | b", "title:x AND", '"', "\\"])
def test_query_languages_are_only_words(
    anybody: Program, topics: dict[str, UUID], words: str
) -> None:
    assert anybody("GET", "experts", query_string={"words": words}).status_code == 200


def test_suggestions(anybody: Program, expert_found: Make) -> None:
    expert_found("Bùi Đức Thịnh")
    body = anybody("GET", "search-suggestions", query_string={"words": "thu"}).get_json()
    assert [topic["slug"] for topic in body["topics"]] == ["thua-ke", "thue"]
    body = anybody("GET", "search-suggestions", query_string={"words": "thin"}).get_json()
    assert in_the_documented_form(SuggestionsSchema(), body) == body
    assert [one["title"] for one in body["experts"]] == ["Bùi Đức Thịnh"]


def test_another_organization_finds_nobody(
    app: Flask, other_tenant: Tenant, expert_found: Make
) -> None:
    expert_found("Bùi Đức Thịnh")
    body = Program(app, other_tenant)("GET", "experts").get_json()
    assert (body["items"], body["total"]) == ([], 0)
