"""Changing the weekly hours, the grid of starts and the limits of a day and a week.

Writers of one expert's hours queue on the calendar's row: two forms sent at once cannot both add
what only one of them may.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.scheduling import queries
from cilis.domains.scheduling.errors import RuleNotFound
from cilis.domains.scheduling.events import HoursChanged
from cilis.domains.scheduling.models import Calendar, WeeklyHours
from cilis.domains.scheduling.service.checks import (
    check_kept,
    check_limits,
    check_minutes,
    check_period,
    check_places,
    check_rules,
    check_venue,
)
from cilis.domains.scheduling.service.exceptions import lock_calendar, write_exceptions
from cilis.domains.scheduling.types import EVERYTHING, DayException, Period, Venue, WeeklyRule
from cilis.infra import audit, idempotency, outbox
from cilis.infra.db import transaction
from cilis.kit import ids


def set_week(
    expert_id: UUID,
    rules: Sequence[WeeklyRule],
    *,
    step_minutes: int | None = None,
    most_per_day: int | None = None,
    most_per_week: int | None = None,
    actor: UUID | None = None,
) -> None:
    """Replace all weekly hours of an expert; grid and limits change only if they are given.

    Raises:
        InvalidInput: times out of order, two rules that overlap, an unknown grid or limit.
    """
    check_rules(rules)
    limits = _limits(step_minutes, most_per_day, most_per_week)
    with transaction() as session:
        lock_calendar(session, expert_id)
        _check_places(session, expert_id, rules)
        _write_limits(session, expert_id, limits)
        _write_week(session, expert_id, rules)
        _tell(session, expert_id, actor, {"rules": len(rules)})
        idempotency.made(session, expert_id)


def set_limits(
    expert_id: UUID,
    *,
    step_minutes: int,
    most_per_day: int,
    most_per_week: int,
    actor: UUID | None = None,
) -> None:
    """Set the grid of starts and how many sessions a day and a week may have (0: any number).

    Raises:
        InvalidInput: an unknown grid or limit.
    """
    limits = _limits(step_minutes, most_per_day, most_per_week)
    with transaction() as session:
        lock_calendar(session, expert_id)
        _write_limits(session, expert_id, limits)
        _tell(session, expert_id, actor, limits)


def set_pattern(
    expert_id: UUID,
    old: Period | None,
    new: Period,
    rules: Sequence[WeeklyRule],
    *,
    was_for: Venue = EVERYTHING,
    instead: bool = False,
    actor: UUID | None = None,
) -> None:
    """Write one week that holds in a period; without rules the old one is gone.

    Args:
        expert_id: whose.
        old: the period of the week that is replaced; None adds one.
        new: the period in which it holds from now on.
        rules: its hours, in any period, and what they are kept for from now on.
        was_for: what the week that is replaced was kept for.
        instead: end what else holds in that time before it, and begin it again afterwards.
        actor: who does it.

    Raises:
        InvalidInput: times out of order, two weeks that overlap, or a ``place`` without services.
    """
    check_period(new)
    for rule in rules:
        check_venue(rule.venue)
        check_minutes("rules", rule.start_minute, rule.end_minute)
    with transaction() as session:
        lock_calendar(session, expert_id)
        every = queries.week(session, expert_id)
        for place in {rule.place for rule in rules}:
            check_places(session, expert_id, {"place": place}, (one.place for one in every))
        kept = [one for one in every if (one.period, one.venue) != (old, was_for)]
        if instead and rules:
            kept = [part for one in kept for part in _cut(one, new)]
        whole = list(dict.fromkeys([*kept, *(rule.within(new) for rule in rules)]))
        check_rules(whole)
        _write_week(session, expert_id, whole)
        _tell(session, expert_id, actor, {"rules": len(whole)})


def add_rule(expert_id: UUID, rule: WeeklyRule, *, actor: UUID | None = None) -> UUID:
    """Open hours of one weekday; returns the rule's id.

    Raises:
        InvalidInput: times out of order, or hours that overlap others.
    """
    made = replace(rule, id=ids.new())
    with transaction() as session:
        lock_calendar(session, expert_id)
        every = queries.week(session, expert_id)
        check_rules([made, *every])
        check_places(session, expert_id, {"place": made.place}, (one.place for one in every))
        session.execute(sa.insert(WeeklyHours), [_row(expert_id, made)])
        _tell(session, expert_id, actor, {"rule": str(made.id)})
        assert made.id is not None  # noqa: S101 - tells mypy
        idempotency.made(session, made.id)
    return made.id


def change_rule(
    expert_id: UUID, rule_id: UUID, rule: WeeklyRule, *, actor: UUID | None = None
) -> None:
    """Let a rule open other hours.

    Raises:
        RuleNotFound: the expert has no such rule.
        InvalidInput: times out of order, or hours that overlap others.
    """
    changed = replace(rule, id=rule_id)
    with transaction() as session:
        lock_calendar(session, expert_id)
        every = queries.week(session, expert_id)
        others = [one for one in every if one.id != rule_id]
        if len(others) == len(every):
            raise RuleNotFound(f"no rule {rule_id} of {expert_id}")
        check_rules([changed, *others])
        check_places(session, expert_id, {"place": changed.place}, (one.place for one in every))
        values = _row(expert_id, changed)
        session.execute(sa.update(WeeklyHours).where(WeeklyHours.id == rule_id).values(values))
        _tell(session, expert_id, actor, {"rule": str(rule_id)})


def remove_rule(expert_id: UUID, rule_id: UUID, *, actor: UUID | None = None) -> None:
    """Close the hours of a rule; raises RuleNotFound."""
    with transaction() as session:
        lock_calendar(session, expert_id)
        gone = session.execute(
            sa.delete(WeeklyHours)
            .where(WeeklyHours.id == rule_id, WeeklyHours.expert_id == expert_id)
            .returning(WeeklyHours.id)
        ).scalar()
        if gone is None:
            raise RuleNotFound(f"no rule {rule_id} of {expert_id}")
        _tell(session, expert_id, actor, {"rule": str(rule_id)})


def import_hours(
    session: Session,
    expert_id: UUID,
    rules: Sequence[WeeklyRule],
    exceptions: Sequence[DayException] = (),
    step_minutes: int | None = None,
    most_per_day: int | None = None,
    most_per_week: int | None = None,
) -> None:
    """Set an expert's week and add exceptions, for packs and the demo."""
    check_rules(rules)
    limits = _limits(step_minutes, most_per_day, most_per_week)
    for exception in exceptions:
        check_minutes("start", exception.start_minute, exception.end_minute)
        check_kept(exception)
    lock_calendar(session, expert_id)
    _write_week(session, expert_id, rules)
    write_exceptions(session, expert_id, exceptions)
    _write_limits(session, expert_id, limits)
    outbox.emit(session, HoursChanged(expert_id=expert_id), subject=expert_id)


