"""What visitors ask in the ratios of search, through the API and told by the clock."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Flask

from cilis.domains.search.queries import kept
from cilis.infra.tenancy import Tenant
from cilis.kit import clock
from loadtests.ratios.stage import call

Asked = dict[str, Any]
EXPERTS, SUGGESTIONS = "/api/v1/experts", "/api/v1/search-suggestions"
TYPED = ("ta", "tax", "alp", "legal adv", "nguy", "thu", "consu")
"""What stands in the field while somebody types."""

_visitors = itertools.count()


def questions() -> list[Asked]:
    """A page with its counts each; most for free time, one for everybody."""
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


def beginnings() -> list[Asked]:
    """Completion of each of `TYPED`."""
    return [{"words": typed} for typed in TYPED]


def seconds_of(
    app: Flask, tenant: Tenant, path: str, asked: Iterable[Asked], rounds: int = 4
) -> list[float]:
    """How long each answer took, asked by another visitor each time; no counts are kept ready.

    Real visitors differ in what they choose; the same few questions would find theirs counted.
    """
    took = []
    for question in list(asked) * rounds:
        kept.forget()
        seconds, status, body = _ask(app, tenant, path, question)
        took.append(seconds)
        assert status == 200, body
    return took


def answer(app: Flask, tenant: Tenant, path: str, question: Asked) -> dict[str, Any]:
    """What the API says."""
    _, status, body = _ask(app, tenant, path, question)
    assert status == 200, body
    found: dict[str, Any] = orjson.loads(body)
    return found


def _ask(app: Flask, tenant: Tenant, path: str, question: Asked) -> tuple[float, int, bytes]:
    number = next(_visitors)
    address = f"10.{number // 62500 % 250}.{number // 250 % 250}.{number % 250 + 1}"
    began = time.perf_counter()
    status, body = call(
        app.wsgi_app, f"{path}?{urlencode(question)}", host=tenant.host, address=address
    )
    return time.perf_counter() - began, status, body


def p99(took: list[float]) -> float:
    """The 99th percentile; of fewer than a hundred the worst."""
    return sorted(took)[max(0, round(len(took) * 0.99) - 1)]
