"""Read experts again and write what changed.

The card's row is locked first and the doors are asked afterwards, in the same transaction: of
two that run at once the second waits, then reads what is true by then. So the order in which
events arrive does not matter, and a repeat changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cilis.domains import experts
from cilis.domains.search.events import CardStale, CardWritten
from cilis.domains.search.models import SearchCard, SearchOffer
from cilis.domains.search.service.documents import (
    Reading,
    cards_of,
    offers_of,
    read,
    time_columns,
)
from cilis.domains.search.types import NEVER
from cilis.infra import search
from cilis.infra.db import transaction
from cilis.infra.outbox import emit
from cilis.kit import clock

_cards = cast("sa.Table", SearchCard.__table__)
_offers = cast("sa.Table", SearchOffer.__table__)
BATCH = 100
_AT_LEAST = timedelta(days=1)  # the horizon moves with the days
_AT_MOST = timedelta(minutes=5)  # many starts may pass; once in a while is enough


def read_again(expert_ids: Iterable[UUID], *, even_if_known: bool = False) -> int:
    """Bring everything about these experts up to date; returns how many were written.

    An expert whose version is known already is left as it is, unless ``even_if_known``; so the
    second of two events, or one that comes late, costs next to nothing.
    """
    wanted = sorted(set(expert_ids))
    written = 0
    for start in range(0, len(wanted), BATCH):
        with transaction() as session:
            written += write(session, wanted[start : start + BATCH], even_if_known=even_if_known)
    return written


def refresh_times(expert_id: UUID) -> None:
    """Bring one expert's free times up to date; nothing else is looked at."""
    with transaction() as session:
        if _lock(session, [expert_id])[expert_id] == 0:
            write(session, [expert_id], even_if_known=True)  # never read before
            return
        _write_times(session, read(session, [expert_id]), [expert_id])
        _wind(session, [expert_id])


def refresh_stale(expert_id: UUID, due: datetime) -> None:
    """Like `refresh_times`, when the timer that rang is the one the card waits for."""
    with transaction() as session:
        waiting = session.scalar(
            sa.select(SearchCard.stale_at)
            .where(SearchCard.expert_id == expert_id)
            .with_for_update()
        )
        if waiting != due:
            return
        session.execute(
            sa.update(SearchCard).where(SearchCard.expert_id == expert_id).values(stale_at=None)
        )
        _write_times(session, read(session, [expert_id]), [expert_id])
        _wind(session, [expert_id])


def read_topic_again(topic_id: UUID) -> int:
    """Read all experts of a topic and of those below it again: its words or place changed."""
    with transaction() as session:
        tree = [node for root in experts.topics(session) for node in root.walk()]
        below = [child.id for node in tree if node.id == topic_id for child in node.walk()]
        found = experts.with_topics(session, below)
    return read_again(found, even_if_known=True)


def write(
    session: Session, expert_ids: Sequence[UUID], *, even_if_known: bool, quietly: bool = False
) -> int:
    """Write these experts' rows in the caller's transaction; returns how many.

    ``quietly``: the caller brings them to the search engine beside us itself.
    """
    known = _lock(session, expert_ids)
    if not even_if_known:
        cards = experts.cards(session, expert_ids)
        expert_ids = [one for one in expert_ids if one in cards and cards[one].version > known[one]]
    if not expert_ids:
        return 0
    reading = read(session, expert_ids)
    _put_cards(session, list(cards_of(session, reading, expert_ids)))
    _put_offers(session, reading, expert_ids)
    _wind(session, expert_ids)
    if not quietly:
        _tell(session, expert_ids)
    return len(expert_ids)


def _tell(session: Session, expert_ids: Sequence[UUID]) -> None:
    """Let the search engine beside us, if there is one, hear of rows that were written."""
    if search.is_connected():
        for expert_id in expert_ids:
            emit(session, CardWritten(expert_id=expert_id), subject=expert_id)


def _lock(session: Session, expert_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Lock the rows in the order of ids, making those that are missing; their versions."""
    ordered = sorted(expert_ids)
    session.execute(
        insert(SearchCard).on_conflict_do_nothing(), [{"expert_id": one} for one in ordered]
    )
    rows = session.execute(
        sa.select(SearchCard.expert_id, SearchCard.version)
        .where(SearchCard.expert_id.in_(ordered))
        .order_by(SearchCard.expert_id)
        .with_for_update()
    )
    return {row.expert_id: row.version for row in rows}


def _put_cards(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    whole = [row for row in rows if row["listed"]]
    gone = [row for row in rows if not row["listed"]]
    for group in (whole, gone):
        if not group:
            continue
        values = {
            name: sa.bindparam(f"new_{name}", type_=_cards.c[name].type)
            for name in group[0]
            if name != "expert_id"
        }
        session.connection().execute(
            sa.update(_cards)
            .where(_cards.c.expert_id == sa.bindparam("new_expert_id"))
            .values({**values, "revision": _cards.c.revision + 1}),
            [{f"new_{name}": value for name, value in row.items()} for row in group],
        )


def _put_offers(session: Session, reading: Reading, expert_ids: Sequence[UUID]) -> None:
    """Replace the services; they are few and change seldom."""
    session.execute(sa.delete(SearchOffer).where(SearchOffer.expert_id.in_(expert_ids)))
    rows = [row for one in expert_ids for row in offers_of(reading, one)]
    if rows:
        session.execute(sa.insert(SearchOffer), rows)


def _write_times(session: Session, reading: Reading, expert_ids: Sequence[UUID]) -> None:
    connection = session.connection()
    for expert_id in expert_ids:
        if not reading.is_listed(expert_id):
            continue
        times = reading.times[expert_id]
        connection.execute(
            sa.update(_cards)
            .where(_cards.c.expert_id == expert_id)
            .values({**time_columns(times), "revision": _cards.c.revision + 1})
        )
        for service_id in times.starts:
            connection.execute(
                sa.update(_offers)
                .where(_offers.c.service_id == service_id)
                .values(times.columns(service_id))
            )
        _tell(session, [expert_id])


def _wind(session: Session, expert_ids: Sequence[UUID]) -> None:
    """Set a timer for the moment at which a card's times stop being true.

    A card keeps at most one: a sooner one replaces it, the replaced one finds itself not waited
    for when it rings.
    """
    now = clock.now()
    rows = session.execute(
        sa.select(SearchCard.expert_id, SearchCard.next_start_at, SearchCard.stale_at).where(
            SearchCard.expert_id.in_(expert_ids), SearchCard.listed
        )
    ).all()
    notice = _notices(session, [row.expert_id for row in rows if row.next_start_at < NEVER])
    for row in rows:
        passes = row.next_start_at - notice.get(row.expert_id, timedelta())
        due = min(max(passes, now + _AT_MOST), now + _AT_LEAST).replace(microsecond=0)
        if row.stale_at is not None and now < row.stale_at <= due:
            continue
        session.execute(
            sa.update(SearchCard).where(SearchCard.expert_id == row.expert_id).values(stale_at=due)
        )
        emit(session, CardStale(expert_id=row.expert_id, due=due), at=due, subject=row.expert_id)


def _notices(session: Session, expert_ids: Sequence[UUID]) -> dict[UUID, timedelta]:
    """How long before its start an hour stops being offered, the longest of an expert."""
    return {
        expert_id: max((terms.notice for terms in found), default=timedelta())
        for expert_id, found in experts.services_of(session, expert_ids).items()
    }