def _cut(rule: WeeklyRule, period: Period) -> list[WeeklyRule]:
    if not rule.period.overlaps(period):
        return [rule]
    return [rule.within(part) for part in rule.period.without(period)]


def _tell(session: Session, expert_id: UUID, actor: UUID | None, detail: dict[str, Any]) -> None:
    audit.record(session, "scheduling.hours_changed", expert_id, actor=actor, detail=detail)
    outbox.emit(session, HoursChanged(expert_id=expert_id), subject=expert_id)


def _write_week(session: Session, expert_id: UUID, rules: Sequence[WeeklyRule]) -> None:
    """Write what changed; a rule that stays keeps its id."""
    present = {one: one.id for one in queries.week(session, expert_id)}
    gone = [rule_id for one, rule_id in present.items() if one not in set(rules)]
    if gone:
        session.execute(sa.delete(WeeklyHours).where(WeeklyHours.id.in_(gone)))
    rows = [_row(expert_id, replace(one, id=ids.new())) for one in rules if one not in present]
    if rows:
        session.execute(sa.insert(WeeklyHours), rows)


def _row(expert_id: UUID, rule: WeeklyRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "expert_id": expert_id,
        "weekday": rule.weekday,
        "start_minute": rule.start_minute,
        "end_minute": rule.end_minute,
        "valid_from": rule.valid_from,
        "valid_until": rule.valid_until,
        "mode": rule.mode,
        "place": rule.place,
    }


def _check_places(session: Session, expert_id: UUID, rules: Sequence[WeeklyRule]) -> None:
    wanted = {f"rules.{number}.place": rule.place for number, rule in enumerate(rules)}
    if any(wanted.values()):
        kept = (one.place for one in queries.week(session, expert_id))
        check_places(session, expert_id, wanted, kept)


def _limits(
    step_minutes: int | None, most_per_day: int | None, most_per_week: int | None
) -> dict[str, int]:
    """Those that are given, checked."""
    check_limits(step_minutes, most_per_day, most_per_week)
    given = {
        "step_minutes": step_minutes,
        "most_per_day": most_per_day,
        "most_per_week": most_per_week,
    }
    return {name: value for name, value in given.items() if value is not None}


def _write_limits(session: Session, expert_id: UUID, limits: dict[str, int]) -> None:
    if limits:
        session.execute(sa.update(Calendar).where(Calendar.expert_id == expert_id).values(limits))
