"""Verifications: the queue, one with all it holds, and the papers of one expert."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.experts.errors import DocumentNotFound, VerificationNotFound
from cilis.domains.experts.models import (
    Expert,
    Verification,
    VerificationDocument,
    VerificationStep,
)
from cilis.domains.experts.queries.cards import cards
from cilis.domains.experts.queries.profiles import STAFF, whole_by_id
from cilis.domains.experts.types import (
    OPEN_VERIFICATIONS,
    DocumentKind,
    ExpertCard,
    Profile,
    VerificationState,
)
from cilis.kit import text
from cilis.kit.errors import InvalidInput
from cilis.kit.pagination import Page, decode_cursor, encode_cursor
from cilis.kit.viewer import Viewer

MAX_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A paper without its bytes. ``submitted``: it belongs to a verification and stays."""

    id: UUID
    kind: DocumentKind
    name: str
    content_type: str
    size: int
    uploaded_at: datetime
    submitted: bool


@dataclass(frozen=True, slots=True)
class StepView:
    """One line of a verification's history."""

    at: datetime
    step: str
    actor_id: UUID | None
    reason: str
    missing: Sequence[str]
    document_id: UUID | None


@dataclass(frozen=True, slots=True)
class VerificationRound:
    """One application of an expert, from the first sending to the decision."""

    id: UUID
    state: VerificationState
    submitted_at: datetime
    steps: Sequence[StepView]


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A line of the reviewers' queue."""

    id: UUID
    card: ExpertCard
    state: VerificationState
    submitted_at: datetime
    decided_at: datetime | None
    document_count: int


@dataclass(frozen=True, slots=True)
class VerificationView:
    """One verification with what a decision needs: the profile, the papers, the history."""

    id: UUID
    state: VerificationState
    submitted_at: datetime
    decided_at: datetime | None
    decided_by: UUID | None
    reason: str
    missing: Sequence[str]
    profile: Profile
    documents: Sequence[DocumentView]
    steps: Sequence[StepView]

    @property
    def open(self) -> bool:
        """Whether it can still be decided."""
        return self.state in OPEN_VERIFICATIONS


def verification_queue(
    session: Session,
    *,
    state: VerificationState | None = VerificationState.SUBMITTED,
    words: str = "",
    cursor: str | None = None,
    limit: int = 20,
) -> Page[QueueItem]:
    """Verifications by state and by words of the expert's name; None means those of every state.

    Open ones come longest waiting first, of those that are decided (and of all) the newest.
    Three queries whatever the number (index: state, submitted_at, id).
    """
    wanted = sa.select(Verification)
    if state is not None:
        wanted = wanted.where(Verification.state == state)
    if words.strip():
        named = Expert.name_folded.contains(text.fold(words.strip()), autoescape=True)
        wanted = wanted.join(Expert, Expert.id == Verification.expert_id).where(named)
    rows = session.scalars(_in_turn(wanted, state, cursor).limit(limit + 1)).all()
    shown = rows[:limit]
    found = cards(session, [row.expert_id for row in shown])
    papers = _papers(session, [row.expert_id for row in shown])
    items = [
        QueueItem(
            row.id,
            found[row.expert_id],
            row.state,
            row.submitted_at,
            row.decided_at,
            papers.get(row.expert_id, 0),
        )
        for row in shown
    ]
    if len(rows) <= limit:
        return Page(items)
    return Page(items, encode_cursor(shown[-1].submitted_at.isoformat(), str(shown[-1].id)))


def _in_turn(
    wanted: sa.Select[tuple[Verification]], state: VerificationState | None, cursor: str | None
) -> sa.Select[tuple[Verification]]:
    place = sa.tuple_(Verification.submitted_at, Verification.id)
    if state in OPEN_VERIFICATIONS:
        ordered = wanted.order_by(Verification.submitted_at, Verification.id)
        return ordered.where(place > _place(cursor)) if cursor else ordered
    newest = wanted.order_by(Verification.submitted_at.desc(), Verification.id.desc())
    return newest.where(place < _place(cursor)) if cursor else newest


def queue_counts(session: Session) -> dict[VerificationState, int]:
    """How many verifications stand in each state."""
    rows = session.execute(
        sa.select(Verification.state, sa.func.count()).group_by(Verification.state)
    )
    found = {state: count for state, count in rows}  # noqa: C416 - rows are no tuples to mypy
    return {state: found.get(state, 0) for state in VerificationState}


def verification(session: Session, verification_id: UUID, viewer: Viewer) -> VerificationView:
    """One verification, for staff and for its own expert; raises VerificationNotFound."""
    row = session.get(Verification, verification_id)
    if row is None or not may_review(session, row.expert_id, viewer):
        raise VerificationNotFound(f"no verification {verification_id}")
    return _view(session, row)


