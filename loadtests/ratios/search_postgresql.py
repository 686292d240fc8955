"""Questions and completion through the API against the same statements by hand, in PostgreSQL.

The answer of the API is more than the engine's: every card is read again and its hours are
computed, which the baseline leaves out. By hand nothing is kept ready: each question is counted.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask

from cilis.domains import search
from cilis.domains.search.queries import kept
from cilis.infra import hosts
from cilis.infra.tenancy import Tenant, serving
from cilis.testing.scene import open_scene
from loadtests.ratios.many_experts import fill
from loadtests.ratios.measure import Ratio, compare
from loadtests.ratios.questions import (
    EXPERTS,
    SUGGESTIONS,
    Asked,
    beginnings,
    p99,
    questions,
    seconds_of,
)
from loadtests.ratios.stage import stage

FEW, MANY = 10_000, 100_000
GOAL, GROWTH = 1.5, 3.0
Statement = tuple[str, Any]


def measure() -> list[Ratio]:
    """Medians at ten thousand experts and at ten times that, and how the p99 grows."""
    with stage() as (house, app, small):
        open_scene()
        fill(small, FEW)
        large = hosts.by_slug(house.tenants[1].slug)
        with serving(large):
            open_scene()
            fill(large, MANY)
        url = house.postgres.url("cilis_owner")

        return [
            against("search_postgresql", url, app, small, EXPERTS, questions()),
            against("search_postgresql_100k", url, app, large, EXPERTS, questions()),
            against("completion_postgresql", url, app, small, SUGGESTIONS, beginnings()),
            against("completion_postgresql_100k", url, app, large, SUGGESTIONS, beginnings()),
            compare(
                "search_growth_postgresql", GROWTH, "lower", "s (p99)",
                lambda: p99(seconds_of(app, large, EXPERTS, questions())),
                lambda: p99(seconds_of(app, small, EXPERTS, questions())),
            ),
        ]  # fmt: skip


def against(
    name: str, url: str, app: Flask, tenant: Tenant, path: str, asked: list[Asked]
) -> Ratio:
    """The median answer of the API ÷ that of the same statements, sent by hand."""
    with serving(tenant):
        by_hand = _by_hand(url, tenant, path, asked)
    return compare(
        name, GOAL, "lower", "s (p50)",
        lambda: statistics.median(seconds_of(app, tenant, path, asked)), by_hand,
    )  # fmt: skip


def _by_hand(url: str, tenant: Tenant, path: str, asked: list[Asked]) -> Callable[[], float]:
    """The statements that the engine sends for these questions, on a bare connection."""
    statements = [_statements(path, question) for question in asked]
    connection = psycopg.connect(url, autocommit=True, prepare_threshold=None)
    connection.execute(f"SET search_path TO {tenant.schema}, ext")

    def median() -> float:
        took = []
        for sent in statements * 4:
            began = time.perf_counter()
            with connection.transaction():  # or what is set for one question would not hold
                for statement, values in sent:
                    found = connection.execute(statement, values)
                    if found.description:
                        found.fetchall()
            took.append(time.perf_counter() - began)
        return statistics.median(took)

    return median


def _statements(path: str, question: Asked) -> list[Statement]:
    kept.forget()
    with _listening() as sent:
        if path == SUGGESTIONS:
            search.complete(question["words"])
        else:
            args = search.QuestionArgs().load({name: str(it) for name, it in question.items()})
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
