"""Weeks, exceptions and calendars over the API. Wall-clock times are "HH:MM", up to "24:00"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, validate
from typing_extensions import override

from cilis.domains import experts
from cilis.domains.scheduling.types import (
    DAY_MINUTES,
    MOST_PER_DAY,
    MOST_PER_WEEK,
    STEPS,
    DayException,
    Entry,
    EntryKind,
    ExceptionKind,
    Hours,
    WeeklyRule,
)
from cilis.infra.http.schemas import Instant, Strict, Text, between, one_of

_WALL = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)$")


class WallTime(fields.Field[int]):
    """A time of day as "HH:MM", minutes from midnight inside; "24:00" ends a day."""

    @override
    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> str:
        del attr, obj, more
        return f"{value // 60:02d}:{value % 60:02d}"

    @override
    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> int:
        del attr, data, more
        if value == "24:00":
            return DAY_MINUTES
        found = _WALL.match(value) if isinstance(value, str) else None
        if found is None:
            raise ValidationError("not_a_time")
        return int(found[1]) * 60 + int(found[2])


def mode_field() -> fields.String:
    """How services are held that hours are kept for; empty: any."""
    return fields.String(
        load_default="", validate=one_of("", *(mode.value for mode in experts.ServiceMode))
    )


class RuleInputSchema(Strict):
    """Open hours of one weekday, Monday is 0, in the expert's own zone.

    ``valid_from`` and ``valid_until`` are the first and the last day on which they hold. ``mode``
    keeps them for services that are held like that, ``place`` for those at one address of sessions
    in person; empty is for all.
    """

    weekday = fields.Integer(required=True, strict=True, validate=between(0, 6))
    start = WallTime(required=True, attribute="start_minute")
    end = WallTime(required=True, attribute="end_minute")
    valid_from = fields.Date(load_default=None, allow_none=True)
    valid_until = fields.Date(load_default=None, allow_none=True)
    mode = mode_field()
    place = Text(load_default="", most=200)


class RuleSchema(RuleInputSchema):
    """A rule as it is kept."""

    id = fields.UUID(required=True)


class ExceptionInputSchema(Strict):
    """Hours of one day off or extra; the whole day unless said otherwise.

    Extra hours may be kept for one ``mode`` and ``place`` as rules may; empty is for all.
    """

    day = fields.Date(required=True)
    start = WallTime(load_default=0, attribute="start_minute")
    end = WallTime(load_default=DAY_MINUTES, attribute="end_minute")
    kind = fields.String(required=True, validate=one_of(*(kind.value for kind in ExceptionKind)))
    mode = mode_field()
    place = Text(load_default="", most=200)


class ExceptionSchema(Strict):
    """An exception as it is kept."""

    id = fields.UUID(required=True)
    day = fields.Date(required=True)
    start = WallTime(required=True, attribute="start_minute")
    end = WallTime(required=True, attribute="end_minute")
    kind = fields.String(required=True)
    label = fields.String(required=True)
    mode = fields.String(required=True)
    place = fields.String(required=True)


class WeekInputSchema(Strict):
    """The whole week; it replaces the one before."""

    rules = fields.List(
        fields.Nested(RuleInputSchema),
        required=True,
        validate=validate.Length(max=100, error="too_many"),
    )
    step_minutes = fields.Integer(
        load_default=None, allow_none=True, validate=validate.OneOf(STEPS, error="not_a_choice")
    )
    most_per_day = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=between(0, MOST_PER_DAY)
    )
    most_per_week = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=between(0, MOST_PER_WEEK)
    )


class WeekSchema(Strict):
    """The hours of an expert as they are kept; a limit of 0 is none. A week begins on Monday."""

    expert_id = fields.UUID(required=True)
    rules = fields.List(fields.Nested(RuleSchema), required=True)
    exceptions = fields.List(fields.Nested(ExceptionSchema), required=True)
    step_minutes = fields.Integer(required=True)
    most_per_day = fields.Integer(required=True)
    most_per_week = fields.Integer(required=True)


class EntryArgs(Strict):
    """From when, until when: at most 62 days."""

    since = Instant(required=True, data_key="from")
    until = Instant(required=True)


class EntrySchema(Strict):
    """One span of a calendar: open hours, an exception, or time that is taken.

    ``outside`` is an entry of a connected calendar (``calendar_id``, its name is the ``label``);
    ``unreadable`` is not offered because that calendar cannot be read. ``mode`` and ``place`` are
    those that open or extra hours are kept for; empty is for all.
    """

    kind = fields.String(required=True, validate=one_of(*(kind.value for kind in EntryKind)))
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    exception_id = fields.UUID(required=True, allow_none=True)
    label = fields.String(required=True)
    booking_id = fields.UUID(required=True, allow_none=True)
    calendar_id = fields.UUID(required=True, allow_none=True)
    mode = fields.String(required=True)
    place = fields.String(required=True)


class CalendarSchema(Strict):
    """What is on an expert's calendar, in order of time. ``time_zone`` is the expert's."""

    expert_id = fields.UUID(required=True)
    time_zone = fields.String(required=True)
    items = fields.List(fields.Nested(EntrySchema), required=True)


def rules_of(loaded: Sequence[dict[str, Any]]) -> list[WeeklyRule]:
    """Rules as they came in."""
    return [WeeklyRule(**rule) for rule in loaded]


def exception_of(loaded: dict[str, Any]) -> DayException:
    """An exception as it came in."""
    return DayException(**{**loaded, "kind": ExceptionKind(loaded["kind"])})


def week(hours: Hours) -> dict[str, Any]:
    """Hours as the API shows them."""
    return {
        "expert_id": hours.expert_id,
        "rules": hours.weekly,
        "exceptions": hours.exceptions,
        "step_minutes": hours.step_minutes,
        "most_per_day": hours.most_per_day,
        "most_per_week": hours.most_per_week,
    }


def calendar(expert_id: UUID, zone: str, entries: Sequence[Entry]) -> dict[str, Any]:
    """A calendar as the API shows it."""
    items = [
        {
            "kind": entry.kind.value,
            "starts_at": entry.starts_at,
            "ends_at": entry.ends_at,
            "exception_id": entry.id,
            "label": entry.label,
            "booking_id": entry.holder_id,
            "calendar_id": entry.source_id,
            "mode": entry.venue.mode,
            "place": entry.venue.place,
        }
        for entry in entries
    ]
    return {"expert_id": expert_id, "time_zone": zone, "items": items}
