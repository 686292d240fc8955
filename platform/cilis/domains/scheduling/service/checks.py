"""What hours must be like before they are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import combinations
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import experts
from cilis.domains.experts import ServiceMode
from cilis.domains.scheduling.types import (
    DAY_MINUTES,
    DAYS,
    MOST_PER_DAY,
    MOST_PER_WEEK,
    STEPS,
    DayException,
    ExceptionKind,
    Period,
    Venue,
    WeeklyRule,
)
from cilis.kit import clock
from cilis.kit.errors import InvalidInput

MAX_RULES = 100
MAX_EXCEPTIONS = 1_000


def check_rules(rules: Sequence[WeeklyRule]) -> None:
    """Refuse times out of order and two rules that hold at once; raises InvalidInput."""
    if len(rules) > MAX_RULES:
        raise InvalidInput({"rules": ["too_many"]})
    for number, rule in enumerate(rules):
        if not 0 <= rule.weekday <= 6:
            raise InvalidInput({f"rules.{number}.weekday": ["out_of_range"]})
        check_minutes(f"rules.{number}.start", rule.start_minute, rule.end_minute)
        check_period(rule.period, f"rules.{number}.")
        check_venue(rule.venue, f"rules.{number}.")
    if any(_overlap(one, other) for one, other in combinations(rules, 2)):
        raise InvalidInput({"rules": ["overlapping"]})


def check_period(period: Period, prefix: str = "") -> None:
    """Refuse a period that ends before it begins, or lies far away; raises InvalidInput."""
    for name, day in (("valid_from", period.since), ("valid_until", period.until)):
        if day is not None and not _is_near(day):
            raise InvalidInput({f"{prefix}{name}": ["out_of_range"]})
    if period.since and period.until and period.until < period.since:
        raise InvalidInput({f"{prefix}valid_until": ["must_be_later"]})


def check_exception(exception: DayException) -> None:
    """Refuse times out of order, and days that are over; raises InvalidInput."""
    check_minutes("start", exception.start_minute, exception.end_minute)
    check_kept(exception)
    if not _is_near(exception.day):
        raise InvalidInput({"day": ["out_of_range"]})
    if exception.day < (clock.now() - timedelta(days=1)).date():  # today is yesterday somewhere
        raise InvalidInput({"day": ["day_is_over"]})


def check_kept(exception: DayException) -> None:
    """Refuse hours off that are kept for some sessions only; raises InvalidInput."""
    if exception.kind is ExceptionKind.OFF and not exception.venue.is_any:
        raise InvalidInput({"mode": ["extra_hours_only"]})
    check_venue(exception.venue)


def check_venue(venue: Venue, prefix: str = "") -> None:
    """Refuse an unknown mode, and a place where sessions have none; raises InvalidInput."""
    if venue.mode and venue.mode not in set(ServiceMode):
        raise InvalidInput({f"{prefix}mode": ["not_a_choice"]})
    if venue.place and venue.mode != ServiceMode.IN_PERSON:
        raise InvalidInput({f"{prefix}place": ["in_person_only"]})


def check_places(
    session: Session, expert_id: UUID, wanted: Mapping[str, str], kept: Iterable[str] = ()
) -> None:
    """Refuse places (by field) at which the expert holds no service; raises InvalidInput.

    A place whose hours are ``kept`` may stay: its service may have moved meanwhile.
    """
    missing = {field: place for field, place in wanted.items() if place}
    if not missing or set(missing.values()) <= (known := set(kept)):
        return
    known |= experts.places_of(session, expert_id)
    wrong = {field: ["not_a_choice"] for field, place in missing.items() if place not in known}
    if wrong:
        raise InvalidInput(wrong)


def check_minutes(field: str, start: int, end: int) -> None:
    """Refuse an end before its beginning; raises InvalidInput."""
    if not 0 <= start < end <= DAY_MINUTES:
        raise InvalidInput({field: ["must_be_before_end"]})


def check_limits(
    step_minutes: int | None, most_per_day: int | None, most_per_week: int | None
) -> None:
    """Refuse a grid that does not divide the day, and odd limits; raises InvalidInput."""
    if step_minutes is not None and step_minutes not in STEPS:
        raise InvalidInput({"step_minutes": ["not_a_choice"]})
    if most_per_day is not None and not 0 <= most_per_day <= MOST_PER_DAY:
        raise InvalidInput({"most_per_day": ["out_of_range"]})
    if most_per_week is not None and not 0 <= most_per_week <= MOST_PER_WEEK:
        raise InvalidInput({"most_per_week": ["out_of_range"]})


def _is_near(day: date) -> bool:
    return DAYS[0] <= day <= DAYS[1]


def _overlap(one: WeeklyRule, other: WeeklyRule) -> bool:
    return (
        one.weekday == other.weekday
        and one.start_minute < other.end_minute
        and other.start_minute < one.end_minute
        and one.period.overlaps(other.period)
        and one.venue.meets(other.venue)
    )
