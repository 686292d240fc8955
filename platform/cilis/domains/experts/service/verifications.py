"""Ask to be verified, and decide about it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cilis.domains.experts import queries
from cilis.domains.experts.errors import (
    AlreadyDecided,
    AlreadySubmitted,
    AlreadyVerified,
    NothingOpen,
    NotReady,
    OwnVerification,
    VerificationNotFound,
    WrongState,
)
from cilis.domains.experts.events import (
    ExpertPublished,
    VerificationDecided,
    VerificationSubmitted,
    VerificationWithdrawn,
)
from cilis.domains.experts.models import (
    Expert,
    Verification,
    VerificationDocument,
    VerificationStep,
)
from cilis.domains.experts.queries.profiles import locked, own_row
from cilis.domains.experts.service.changes import changed
from cilis.domains.experts.types import (
    OPEN_VERIFICATIONS,
    Decision,
    ExpertState,
    VerificationState,
)
from cilis.infra import audit, idempotency
from cilis.infra.db import transaction, violates
from cilis.infra.outbox import emit
from cilis.kit import clock, ids
from cilis.kit.errors import Forbidden, InvalidInput
from cilis.kit.viewer import Viewer

_BECOMES = {
    Decision.APPROVE: VerificationState.APPROVED,
    Decision.ASK: VerificationState.MORE_ASKED,
    Decision.REJECT: VerificationState.REJECTED,
}


def submit_verification(viewer: Viewer) -> UUID:
    """Send the profile and all papers to the reviewers; returns the verification's id.

    After *more asked* the same verification is sent again and keeps its place in the queue.

    Raises:
        NotReady: something is missing; ``missing`` names it.
        AlreadySubmitted: it waits for its reviewer.
        AlreadyVerified: there is nothing to ask for.
    """
    try:
        with transaction() as session:
            expert = own_row(session, viewer, lock=True)
            _check_may_submit(session, expert)
            row, step = _open(session, expert)
            session.flush()
            _attach_documents(session, row)
            noted = _note(session, row, step, viewer.person)
            if expert.state is ExpertState.DRAFT:
                expert.state = ExpertState.SUBMITTED
                changed(session, expert)
            emit(
                session,
                VerificationSubmitted(expert_id=expert.id, verification_id=row.id, step_id=noted),
                subject=expert.id,
            )
            audit.record(session, "experts.submitted", expert.id, actor=viewer.person)
            idempotency.made(session, row.id)
            return row.id
    except IntegrityError as clash:
        if violates(clash, "verifications_open_key"):
            raise AlreadySubmitted(str(viewer.person)) from clash
        raise


def withdraw_verification(viewer: Viewer) -> UUID:
    """Take the open application back; returns the verification's id.

    The profile is a draft again, and the papers that came with this application are the
    expert's own again, to remove or to send another time.

    Raises:
        NothingOpen: nothing was sent, or it is decided.
    """
    with transaction() as session:
        expert = own_row(session, viewer, lock=True)
        row = _open_one(session, expert)
        if row is None:
            raise NothingOpen(str(expert.id))
        row.state, row.decided_at = VerificationState.WITHDRAWN, clock.now()
        session.execute(
            sa.update(VerificationDocument)
            .where(VerificationDocument.verification_id == row.id)
            .values(verification_id=None)
        )
        _note(session, row, "withdrawn", viewer.person)
        if expert.state is ExpertState.SUBMITTED:
            expert.state = ExpertState.DRAFT
            changed(session, expert)
        emit(
            session,
            VerificationWithdrawn(expert_id=expert.id, verification_id=row.id),
            subject=expert.id,
        )
        audit.record(session, "experts.withdrawn", expert.id, actor=viewer.person)
        idempotency.made(session, row.id)
        return row.id


def decide(
    verification_id: UUID,
    decision: Decision,
    viewer: Viewer,
    *,
    reason: str = "",
    missing: Sequence[str] = (),
) -> UUID:
    """Approve, ask for more or reject, as a reviewer; returns the verification's id.

    Approving publishes the expert and gives the badge. ``reason`` is told to the expert;
    ``missing`` lists what to send: kinds of documents by their key, or words. Rejecting needs a
    reason, asking for more a reason or such a list.

    Raises:
        VerificationNotFound: unknown id.
        AlreadyDecided: it was approved or rejected before, perhaps a moment ago.
        OwnVerification: the papers are the viewer's own.
        InvalidInput: the reason is missing.
    """
    if not viewer.has("admin"):
        raise Forbidden("only an admin decides")
    listed = decision is Decision.ASK and bool(missing)
    if decision is not Decision.APPROVE and not reason.strip() and not listed:
        raise InvalidInput({"reason": ["required"]})
    with transaction() as session:
        row = session.get(Verification, verification_id)
        if row is None:
            raise VerificationNotFound(f"no verification {verification_id}")
        # The expert first, as in every other use case, so that two never wait for each other.
        expert = locked(session, row.expert_id)
        session.refresh(row, with_for_update=True)
        if expert.person_id == viewer.person:
            raise OwnVerification(str(verification_id))
        if row.state not in OPEN_VERIFICATIONS:
            raise AlreadyDecided(f"{row.id} is {row.state}", state=row.state.value)
        row.reason = reason.strip()
        row.missing = list(missing) if decision is Decision.ASK else []
        row.state = _BECOMES[decision]
        if decision is not Decision.ASK:
            row.decided_at, row.decided_by = clock.now(), viewer.person
        noted = _note(session, row, decision.value, viewer.person)
        _follow(session, expert, decision)
        _tell(session, expert, row, decision, viewer, step_id=noted)
        idempotency.made(session, row.id)
        return row.id


def _check_may_submit(session: Session, expert: Expert) -> None:
    if expert.state is ExpertState.SUSPENDED:
        raise WrongState(f"{expert.id} is suspended", state=expert.state.value)
    if expert.verified_at is not None:
        raise AlreadyVerified(str(expert.id))
    ready = queries.readiness(session, expert.id)
    if not ready.complete:
        raise NotReady(str(expert.id), missing=list(ready.missing))


def _open(session: Session, expert: Expert) -> tuple[Verification, str]:
    row = _open_one(session, expert)
    if row is None:
        row = Verification(
            id=ids.new(),
            expert_id=expert.id,
            state=VerificationState.SUBMITTED,
            submitted_at=clock.now(),
        )
        session.add(row)
        return row, "submitted"
    if row.state is VerificationState.SUBMITTED:
        raise AlreadySubmitted(str(expert.id))
    row.state = VerificationState.SUBMITTED
    return row, "submitted_again"


def _open_one(session: Session, expert: Expert) -> Verification | None:
    return session.scalar(
        sa.select(Verification)
        .where(Verification.expert_id == expert.id, Verification.state.in_(OPEN_VERIFICATIONS))
        .with_for_update()
    )


def _attach_documents(session: Session, row: Verification) -> None:
    """Send the new papers along; those sent before are part of it anyway."""
    session.execute(
        sa.update(VerificationDocument)
        .where(
            VerificationDocument.expert_id == row.expert_id,
            VerificationDocument.verification_id.is_(None),
        )
        .values(verification_id=row.id)
    )


def _note(session: Session, row: Verification, step: str, actor: UUID) -> UUID:
    """Add a line to the history; returns its id."""
    step_id = ids.new()
    told = step in {Decision.ASK, Decision.REJECT, Decision.APPROVE}
    session.add(
        VerificationStep(
            id=step_id,
            verification_id=row.id,
            at=clock.now(),
            actor_id=actor,
            step=step,
            reason=row.reason if told else "",
            missing=list(row.missing) if told else [],
        )
    )
    return step_id


def _follow(session: Session, expert: Expert, decision: Decision) -> None:
    if decision is Decision.APPROVE:
        expert.verified_at = clock.now()
        if expert.state is not ExpertState.SUSPENDED:
            expert.state = ExpertState.PUBLISHED
            emit(session, ExpertPublished(expert_id=expert.id), subject=expert.id)
        changed(session, expert)
    elif decision is Decision.REJECT and expert.state is ExpertState.SUBMITTED:
        expert.state = ExpertState.DRAFT
        changed(session, expert)


def _tell(
    session: Session,
    expert: Expert,
    row: Verification,
    decision: Decision,
    viewer: Viewer,
    *,
    step_id: UUID,
) -> None:
    emit(
        session,
        VerificationDecided(
            expert_id=expert.id,
            verification_id=row.id,
            decision=decision.value,
            step_id=step_id,
        ),
        subject=expert.id,
    )
    audit.record(
        session,
        "experts.verification_decided",
        row.id,
        actor=viewer.person,
        detail={"expert_id": str(expert.id), "decision": decision.value},
    )
