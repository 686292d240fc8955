"""Taking and giving back time, and changing the hours that are offered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import combinations
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.orm import Session

from cilis.domains.experts import ServiceTerms
from cilis.domains.scheduling.errors import ExceptionNotFound
from cilis.domains.scheduling.events import ClaimReleased, ClaimTaken, HoursChanged
from cilis.domains.scheduling.models import Calendar, Claim, HoursException, WeeklyHours
from cilis.domains.scheduling.types import (
    DAY_MINUTES,
    STEPS,
    DayException,
    WeeklyRule,
    Window,
)
from cilis.infra import audit, idempotency, outbox
from cilis.infra.db import insert_or_nothing, transaction
from cilis.kit import ids
from cilis.kit.errors import InvalidInput

MAX_RULES = 100
MAX_EXCEPTIONS = 1_000
_UUID_HALF = (1 << 63) - 1


def claim(
    session: Session, terms: ServiceTerms, starts_at: datetime, holder_id: UUID
) -> UUID | None:
    """Take a session's time with its buffers; None when somebody else holds part of it.

    Only PostgreSQL decides. A transaction that takes several claims takes them before it
    releases any, or goes through `move`: otherwise two of them could wait for each other.
    """
    during = _during(terms, starts_at)
    return _take(session, terms.expert_id, during, holder_id)


def claim_span(session: Session, expert_id: UUID, window: Window, holder_id: UUID) -> UUID | None:
    """Take an expert's time without asking for a service; None when part of it is held."""
    return _take(session, expert_id, Range(*window, bounds="[)"), holder_id)


def release(session: Session, claim_id: UUID) -> bool:
    """Give the time back; False when it was given back before."""
    expert_id = (
        session.connection()
        .execute(
            sa.update(Claim)
            .where(Claim.id == claim_id, Claim.live)
            .values(live=False)
            .returning(Claim.expert_id)
        )
        .scalar()
    )
    if expert_id is None:
        return False
    outbox.emit(session, ClaimReleased(expert_id=expert_id, claim_id=claim_id), subject=expert_id)
    return True


def retake(session: Session, claim_id: UUID) -> UUID | None:
    """Claim the same time again for the same holder; None when it is taken meanwhile."""
    found = (
        session.connection()
        .execute(
            sa.select(Claim.expert_id, Claim.during, Claim.holder_id).where(Claim.id == claim_id)
        )
        .one()
    )
    return _take(session, found.expert_id, found.during, found.holder_id)


def move(
    session: Session, claim_id: UUID, terms: ServiceTerms, starts_at: datetime, holder_id: UUID
) -> UUID | None:
    """Give one claim back and take another in its place, which may overlap the first.

    After None the caller must roll back, or the first claim is lost. Moves within one expert's
    time queue behind each other, so that two that swap places cannot lock each other out.
    """
    queue = terms.expert_id.int & _UUID_HALF
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.cast(queue, sa.BigInteger))))
    release(session, claim_id)
    return claim(session, terms, starts_at, holder_id)


def set_week(
    expert_id: UUID,
    rules: Sequence[WeeklyRule],
    *,
    step_minutes: int | None = None,
    actor: UUID | None = None,
) -> None:
    """Replace an expert's week; the grid of starts changes only if it is given.

    Raises:
        InvalidInput: times out of order, two rules that overlap, or an unknown grid.
    """
    _check_rules(rules)
    _check_step(step_minutes)
    with transaction() as session:
        _write_week(session, expert_id, rules)
        if step_minutes is not None:
            _write_step(session, expert_id, step_minutes)
        audit.record(
            session,
            "scheduling.hours_changed",
            expert_id,
            actor=actor,
            detail={"rules": len(rules)},
        )
        outbox.emit(session, HoursChanged(expert_id=expert_id), subject=expert_id)


def add_exception(expert_id: UUID, exception: DayException, *, actor: UUID | None = None) -> UUID:
    """Hours of one day off, or extra ones; returns the exception's id.

    Raises:
        InvalidInput: times out of order, or too many exceptions.
    """
    _check_minutes("start_minute", exception.start_minute, exception.end_minute)
    with transaction() as session:
        count = sa.select(sa.func.count()).where(HoursException.expert_id == expert_id)
        if (session.scalar(count) or 0) >= MAX_EXCEPTIONS:
            raise InvalidInput({"day": ["too_many"]})
        made = _write_exceptions(session, expert_id, [exception])[0]
        audit.record(
            session,
            "scheduling.exception_added",
            expert_id,
            actor=actor,
            detail={"day": exception.day.isoformat(), "kind": exception.kind.value},
        )
        outbox.emit(session, HoursChanged(expert_id=expert_id), subject=expert_id)
        idempotency.made(session, made)
    return made


