"""Keeping experts for later; needs no account, and passes to the account at sign-up."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cilis.domains import identity
from cilis.domains.experts import queries
from cilis.domains.experts.errors import ExpertNotFound, TooManySaved
from cilis.domains.experts.models import SavedExpert
from cilis.domains.experts.types import MAX_SAVED
from cilis.infra.db import transaction
from cilis.kit import clock, ids
from cilis.kit.errors import NotSignedIn
from cilis.kit.viewer import Viewer

_LEFT_BEHIND = identity.ANONYMOUS_FOR + timedelta(days=30)


def save(expert_id: UUID, viewer: Viewer) -> None:
    """Keep an expert in the viewer's list; once more changes nothing.

    Raises:
        ExpertNotFound: unknown or not shown to visitors.
        TooManySaved: the list is full.
        NotSignedIn: neither a session nor a person is known.
    """
    with transaction() as session:
        owner = _owner(session, viewer)
        _queue_up(session, owner)
        kept = set(session.scalars(sa.select(SavedExpert.expert_id).where(queries.kept_by(owner))))
        if expert_id in kept:
            return
        known = queries.cards(session, [expert_id]).get(expert_id)
        if known is None or not known.listed:
            raise ExpertNotFound(f"no expert {expert_id}")
        if len(kept) >= MAX_SAVED:
            raise TooManySaved(f"{len(kept)} saved", limit=MAX_SAVED)
        _put(session, owner, expert_id)


def unsave(expert_id: UUID, viewer: Viewer) -> None:
    """Take an expert out of the viewer's list; who is not in it stays out.

    Raises NotSignedIn when neither a session nor a person is known.
    """
    with transaction() as session:
        owner = _owner(session, viewer)
        _queue_up(session, owner)
        session.execute(
            sa.delete(SavedExpert).where(queries.kept_by(owner), SavedExpert.expert_id == expert_id)
        )


def take_over_saved(session_id: UUID, person_id: UUID) -> None:
    """What a nameless browser kept becomes the person's who signed in with it.

    A full list stays as it is; what fits of the browser's latest is added.
    """
    browser, person = Viewer(session_id=session_id), Viewer(person_id=person_id)
    with transaction() as session:
        _queue_up(session, person)
        kept = set(session.scalars(sa.select(SavedExpert.expert_id).where(queries.kept_by(person))))
        brought = session.execute(
            sa.delete(SavedExpert)
            .where(queries.kept_by(browser))
            .returning(SavedExpert.expert_id, SavedExpert.saved_at)
        ).all()
        new = sorted((row for row in brought if row.expert_id not in kept), key=lambda it: it[1])
        rows = [
            {"id": ids.new(), "person_id": person_id, "expert_id": one, "saved_at": at}
            for one, at in new[::-1][: max(0, MAX_SAVED - len(kept))]
        ]
        if rows:
            session.execute(insert(SavedExpert).on_conflict_do_nothing(), rows)


def forget_left_behind(limit: int = 500) -> int:
    """Forget what browsers kept that never signed in, a month after their sessions' end."""
    with transaction() as session:
        old = (
            sa.select(SavedExpert.id)
            .where(
                SavedExpert.session_id.is_not(None),
                SavedExpert.saved_at < clock.now() - _LEFT_BEHIND,
            )
            .order_by(SavedExpert.saved_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        gone = session.scalars(
            sa.delete(SavedExpert).where(SavedExpert.id.in_(old)).returning(SavedExpert.id)
        )
        return len(gone.all())


def _owner(session: Session, viewer: Viewer) -> Viewer:
    """Whose list it is by now: a browser may have signed in since the request began.

    The session's row stays locked, so what is added to a browser's list is there when the list
    passes on, and what comes later goes to the person at once.
    """
    if viewer.person_id is not None:
        return viewer
    if viewer.session_id is None:
        raise NotSignedIn("a list belongs to a session or a person")
    person_id = identity.person_of_session(session, viewer.session_id)
    return Viewer(person_id=person_id, session_id=viewer.session_id)


def _put(session: Session, owner: Viewer, expert_id: UUID) -> None:
    mine = {"person_id": owner.person_id}
    if owner.person_id is None:
        mine = {"session_id": owner.session_id}
    values = {"id": ids.new(), "expert_id": expert_id, "saved_at": clock.now(), **mine}
    session.execute(insert(SavedExpert).values(values).on_conflict_do_nothing())


def _queue_up(session: Session, owner: Viewer) -> None:
    """Several changes of one list at once come one after the other, until the transaction ends."""
    queue = sa.func.hashtextextended(f"saved:{owner.person_id or owner.session_id}", 0)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(queue)))
