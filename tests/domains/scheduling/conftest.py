from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from cilis.domains import scheduling
from cilis.domains.experts import ServiceTerms
from cilis.domains.scheduling import WeeklyRule
from cilis.infra.tenancy import Tenant
from cilis.kit import clock, ids
from cilis.kit.money import Money

Terms = Callable[..., ServiceTerms]
NINE_TO_FIVE = [WeeklyRule(weekday, 9 * 60, 17 * 60) for weekday in range(5)]


@pytest.fixture
def terms() -> Terms:
    """Terms of a service: an hour in Hà Nội without buffers unless said otherwise."""

    def make(expert_id: UUID | None = None, **other: object) -> ServiceTerms:
        values: dict[str, object] = {
            "id": ids.new(),
            "expert_id": expert_id or ids.new(),
            "name": {"vi": "Tư vấn"},
            "length": timedelta(hours=1),
            "price": Money(500_000, "VND"),
            "before": timedelta(),
            "after": timedelta(),
            "needs_acceptance": False,
            "notice": timedelta(),
            "window": timedelta(days=60),
            "time_zone": "Asia/Ho_Chi_Minh",
        }
        return ServiceTerms(**{**values, **other})  # type: ignore[arg-type]

    return make


@pytest.fixture
def weekdays(tenant: Tenant, terms: Terms) -> ServiceTerms:
    """An expert who works from nine to five on weekdays."""
    del tenant
    made = terms()
    scheduling.set_week(made.expert_id, NINE_TO_FIVE)
    return made


@pytest.fixture
def monday() -> datetime:
    """Midnight in Hà Nội of the Monday after next."""
    today = clock.now() + timedelta(hours=7)
    first = today - timedelta(days=today.weekday()) + timedelta(days=14)
    return datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(hours=7)
