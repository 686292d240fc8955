"""What the room says over HTTP, and what it is asked."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from cilis.domains.analytics.service import PRESETS
from cilis.domains.analytics.types import (
    TOP,
    Figures,
    Measure,
    Period,
    Point,
    Ranked,
    Series,
    Step,
    Unit,
)
from cilis.infra import audit
from cilis.infra.http.paging import PageArgs
from cilis.infra.http.schemas import Instant, Strict, Text, between, one_of


class PeriodArgs(Strict):
    """Which days: a preset, or both ends; the last 30 days when nothing is given."""

    preset = fields.String(data_key="period", load_default="", validate=one_of("", *PRESETS))
    first = fields.Date(data_key="from", load_default=None, allow_none=True)
    last = fields.Date(data_key="until", load_default=None, allow_none=True)


class FiguresArgs(PeriodArgs):
    """Query of GET /api/v1/figures."""

    step = fields.Enum(Step, by_value=True, load_default=None, allow_none=True)


class TopArgs(PeriodArgs):
    """Query of the lists of experts and topics."""

    limit = fields.Integer(load_default=TOP, validate=between(1, 100))


class PeriodSchema(Strict):
    """Days, both ends included."""

    first = fields.Date(data_key="from", required=True)
    last = fields.Date(data_key="until", required=True)


class PointSchema(PeriodSchema):
    """What was in these days, and in as many days one period earlier."""

    value = fields.Float(required=True, allow_none=True)
    before = fields.Float(required=True, allow_none=True)


class SeriesSchema(Strict):
    """One measure; money is in minor units, a share in percent, null where nothing is known."""

    measure = fields.Enum(Measure, by_value=True, required=True)
    unit = fields.Enum(Unit, by_value=True, required=True)
    value = fields.Float(required=True, allow_none=True)
    before = fields.Float(required=True, allow_none=True)
    points = fields.List(fields.Nested(PointSchema), required=True)


class FiguresSchema(Strict):
    """All measures over a period, beside the one before.

    Days are those of the organization's time zone. ``estimated_until``: up to this day the
    offered hours are estimated from the weekly hours that hold today.
    """

    period = fields.Nested(PeriodSchema, required=True)
    before = fields.Nested(PeriodSchema, required=True)
    step = fields.Enum(Step, by_value=True, required=True)
    currency = fields.String(required=True)
    offered_minutes = fields.Integer(required=True)
    estimated_until = fields.Date(required=True, allow_none=True)
    series = fields.List(fields.Nested(SeriesSchema), required=True)


class RankedSchema(Strict):
    """An expert or a topic with its sessions; ``id`` null stands for all others together."""

    id = fields.UUID(required=True, allow_none=True)
    sessions = fields.Integer(required=True)
    sessions_before = fields.Integer(required=True)
    cancelled = fields.Integer(required=True)
    value_minor = fields.Integer(required=True)


class RankingSchema(Strict):
    """The most sessions first."""

    period = fields.Nested(PeriodSchema, required=True)
    currency = fields.String(required=True)
    items = fields.List(fields.Nested(RankedSchema), required=True)


class EntriesArgs(PageArgs):
    """Query of GET /api/v1/audit-entries."""

    actor_id = fields.UUID(load_default=None, allow_none=True)
    subject_id = fields.UUID(load_default=None, allow_none=True)
    action = Text(load_default="", most=80)
    since = Instant(load_default=None, allow_none=True)
    until = Instant(load_default=None, allow_none=True)


class EntrySchema(Strict):
    """One line of the book of who did what to which thing; nobody means the system."""

    id = fields.UUID(required=True)
    at = Instant(required=True)
    action = fields.String(required=True)
    actor_id = fields.UUID(required=True, allow_none=True)
    subject_id = fields.UUID(required=True, allow_none=True)
    detail = fields.Dict(keys=fields.String(), required=True)


def figures_out(figures: Figures) -> dict[str, Any]:
    """Figures as the API shows them."""
    return {
        "period": figures.period,
        "before": figures.period.before,
        "step": figures.step,
        "currency": figures.currency,
        "offered_minutes": figures.open_minutes,
        "estimated_until": figures.estimated_until,
        "series": [_series_out(one) for one in figures.series],
    }


def _series_out(series: Series) -> dict[str, Any]:
    return {
        "measure": series.measure,
        "unit": series.unit,
        "value": series.value,
        "before": series.before,
        "points": [_point_out(point) for point in series.points],
    }


def _point_out(point: Point) -> dict[str, Any]:
    return {
        "first": point.period.first,
        "last": point.period.last,
        "value": point.value,
        "before": point.before,
    }


def ranked_out(ranked: Ranked) -> dict[str, Any]:
    """One place of a ranking as the API shows it."""
    return {
        "id": ranked.id,
        "sessions": ranked.sessions,
        "sessions_before": ranked.before,
        "cancelled": ranked.cancelled,
        "value_minor": ranked.value_minor,
    }


def ranking_out(period: Period, currency: str, items: list[Ranked]) -> dict[str, Any]:
    """A ranking as the API shows it."""
    return {"period": period, "currency": currency, "items": [ranked_out(one) for one in items]}


def entry_out(line: audit.Line) -> dict[str, Any]:
    """A line of the book as the API shows it."""
    return {
        "id": line.id,
        "at": line.at,
        "action": line.action,
        "actor_id": line.actor_id,
        "subject_id": line.subject_id,
        "detail": dict(line.detail),
    }
