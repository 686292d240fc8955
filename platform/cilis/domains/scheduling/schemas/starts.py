"""Free starts, and why an hour is none, as the API asks for them and shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from marshmallow import fields

from cilis.domains.experts import ServiceTerms
from cilis.domains.scheduling.types import Because, Explanation, Reason
from cilis.infra.http.schemas import Instant, Strict, one_of


class SlotArgs(Strict):
    """Which service's free starts, from when, until when: at most 62 days."""

    service_id = fields.UUID(required=True)
    since = Instant(required=True, data_key="from")
    until = Instant(required=True)


class SlotSchema(Strict):
    """One hour that can be held."""

    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)


class SlotsSchema(Strict):
    """Free starts, ascending. ``time_zone`` is the expert's."""

    service_id = fields.UUID(required=True)
    expert_id = fields.UUID(required=True)
    time_zone = fields.String(required=True)
    slots = fields.List(fields.Nested(SlotSchema), required=True)


class ExplanationArgs(Strict):
    """Which service, and either one start or all of a day on the expert's clock."""

    service_id = fields.UUID(required=True)
    starts_at = Instant(load_default=None)
    day = fields.Date(load_default=None)


class BecauseSchema(Strict):
    """One reason against a start, and what it comes of; what does not belong to it is null.

    ``at``: the first start that the notice allows, or the last that may be booked yet, or the
    first moment of the session at which nothing is open. ``limit``: minutes of the grid, or the
    most sessions of the day or week. ``mode`` and ``place``: what the hours of ``rule_id`` or
    ``exception_id`` are kept for, which is not the service's.
    """

    reason = fields.String(required=True, validate=one_of(*(one.value for one in Reason)))
    exception_id = fields.UUID(required=True, allow_none=True)
    rule_id = fields.UUID(required=True, allow_none=True)
    mode = fields.String(required=True)
    place = fields.String(required=True)
    booking_id = fields.UUID(required=True, allow_none=True)
    calendar_id = fields.UUID(required=True, allow_none=True)
    label = fields.String(required=True)
    at = fields.AwareDateTime(required=True, allow_none=True)
    limit = fields.Integer(required=True, allow_none=True)


class ExplanationSchema(Strict):
    """Whether a start is free, and why: the deciding reason first.

    ``wall`` is the time on the expert's clock; a time that the clock skips has no ``starts_at``.
    ``rule_ids`` and ``extra_ids`` name what opens the session's hours.
    """

    wall = fields.NaiveDateTime(required=True)
    starts_at = fields.AwareDateTime(required=True, allow_none=True)
    free = fields.Boolean(required=True)
    against = fields.List(fields.Nested(BecauseSchema), required=True)
    rule_ids = fields.List(fields.UUID(), required=True)
    extra_ids = fields.List(fields.UUID(), required=True)


class ExplanationsSchema(Strict):
    """Explanations in the order of the clock. ``time_zone`` is the expert's."""

    service_id = fields.UUID(required=True)
    expert_id = fields.UUID(required=True)
    time_zone = fields.String(required=True)
    items = fields.List(fields.Nested(ExplanationSchema), required=True)


def slots(terms: ServiceTerms, starts: Sequence[datetime]) -> dict[str, Any]:
    """Free starts as the API shows them."""
    return {
        "service_id": terms.id,
        "expert_id": terms.expert_id,
        "time_zone": terms.time_zone,
        "slots": [{"starts_at": start, "ends_at": start + terms.length} for start in starts],
    }


def explanations(terms: ServiceTerms, found: Sequence[Explanation]) -> dict[str, Any]:
    """Explanations as the API shows them."""
    items = [
        {
            "wall": one.wall,
            "starts_at": one.starts_at,
            "free": one.is_free,
            "against": [_because(reason) for reason in one.against],
            "rule_ids": [rule.id for rule in one.rules],
            "extra_ids": [extra.id for extra in one.extra],
        }
        for one in found
    ]
    return {
        "service_id": terms.id,
        "expert_id": terms.expert_id,
        "time_zone": terms.time_zone,
        "items": items,
    }


def _because(one: Because) -> dict[str, Any]:
    venue = one.venue
    return {
        "reason": one.reason.value,
        "exception_id": one.exception.id if one.exception else None,
        "rule_id": one.rule.id if one.rule else None,
        "mode": venue.mode,
        "place": venue.place,
        "booking_id": one.holder_id,
        "calendar_id": one.source_id,
        "label": one.exception.label if one.exception else one.label,
        "at": one.at,
        "limit": one.limit or None,
    }