def remove_exception(expert_id: UUID, exception_id: UUID, *, actor: UUID | None = None) -> None:
    """Let the day follow the week's rule again; raises ExceptionNotFound."""
    with transaction() as session:
        gone = session.execute(
            sa.delete(HoursException).where(
                HoursException.id == exception_id, HoursException.expert_id == expert_id
            )
        )
        if not gone.rowcount:  # type: ignore[attr-defined]  # a CursorResult, says the manual
            raise ExceptionNotFound(f"no exception {exception_id} of {expert_id}")
        audit.record(session, "scheduling.exception_removed", expert_id, actor=actor)
        outbox.emit(session, HoursChanged(expert_id=expert_id), subject=expert_id)


def import_hours(
    session: Session,
    expert_id: UUID,
    rules: Sequence[WeeklyRule],
    exceptions: Sequence[DayException] = (),
    step_minutes: int | None = None,
) -> None:
    """Set an expert's week and add exceptions, for packs and the demo."""
    _check_rules(rules)
    _check_step(step_minutes)
    for exception in exceptions:
        _check_minutes("start_minute", exception.start_minute, exception.end_minute)
    _write_week(session, expert_id, rules)
    _write_exceptions(session, expert_id, exceptions)
    if step_minutes is not None:
        _write_step(session, expert_id, step_minutes)
    outbox.emit(session, HoursChanged(expert_id=expert_id), subject=expert_id)


def _during(terms: ServiceTerms, starts_at: datetime) -> Range[datetime]:
    ends_at = starts_at + terms.length
    return Range(starts_at - terms.before, ends_at + terms.after, bounds="[)")


def _take(
    session: Session, expert_id: UUID, during: Range[datetime], holder_id: UUID
) -> UUID | None:
    claim_id = ids.new()
    row = {
        "id": claim_id,
        "expert_id": expert_id,
        "during": during,
        "live": True,
        "holder_id": holder_id,
    }
    taken = session.connection().execute(_TAKE, row)
    if taken.rowcount == 0:
        return None
    outbox.emit(session, ClaimTaken(expert_id=expert_id, claim_id=claim_id), subject=expert_id)
    return claim_id


# Without the option the count is -1 once the cursor is closed, and a lost hour looks won.
_TAKE = insert_or_nothing(Claim).execution_options(preserve_rowcount=True)


def _write_week(session: Session, expert_id: UUID, rules: Sequence[WeeklyRule]) -> None:
    session.execute(sa.delete(WeeklyHours).where(WeeklyHours.expert_id == expert_id))
    rows: list[dict[str, Any]] = [
        {
            "id": ids.new(),
            "expert_id": expert_id,
            "weekday": rule.weekday,
            "start_minute": rule.start_minute,
            "end_minute": rule.end_minute,
            "valid_from": rule.valid_from,
            "valid_until": rule.valid_until,
        }
        for rule in rules
    ]
    if rows:
        session.execute(sa.insert(WeeklyHours), rows)


def _write_exceptions(
    session: Session, expert_id: UUID, exceptions: Iterable[DayException]
) -> list[UUID]:
    rows: list[dict[str, Any]] = [
        {
            "id": ids.new(),
            "expert_id": expert_id,
            "day": exception.day,
            "start_minute": exception.start_minute,
            "end_minute": exception.end_minute,
            "kind": exception.kind,
        }
        for exception in exceptions
    ]
    if rows:
        session.execute(sa.insert(HoursException), rows)
    return [row["id"] for row in rows]


def _write_step(session: Session, expert_id: UUID, step_minutes: int) -> None:
    row = {"expert_id": expert_id, "step_minutes": step_minutes}
    session.execute(
        insert(Calendar)
        .values(row)
        .on_conflict_do_update(
            index_elements=[Calendar.expert_id], set_={"step_minutes": step_minutes}
        )
    )


def _check_rules(rules: Sequence[WeeklyRule]) -> None:
    if len(rules) > MAX_RULES:
        raise InvalidInput({"rules": ["too_many"]})
    for number, rule in enumerate(rules):
        if not 0 <= rule.weekday <= 6:
            raise InvalidInput({f"rules.{number}.weekday": ["out_of_range"]})
        _check_minutes(f"rules.{number}.start_minute", rule.start_minute, rule.end_minute)
        if rule.valid_from and rule.valid_until and rule.valid_until < rule.valid_from:
            raise InvalidInput({f"rules.{number}.valid_until": ["must_be_later"]})
    if any(_overlap(one, other) for one, other in combinations(rules, 2)):
        raise InvalidInput({"rules": ["overlapping"]})


def _overlap(one: WeeklyRule, other: WeeklyRule) -> bool:
    if one.weekday != other.weekday:
        return False
    if one.valid_until and other.valid_from and one.valid_until < other.valid_from:
        return False
    if other.valid_until and one.valid_from and other.valid_until < one.valid_from:
        return False
    return one.start_minute < other.end_minute and other.start_minute < one.end_minute


def _check_minutes(field: str, start: int, end: int) -> None:
    if not 0 <= start < end <= DAY_MINUTES:
        raise InvalidInput({field: ["must_be_before_end"]})


def _check_step(step_minutes: int | None) -> None:
    if step_minutes is not None and step_minutes not in STEPS:
        raise InvalidInput({"step_minutes": ["not_a_choice"]})
