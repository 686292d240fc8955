"""Reads of notices; every function joins the caller's session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.notifications.models import NoticeChoice, NoticeHours, NoticeRow
from cilis.domains.notifications.types import PAGE, Matter, NoticeState, Rules, Timing
from cilis.kit.errors import InvalidInput
from cilis.kit.pagination import Page, decode_cursor, encode_cursor

COUNTED = 99
"""A bell counts so far; beyond it says "99+"."""


def lock(session: Session, notice_id: UUID) -> NoticeRow | None:
    """One notice, locked until the transaction ends."""
    return session.get(NoticeRow, notice_id, with_for_update=True, populate_existing=True)


def of_person(session: Session, person_id: UUID, limit: int = 50) -> Sequence[NoticeRow]:
    """What a person was told through any channel, newest first."""
    found = sa.select(NoticeRow).where(NoticeRow.person_id == person_id)
    return session.scalars(found.order_by(NoticeRow.id.desc()).limit(limit)).all()


def page(
    session: Session,
    person_id: UUID,
    *,
    cursor: str | None = None,
    limit: int = 20,
    unread: bool = False,
) -> Page[NoticeRow]:
    """The list of a person's notices, newest first (index: person_id, id of the page's rows)."""
    wanted = sa.select(NoticeRow).where(
        NoticeRow.person_id == person_id, NoticeRow.channel == sa.text("'page'")
    )
    if unread:
        wanted = wanted.where(NoticeRow.read_at.is_(None))
    if cursor:
        wanted = wanted.where(NoticeRow.id < _place(cursor))
    rows = session.scalars(wanted.order_by(NoticeRow.id.desc()).limit(limit + 1)).all()
    shown = rows[:limit]
    return Page(shown, encode_cursor(str(shown[-1].id)) if len(rows) > limit else None)


def mine(session: Session, person_id: UUID, notice_id: UUID) -> NoticeRow | None:
    """One notice of this person's list, locked; None for anybody else's."""
    row = lock(session, notice_id)
    return row if row and row.person_id == person_id and row.channel == PAGE else None


def unread_count(session: Session, person_id: UUID) -> int:
    """How many notices of a person's list are new; at most 100, since nobody counts further."""
    some = (
        sa.select(sa.literal(1))
        .where(
            NoticeRow.person_id == person_id,
            NoticeRow.channel == sa.text("'page'"),
            NoticeRow.read_at.is_(None),
        )
        .limit(COUNTED + 1)
        .subquery()
    )
    return session.scalar(sa.select(sa.func.count()).select_from(some)) or 0


def was_told(session: Session, key: str) -> bool:
    """Whether somebody was told of the fact that has this key (index: key)."""
    return bool(session.scalar(sa.select(sa.exists().where(NoticeRow.key == key))))


def daily_matters(session: Session, person_id: UUID, channel: str) -> set[Matter]:
    """What a person wants to hear once a day through a channel."""
    found = sa.select(NoticeChoice.matter).where(
        NoticeChoice.person_id == person_id,
        NoticeChoice.channel == channel,
        NoticeChoice.timing == Timing.DAILY,
    )
    return set(session.scalars(found))


def gathered(
    session: Session, person_id: UUID, channel: str, until: datetime
) -> Sequence[NoticeRow]:
    """What waits for a person's letter of the day, oldest first."""
    found = sa.select(NoticeRow).where(
        NoticeRow.person_id == person_id,
        NoticeRow.channel == channel,
        NoticeRow.state == NoticeState.GATHERED,
        NoticeRow.created_at <= until,
    )
    return session.scalars(found.order_by(NoticeRow.id).limit(200)).all()


def rules_of(session: Session, person_ids: Iterable[UUID]) -> dict[UUID, Rules]:
    """What these people want to hear; two queries, however many people."""
    wanted = list(set(person_ids))
    choices: dict[UUID, list[NoticeChoice]] = {}
    for choice in session.scalars(
        sa.select(NoticeChoice).where(NoticeChoice.person_id.in_(wanted))
    ):
        choices.setdefault(choice.person_id, []).append(choice)
    hours = {
        row.person_id: row
        for row in session.scalars(sa.select(NoticeHours).where(NoticeHours.person_id.in_(wanted)))
    }
    return {one: _rules(choices.get(one, []), hours.get(one)) for one in wanted}


def _rules(choices: Iterable[NoticeChoice], hours: NoticeHours | None) -> Rules:
    chosen = {(choice.matter, choice.channel): choice.timing for choice in choices}
    if hours is None:
        return Rules(chosen)
    quiet = None
    if hours.quiet_from is not None and hours.quiet_until is not None:
        quiet = (hours.quiet_from, hours.quiet_until)
    return Rules(chosen, quiet, hours.digest_minute)


def _place(cursor: str) -> UUID:
    (last,) = decode_cursor(cursor, 1)
    try:
        return UUID(last)
    except (TypeError, ValueError, AttributeError) as problem:
        raise InvalidInput({"cursor": ["not_a_cursor"]}) from problem
