"""The hours of the demo's experts: what differs from the week in the time to come."""

from __future__ import annotations

import random
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session as Database

from cilis.cli.fill.history import COMING_DAYS
from cilis.cli.fill.seed import SeedExpert
from cilis.domains import scheduling
from cilis.domains.scheduling import DayException, ExceptionKind, Period, WeeklyRule
from cilis.kit import clock

_STEP = 30
_WEEKS_UNTIL_SPRING = 12
_LUNCH = (12 * 60, 14 * 60)
_EVENING = (18 * 60, 20 * 60)
_SATURDAY = 5


def put_hours(session: Database, expert_id: UUID, one: SeedExpert, zone: str) -> None:
    """The week of the seed; for some also time off, an extra evening, more hours from spring on."""
    dice = random.Random(f"hours of {one.slug}")  # noqa: S311 - the same demo every time
    today = _today(zone)
    rules = [
        WeeklyRule(block.weekday, block.start, block.end, mode=block.mode) for block in one.week
    ]
    scheduling.import_hours(
        session,
        expert_id,
        [*rules, *_spring(rules, today, dice)],
        _exceptions(rules, today, dice),
        step_minutes=_STEP,
        most_per_day=dice.choice((0, 0, 0, 6)),
    )


def _exceptions(rules: list[WeeklyRule], today: date, dice: random.Random) -> list[DayException]:
    """After what is agreed already: a free afternoon, and an hour that is offered once."""
    found = []
    first = today + timedelta(days=COMING_DAYS + 2 + dice.randrange(5))
    off = next((day for day in _days(first, 7) if _works(rules, day)), None)
    if off is not None:
        found.append(DayException(off, *dice.choice((_LUNCH, (0, 1440))), ExceptionKind.OFF))
    extra = next((day for day in _days(first, 7) if not _works(rules, day)), None)
    if extra is not None and extra.weekday() < _SATURDAY:
        found.append(DayException(extra, *_EVENING, ExceptionKind.EXTRA))
    return found


def _spring(rules: list[WeeklyRule], today: date, dice: random.Random) -> list[WeeklyRule]:
    """From spring on, one in four also works on an evening that is free until then."""
    if dice.randrange(4):
        return []
    since = today + timedelta(weeks=_WEEKS_UNTIL_SPRING)
    taken = {rule.weekday for rule in rules}
    free = [weekday for weekday in range(_SATURDAY) if weekday not in taken]
    return [WeeklyRule(weekday, *_EVENING).within(Period(since, None)) for weekday in free[:1]]


def _days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=number) for number in range(count)]


def _works(rules: list[WeeklyRule], day: date) -> bool:
    return any(rule.holds_on(day) for rule in rules)


def _today(zone: str) -> date:
    return clock.now().astimezone(ZoneInfo(zone)).date()