def latest_verification(session: Session, expert_id: UUID) -> VerificationView | None:
    """An expert's newest verification; None before the first one (index: expert_id, at)."""
    row = session.scalar(
        sa.select(Verification)
        .where(Verification.expert_id == expert_id)
        .order_by(Verification.submitted_at.desc(), Verification.id.desc())
        .limit(1)
    )
    return _view(session, row) if row else None


def verifications_of(session: Session, expert_id: UUID) -> list[VerificationRound]:
    """All applications of one expert, the newest first, with what happened; two queries."""
    rows = session.scalars(
        sa.select(Verification)
        .where(Verification.expert_id == expert_id)
        .order_by(Verification.submitted_at.desc(), Verification.id.desc())
        .limit(MAX_ROUNDS)
    ).all()
    steps: dict[UUID, list[StepView]] = {row.id: [] for row in rows}
    for step in session.scalars(
        sa.select(VerificationStep)
        .where(VerificationStep.verification_id.in_(list(steps)))
        .order_by(VerificationStep.at, VerificationStep.id)
    ):
        steps[step.verification_id].append(_step(step))
    return [VerificationRound(row.id, row.state, row.submitted_at, steps[row.id]) for row in rows]


def documents_of(session: Session, expert_id: UUID) -> list[DocumentView]:
    """All papers of one expert, oldest first."""
    return _documents(session, VerificationDocument.expert_id == expert_id)


def document_row(session: Session, document_id: UUID, viewer: Viewer) -> VerificationDocument:
    """A paper's row for the expert it belongs to and for staff; raises DocumentNotFound."""
    row = session.get(VerificationDocument, document_id)
    if row is None or not may_review(session, row.expert_id, viewer):
        raise DocumentNotFound(f"no document {document_id}")
    return row


def may_review(session: Session, expert_id: UUID, viewer: Viewer) -> bool:
    """Whether the viewer may read an expert's papers: staff, or the expert."""
    if any(viewer.has(role) for role in STAFF):
        return True
    if viewer.person_id is None:
        return False
    return owner_of(session, expert_id) == viewer.person_id


def owner_of(session: Session, expert_id: UUID) -> UUID | None:
    """The person behind an expert."""
    return session.scalar(sa.select(Expert.person_id).where(Expert.id == expert_id))


def sent_with(row: Verification) -> sa.ColumnElement[bool]:
    """The papers that a verification is about: all that were sent until it was decided.

    A paper keeps the verification it first came with; a later one builds on it too.
    """
    sent = sa.and_(
        VerificationDocument.expert_id == row.expert_id,
        VerificationDocument.verification_id.is_not(None),
    )
    if row.decided_at is None:
        return sent
    return sa.and_(sent, VerificationDocument.uploaded_at <= row.decided_at)


def _view(session: Session, row: Verification) -> VerificationView:
    steps = session.scalars(
        sa.select(VerificationStep)
        .where(VerificationStep.verification_id == row.id)
        .order_by(VerificationStep.at, VerificationStep.id)
    )
    return VerificationView(
        id=row.id,
        state=row.state,
        submitted_at=row.submitted_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        reason=row.reason,
        missing=row.missing,
        profile=whole_by_id(session, row.expert_id),
        documents=_documents(session, sent_with(row)),
        steps=[_step(one) for one in steps],
    )


def _step(row: VerificationStep) -> StepView:
    return StepView(row.at, row.step, row.actor_id, row.reason, row.missing, row.document_id)


def _documents(session: Session, condition: sa.ColumnElement[bool]) -> list[DocumentView]:
    rows = session.scalars(
        sa.select(VerificationDocument)
        .where(condition)
        .order_by(VerificationDocument.uploaded_at, VerificationDocument.id)
    )
    return [
        DocumentView(
            row.id,
            row.kind,
            row.name,
            row.content_type,
            row.size,
            row.uploaded_at,
            row.verification_id is not None,
        )
        for row in rows
    ]


def _papers(session: Session, expert_ids: Sequence[UUID]) -> dict[UUID, int]:
    rows = session.execute(
        sa.select(VerificationDocument.expert_id, sa.func.count().label("papers"))
        .where(
            VerificationDocument.expert_id.in_(expert_ids),
            VerificationDocument.verification_id.is_not(None),
        )
        .group_by(VerificationDocument.expert_id)
    )
    return {row.expert_id: row.papers for row in rows}


def _place(cursor: str) -> tuple[datetime, UUID]:
    at, last = decode_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(at), UUID(last)
    except (TypeError, ValueError, AttributeError) as problem:
        raise InvalidInput({"cursor": ["not_a_cursor"]}) from problem
