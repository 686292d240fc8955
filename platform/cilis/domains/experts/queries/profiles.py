"""Whole profiles: the public page, the expert's own desk, the reviewer's view."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.experts.errors import ExpertNotFound, NotAnExpert
from cilis.domains.experts.models import (
    Expert,
    ExpertTopic,
    Verification,
    VerificationDocument,
)
from cilis.domains.experts.queries.cards import as_card
from cilis.domains.experts.queries.services import offers
from cilis.domains.experts.queries.topics import every
from cilis.domains.experts.types import (
    ExpertState,
    Profile,
    Proof,
    Readiness,
    VerificationState,
)
from cilis.kit.viewer import Viewer

STAFF = ("admin", "support")


def profile(session: Session, expert: str | UUID, viewer: Viewer) -> Profile:
    """One expert by address or id, if this viewer may see it; raises ExpertNotFound.

    Published ones are everybody's; the others are the expert's own and the staff's. Absent and
    forbidden are told alike. Five queries.
    """
    row = _find(session, expert)
    if row is None or not _may_see(row, viewer):
        raise ExpertNotFound(f"no expert {expert}")
    return _whole(session, row)


def mine(session: Session, viewer: Viewer) -> Profile:
    """The viewer's own profile; raises NotAnExpert."""
    return _whole(session, own_row(session, viewer))


_SEEN = sa.select(Expert.id, Expert.state, Expert.person_id).where(
    Expert.id == sa.bindparam("expert")
)


def visible_id(session: Session, expert: str | UUID, viewer: Viewer) -> UUID:
    """The id of an expert whom this viewer may see; raises ExpertNotFound."""
    row: Expert | sa.Row[Any] | None
    if not isinstance(expert, UUID):
        row = _find(session, expert)
    else:  # by id it is asked before every list of an expert's things: three columns do
        row = session.connection().execute(_SEEN, {"expert": expert}).one_or_none()
    if row is None or not _may_see(row, viewer):
        raise ExpertNotFound(f"no expert {expert}")
    return row.id


def own_row(session: Session, viewer: Viewer, *, lock: bool = False) -> Expert:
    """The viewer's own row, locked on demand; raises NotAnExpert."""
    wanted = sa.select(Expert).where(Expert.person_id == viewer.person)
    row = session.scalar(wanted.with_for_update() if lock else wanted)
    if row is None:
        raise NotAnExpert(f"{viewer.person} is no expert")
    return row


def shows_picture(session: Session, key: str) -> bool:
    """Whether some profile's picture is this file."""
    return bool(session.scalar(sa.select(sa.exists().where(Expert.picture_key == key))))


def locked(session: Session, expert_id: UUID) -> Expert:
    """One expert's row, locked until the transaction ends; raises ExpertNotFound."""
    row = session.get(Expert, expert_id, with_for_update=True)
    if row is None:
        raise ExpertNotFound(f"no expert {expert_id}")
    return row


def readiness(session: Session, expert_id: UUID) -> Readiness:
    """What a profile still needs before it may be submitted."""
    row = session.get(Expert, expert_id)
    if row is None:
        raise ExpertNotFound(f"no expert {expert_id}")
    checks = {
        "headline": any(row.headline.values()),
        "biography": any(row.biography.values()),
        "languages": bool(row.languages),
        "topics": _has(session, ExpertTopic.expert_id == expert_id),
        "services": any(offer.active for offer in offers(session, expert_id)),
        "documents": _has(session, VerificationDocument.expert_id == expert_id),
    }
    better = {
        "picture": row.picture_key is not None,
        "experience": bool(row.experience or row.education),
    }
    missing = tuple(code for code, done in checks.items() if not done)
    advised = tuple(code for code, done in better.items() if not done)
    count = len(checks) + len(better)
    share = round(100 * (count - len(missing) - len(advised)) / count)
    return Readiness(missing, share, advised)


def whole_by_id(session: Session, expert_id: UUID) -> Profile:
    """A profile for staff and for the room itself, whatever its state; raises ExpertNotFound."""
    row = session.get(Expert, expert_id)
    if row is None:
        raise ExpertNotFound(f"no expert {expert_id}")
    return _whole(session, row)


def _has(session: Session, condition: sa.ColumnElement[bool]) -> bool:
    return bool(session.scalar(sa.select(sa.exists().where(condition))))


def _find(session: Session, expert: str | UUID) -> Expert | None:
    if isinstance(expert, UUID):
        return session.get(Expert, expert)
    try:
        return session.get(Expert, UUID(expert))
    except ValueError:
        return session.scalar(sa.select(Expert).where(Expert.slug == expert))


def _may_see(row: Expert | sa.Row[Any], viewer: Viewer) -> bool:
    if row.state is ExpertState.PUBLISHED:
        return True
    return viewer.person_id == row.person_id or any(viewer.has(role) for role in STAFF)


def _whole(session: Session, row: Expert) -> Profile:
    by_id = {topic.id: topic for topic in every(session)}
    chosen = session.scalars(
        sa.select(ExpertTopic.topic_id)
        .where(ExpertTopic.expert_id == row.id)
        .order_by(ExpertTopic.position, ExpertTopic.topic_id)
    ).all()
    columns = {column.key: getattr(row, column.key) for column in Expert.__table__.columns}
    return Profile(
        card=as_card({**columns, "topic_ids": chosen}),
        biography=row.biography,
        experience=row.experience,
        education=row.education,
        services=offers(session, row.id),
        topics=[by_id[one] for one in chosen if one in by_id],
        proofs=_proofs(session, row),
        verified_at=row.verified_at,
        created_at=row.created_at,
    )


def _proofs(session: Session, row: Expert) -> list[Proof]:
    if row.verified_at is None:
        return []
    rows = session.execute(
        sa.select(VerificationDocument.kind, sa.func.max(Verification.decided_at).label("at"))
        .join(Verification, Verification.expert_id == VerificationDocument.expert_id)
        .where(
            VerificationDocument.expert_id == row.id,
            VerificationDocument.verification_id.is_not(None),
            VerificationDocument.uploaded_at <= Verification.decided_at,
            Verification.state == VerificationState.APPROVED,
        )
        .group_by(VerificationDocument.kind)
        .order_by(VerificationDocument.kind)
    )
    return [Proof(found.kind, found.at) for found in rows]
