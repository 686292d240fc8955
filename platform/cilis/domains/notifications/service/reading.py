"""A person's own list: what is read, and what they want to hear at all."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cilis.domains import extensions
from cilis.domains.notifications import queries
from cilis.domains.notifications.errors import NoticeNotFound
from cilis.domains.notifications.models import NoticeChoice, NoticeHours, NoticeRow
from cilis.domains.notifications.service.telling import CHANNELS, hint
from cilis.domains.notifications.service.words import told
from cilis.domains.notifications.types import (
    AUDIENCE,
    DIGEST_MINUTE,
    MANDATORY,
    MATTER_OF,
    PAGE,
    Matter,
    NoticeState,
    Rules,
    Timing,
    Told,
)
from cilis.infra.db import reading, transaction
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer


def mark_read(notice_id: UUID, viewer: Viewer) -> Told:
    """Note that the viewer has seen one notice; a repeat changes nothing.

    Raises:
        NoticeNotFound: no such notice in the viewer's list.
    """
    with transaction() as session:
        row = queries.mine(session, viewer.person, notice_id)
        if row is None:
            raise NoticeNotFound(str(notice_id))
        row.read_at = row.read_at or clock.now()
        found = told(row)
    hint([viewer.person])
    return found


def mark_all_read(viewer: Viewer) -> int:
    """Note that the viewer has seen the whole list; returns how many were new."""
    return _mark(viewer.person, NoticeRow.created_at <= clock.now())


def mark_subject_read(person_id: UUID, subject_id: UUID) -> int:
    """Note that somebody has looked at the thing itself, so that its notices are old."""
    return _mark(person_id, NoticeRow.subject_id == subject_id)


def _mark(person_id: UUID, which: sa.ColumnElement[bool]) -> int:
    with transaction() as session:
        changed = session.execute(
            sa.update(NoticeRow)
            .where(
                NoticeRow.person_id == person_id,
                NoticeRow.channel == sa.text("'page'"),
                NoticeRow.read_at.is_(None),
                which,
            )
            .values(read_at=clock.now())
            .returning(NoticeRow.id)
        ).all()
    if changed:
        hint([person_id])
    return len(changed)


def preferences(session: Session, viewer: Viewer) -> tuple[Rules, list[str]]:
    """What the viewer wants to hear, and the channels there are, the pages' own first."""
    rules = queries.rules_of(session, [viewer.person])[viewer.person]
    return rules, [PAGE, *(one.key for one in extensions.active(session, CHANNELS))]


def matters_for(viewer: Viewer) -> list[Matter]:
    """The matters that concern the viewer's roles."""
    return [
        matter
        for matter in Matter
        if matter not in AUDIENCE or not AUDIENCE[matter].isdisjoint(viewer.roles)
    ]


def timings_of(matter: Matter, channel: str) -> list[Timing]:
    """What one may choose: no letter of the day for the pages, nor for what would come too late."""
    if matter in MANDATORY:
        return [Timing.NOW]
    if channel == PAGE or matter == Matter.REMINDERS:
        return [Timing.NOW, Timing.OFF]
    return list(Timing)


def choose(
    viewer: Viewer,
    choices: Mapping[tuple[Matter, str], Timing],
    *,
    quiet: tuple[int, int] | None,
    digest_minute: int = DIGEST_MINUTE,
) -> Rules:
    """Keep what the viewer wants to hear; matters that are not named stay as they are.

    Raises:
        InvalidInput: a matter is mandatory, or a channel or time is not one of those there are.
    """
    with reading() as session:
        _, channels = preferences(session, viewer)
    for (matter, channel), timing in choices.items():
        if channel not in channels or timing not in timings_of(matter, channel):
            raise InvalidInput({f"{matter}.{channel}": ["not_a_choice"]})
    with transaction() as session:
        _keep_choices(session, viewer.person, choices)
        hours = {
            "quiet_from": quiet[0] if quiet else None,
            "quiet_until": quiet[1] if quiet else None,
            "digest_minute": digest_minute,
        }
        session.execute(
            insert(NoticeHours)
            .values(person_id=viewer.person, **hours)
            .on_conflict_do_update(index_elements=["person_id"], set_=hours)
        )
        session.flush()
        return queries.rules_of(session, [viewer.person])[viewer.person]


def switch_off(person_id: UUID, matter: Matter | None, channel: str) -> None:
    """Send no more of this matter through this channel: the one click in a mail.

    Without a matter it is the letter of the day: what it would bring is sent no more, and what is
    gathered for the next one stays unsent. The list on the pages has it all.

    Raises:
        InvalidInput: the matter is mandatory.
    """
    if matter in MANDATORY:
        raise InvalidInput({"matter": ["not_a_choice"]})
    with transaction() as session:
        chosen = {matter} if matter else queries.daily_matters(session, person_id, channel)
        _keep_choices(session, person_id, {(one, channel): Timing.OFF for one in chosen})
        kinds = [kind for kind, one in MATTER_OF.items() if one in chosen]
        session.execute(
            sa.update(NoticeRow)
            .where(
                NoticeRow.person_id == person_id,
                NoticeRow.channel == channel,
                NoticeRow.state == NoticeState.GATHERED,
                NoticeRow.kind.in_(kinds),
            )
            .values(state=NoticeState.DROPPED)
        )


def _keep_choices(
    session: Session, person_id: UUID, choices: Mapping[tuple[Matter, str], Timing]
) -> None:
    for (matter, channel), timing in sorted(choices.items()):
        session.execute(
            insert(NoticeChoice)
            .values(person_id=person_id, matter=matter, channel=channel, timing=timing)
            .on_conflict_do_update(
                index_elements=["person_id", "matter", "channel"], set_={"timing": timing}
            )
        )
