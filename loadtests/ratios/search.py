"""Questions of clients through the API against the same statements put to PostgreSQL by hand.

Each asks for a page with its counts; most for free time. The answer of the API is more than the
engine's: every card is read again and its hours are computed, which the baseline leaves out.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import psycopg
import sqlalchemy as sa
from flask import Flask

from cilis.domains import search
from cilis.infra import hosts
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock
from cilis.testing.scene import open_scene
from loadtests.ratios.many_experts import fill
from loadtests.ratios.measure import Ratio, compare
from loadtests.ratios.stage import call, stage

FEW, MANY = 10_000, 100_000
_GOAL, _GROWTH = 1.5, 3.0
_address = itertools.count()
Statement = tuple[str, Any]


def measure() -> list[Ratio]:
    """The median of a question at ten thousand experts, and how its p99 grows to ten times that."""
    with stage() as (house, app, small):
        open_scene()
        fill(small, FEW)
        large = hosts.by_slug(house.tenants[1].slug)
        with serving(large):
            open_scene()
            fill(large, MANY)
        asked = _questions()
        by_hand = _by_hand(house.postgres.url("cilis_owner"), small, asked)
        return [
            compare(
                "search_postgresql", _GOAL, "lower", "s (p50)",
                lambda: statistics.median(_through_the_api(app, small, asked, 4)), by_hand,
            ),
            compare(
                "search_growth_postgresql", _GROWTH, "lower", "s (p99)",
                lambda: _p99(_through_the_api(app, large, asked, 4)),
                lambda: _p99(_through_the_api(app, small, asked, 4)),
            ),
        ]  # fmt: skip


def _questions() -> list[dict[str, Any]]:
    evening = (clock.now() + timedelta(days=2)).replace(hour=11, minute=0, second=0, microsecond=0)
    window = {"from": evening.isoformat(), "until": (evening + timedelta(hours=3)).isoformat()}
    return [
        {"words": "tax", **window},
        {"words": "alpha"},
        {**window, "price_max": 900_000, "sort": "rating"},
        {**window, "rating_min": 4, "sort": "soonest"},
        {"duration_minutes": 60, **window},
        {"sort": "price"},
    ]


def _through_the_api(
    app: Flask, tenant: Tenant, asked: list[dict[str, Any]], rounds: int
) -> list[float]:
    """Seconds of each question, asked by another visitor each time."""
    took = []
    for question in asked * rounds:
        number = next(_address)
        address = f"10.{number // 62500 % 250}.{number // 250 % 250}.{number % 250 + 1}"
        began = time.perf_counter()
        status, body = call(
            app.wsgi_app, f"/api/v1/experts?{urlencode(question)}", host=tenant.host,
            address=address,
        )  # fmt: skip
        took.append(time.perf_counter() - began)
        assert status == 200, body
    return took


def _by_hand(url: str, tenant: Tenant, asked: list[dict[str, Any]]) -> Callable[[], float]:
    """The statements that the engine sends for these questions, on a bare connection."""
    statements = [_statements(question) for question in asked]
    connection = psycopg.connect(url, autocommit=True, prepare_threshold=None)
    connection.execute(f"SET search_path TO {tenant.schema}, ext")

    def median() -> float:
        took = []
        for sent in statements * 4:
            began = time.perf_counter()
            for statement, values in sent:
                found = connection.execute(statement, values)
                if found.description:
                    found.fetchall()
            took.append(time.perf_counter() - began)
        return statistics.median(took)

    return median


def _statements(question: dict[str, Any]) -> list[Statement]:
    args = search.QuestionArgs().load({name: str(value) for name, value in question.items()})
    with _listening() as sent:
        assert search.find(search.question(args)).total > 0, question
    return sent


@contextmanager
def _listening() -> Iterator[list[Statement]]:
    sent: list[Statement] = []

    def note(_c: Any, _cur: Any, statement: str, values: Any, *_more: Any) -> None:
        sent.append((statement, values))

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)


def _p99(took: list[float]) -> float:
    return sorted(took)[max(0, round(len(took) * 0.99) - 1)]
