"""Figures and the book of deeds, for programs of the staff."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.analytics import queries, schemas, service
from cilis.domains.analytics.types import Period
from cilis.infra import audit
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.paging import page_response, page_schema
from cilis.infra.http.policies import policy

_figures = ApiBlueprint(
    "figures", __name__, url_prefix="/api/v1/figures", description="How it goes, over time."
)
_entries = ApiBlueprint(
    "audit-entries",
    __name__,
    url_prefix="/api/v1/audit-entries",
    description="Who did what to which thing.",
)
blueprints = (_figures, _entries)


@_figures.get("")
@policy("admin", "support")
@_figures.arguments(schemas.FiguresArgs, location="query")
@_figures.response(200, schemas.FiguresSchema)
def show_figures(wanted: dict[str, Any]) -> dict[str, Any]:
    """Every measure over a period, point by point, beside as many days before."""
    step = wanted.pop("step")
    with reading() as session:
        return schemas.figures_out(queries.figures(session, _period(session, wanted), step))


@_figures.get("/experts")
@policy("admin", "support")
@_figures.arguments(schemas.TopArgs, location="query")
@_figures.response(200, schemas.RankingSchema)
def list_top_experts(wanted: dict[str, Any]) -> dict[str, Any]:
    """The experts with the most sessions in a period."""
    limit = wanted.pop("limit")
    with reading() as session:
        period = _period(session, wanted)
        currency = tenants.organization(session).currency
        found = queries.top_experts(session, period, limit)
    return schemas.ranking_out(period, currency, list(found))


@_figures.get("/topics")
@policy("admin", "support")
@_figures.arguments(schemas.TopArgs, location="query")
@_figures.response(200, schemas.RankingSchema)
def list_top_topics(wanted: dict[str, Any]) -> dict[str, Any]:
    """The topics with the most sessions in a period; the last may be all others together."""
    limit = wanted.pop("limit")
    with reading() as session:
        period = _period(session, wanted)
        currency = tenants.organization(session).currency
        found = queries.top_topics(session, period, limit)
    return schemas.ranking_out(period, currency, list(found))


@_entries.get("")
@policy("admin")
@_entries.arguments(schemas.EntriesArgs, location="query")
@_entries.response(200, page_schema(schemas.EntrySchema))
def list_entries(wanted: dict[str, Any]) -> dict[str, Any]:
    """Lines of the book, the latest first."""
    cursor, limit = wanted.pop("cursor"), wanted.pop("limit")
    with reading() as session:
        page = audit.page(session, audit.Question(**wanted), cursor=cursor, limit=limit)
    return page_response(page, schemas.entry_out)


def _period(session: Session, wanted: dict[str, Any]) -> Period:
    return service.asked_period(queries.today(session), **wanted)
