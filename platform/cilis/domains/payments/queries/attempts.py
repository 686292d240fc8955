"""One attempt, or those for some things."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.payments.errors import PaymentNotFound
from cilis.domains.payments.models import Attempt, PaymentChange
from cilis.domains.payments.types import CREDIT, LIVE_STATES, AttemptState
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer

STAFF = ("admin", "support")


def is_staff(viewer: Viewer) -> bool:
    """Whether the viewer looks after everybody's money."""
    return viewer.has(*STAFF)


def attempt(session: Session, attempt_id: UUID) -> Attempt:
    """One attempt; raises PaymentNotFound."""
    found = session.get(Attempt, attempt_id)
    if found is None:
        raise PaymentNotFound(f"no attempt {attempt_id}")
    return found


def lock(session: Session, attempt_id: UUID) -> Attempt:
    """One attempt, locked until the transaction ends; raises PaymentNotFound."""
    found = session.get(Attempt, attempt_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise PaymentNotFound(f"no attempt {attempt_id}")
    return found


def visible(session: Session, viewer: Viewer, attempt_id: UUID) -> Attempt:
    """One attempt for its payer or the organization's staff; raises PaymentNotFound."""
    found = attempt(session, attempt_id)
    if found.payer_id != viewer.person_id and not is_staff(viewer):
        raise PaymentNotFound(f"not the viewer's: {attempt_id}")
    return found


def visible_earning(session: Session, viewer: Viewer, attempt_id: UUID) -> Attempt:
    """One payment that bought the viewer's work; raises PaymentNotFound."""
    found = attempt(session, attempt_id)
    if found.payee_id != viewer.person or found.state != AttemptState.CAPTURED or found.in_vain:
        raise PaymentNotFound(f"not the viewer's earning: {attempt_id}")
    return found


def of_subjects(session: Session, subject_ids: Iterable[UUID]) -> dict[UUID, Attempt]:
    """For each thing the attempt that tells most: the captured one, else the newest.

    What was paid by credit tells nothing of the rest, and money that came in vain little.
    """
    wanted = list(subject_ids)
    if not wanted:
        return {}
    rows = session.scalars(
        sa.select(Attempt)
        .where(Attempt.subject_id.in_(wanted), Attempt.provider != CREDIT)
        .order_by(Attempt.id)
    )
    found: dict[UUID, Attempt] = {}
    for row in rows:
        kept = found.get(row.subject_id)
        if kept is None or kept.in_vain or kept.state != AttemptState.CAPTURED:
            found[row.subject_id] = row
    return found


def amounts(session: Session, attempt_ids: Iterable[UUID]) -> dict[UUID, Money]:
    """How much each of these payments is about, by its id; unknown ids are left out."""
    wanted = list(attempt_ids)
    if not wanted:
        return {}
    found = sa.select(Attempt.id, Attempt.amount_minor, Attempt.currency)
    rows = session.execute(found.where(Attempt.id.in_(wanted)))
    return {row.id: Money(row.amount_minor, row.currency) for row in rows}


def live_of(session: Session, subject_id: UUID) -> Sequence[Attempt]:
    """A thing's attempts that might still be paid, locked in order of their ids."""
    return session.scalars(
        sa.select(Attempt)
        .where(Attempt.subject_id == subject_id, Attempt.state.in_(LIVE_STATES))
        .order_by(Attempt.id)
        .with_for_update()
    ).all()


def is_paid(session: Session, subject_id: UUID) -> bool:
    """Whether a company's money has come for a thing, or was debited and waits for a decision.

    What came in vain does not count: it goes back.
    """
    states = (AttemptState.CAPTURED, AttemptState.REVIEW)
    paid = sa.exists().where(
        Attempt.subject_id == subject_id,
        Attempt.state.in_(states),
        Attempt.provider != CREDIT,
        ~Attempt.in_vain,
    )
    return bool(session.scalar(sa.select(paid)))


def changes(session: Session, attempt_id: UUID) -> Sequence[PaymentChange]:
    """Everything that happened to an attempt and its refunds, oldest first."""
    return session.scalars(
        sa.select(PaymentChange)
        .where(PaymentChange.attempt_id == attempt_id)
        .order_by(PaymentChange.at, PaymentChange.id)
    ).all()


def is_silent(session: Session, attempt: Attempt) -> bool:
    """Whether the gateway of a live attempt did not answer when it was last spoken to."""
    if attempt.state not in LIVE_STATES:
        return False
    last = session.scalar(
        sa.select(PaymentChange)
        .where(PaymentChange.attempt_id == attempt.id, PaymentChange.refund_id.is_(None))
        .order_by(PaymentChange.at.desc(), PaymentChange.id.desc())
        .limit(1)
    )
    return last is not None and "problem" in last.evidence
