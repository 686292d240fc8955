"""One refund, or those of some payments."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from cilis.domains.payments.errors import RefundNotFound, RefundRequestNotFound
from cilis.domains.payments.models import Attempt, Dispute, Refund, RefundRequest
from cilis.domains.payments.queries.attempts import is_staff, lock
from cilis.domains.payments.types import AttemptState, BorneBy, RefundState, RequestState
from cilis.kit.viewer import Viewer


def refund(session: Session, refund_id: UUID) -> Refund:
    """One refund; raises RefundNotFound."""
    found = session.get(Refund, refund_id)
    if found is None:
        raise RefundNotFound(f"no refund {refund_id}")
    return found


def visible_refund(session: Session, viewer: Viewer, refund_id: UUID) -> Refund:
    """One refund for the payer or the organization's staff; raises RefundNotFound."""
    found = refund(session, refund_id)
    payer = session.scalar(sa.select(Attempt.payer_id).where(Attempt.id == found.attempt_id))
    if payer != viewer.person_id and not is_staff(viewer):
        raise RefundNotFound(f"not the viewer's: {refund_id}")
    return found


def refunds_of(session: Session, attempt_ids: Iterable[UUID]) -> dict[UUID, list[Refund]]:
    """The refunds of several attempts, oldest first; every id asked for has an entry."""
    found: dict[UUID, list[Refund]] = {attempt_id: [] for attempt_id in attempt_ids}
    if found:
        rows = session.scalars(
            sa.select(Refund).where(Refund.attempt_id.in_(found)).order_by(Refund.id)
        )
        for row in rows:
            found[row.attempt_id].append(row)
    return found


def refund_by_key(session: Session, attempt_id: UUID, key: str) -> Refund | None:
    """The refund that was asked for under this key."""
    return session.scalar(
        sa.select(Refund).where(Refund.attempt_id == attempt_id, Refund.key == key)
    )


def refunded_minor(session: Session, attempt_id: UUID, *, hold: bool = False) -> int:
    """What has gone back or is on its way, in minor units.

    With ``hold`` nobody else gives money back before the caller's transaction ends.
    """
    if hold:
        lock(session, attempt_id)
    total = session.scalar(
        sa.select(sa.func.sum(Refund.amount_minor)).where(
            Refund.attempt_id == attempt_id, Refund.state != RefundState.REFUSED
        )
    )
    return int(total or 0)


def given_minor(session: Session, attempt_id: UUID, begins: str) -> int:
    """What went back or is on its way by refunds whose key begins so, in minor units."""
    total = session.scalar(
        sa.select(sa.func.sum(Refund.amount_minor)).where(
            Refund.attempt_id == attempt_id,
            Refund.state != RefundState.REFUSED,
            Refund.key.startswith(begins, autoescape=True),
        )
    )
    return int(total or 0)


def passed_minor(session: Session, attempt_ids: Collection[UUID]) -> int:
    """What a payee has of some payments by the company's own passing on, in minor units.

    What is to come back with a refund that was asked for does not count any more; what came back
    because the payment is contested still counts until the bank has decided: so long nobody gets
    it elsewhere.
    """
    back = sa.select(sa.func.sum(Refund.share_minor)).where(Refund.attempt_id == Attempt.id)
    contested = sa.select(sa.func.sum(Dispute.share_minor)).where(
        Dispute.attempt_id == Attempt.id,
        Dispute.share_back_at.is_not(None),
        Dispute.closed_at.is_not(None),
    )
    passed = sa.select(
        sa.func.sum(
            Attempt.amount_minor
            - Attempt.kept_minor
            - sa.func.coalesce(back.scalar_subquery(), 0)
            - sa.func.coalesce(contested.scalar_subquery(), 0)
        )
    ).where(
        Attempt.id.in_(attempt_ids),
        Attempt.state == AttemptState.CAPTURED,
        Attempt.kept_minor.is_not(None),
    )
    return int(session.scalar(passed) or 0)


def graced_minor(session: Session, attempt_id: UUID) -> int:
    """What of a refund the organization bears alone, in minor units."""
    total = session.scalar(
        sa.select(sa.func.sum(Refund.amount_minor)).where(
            Refund.attempt_id == attempt_id,
            Refund.state != RefundState.REFUSED,
            Refund.borne_by == BorneBy.ORGANIZATION,
        )
    )
    return int(total or 0)


def refund_request(session: Session, request_id: UUID) -> RefundRequest:
    """A refund that waits or waited for a second person; raises RefundRequestNotFound."""
    found = session.get(RefundRequest, request_id)
    if found is None:
        raise RefundRequestNotFound(f"no refund request {request_id}")
    return found


def waiting_request(session: Session, attempt_id: UUID) -> RefundRequest | None:
    """The refund of a payment that waits for a second person."""
    return session.scalar(
        sa.select(RefundRequest).where(
            RefundRequest.attempt_id == attempt_id, RefundRequest.state == RequestState.WAITING
        )
    )


def requests_waiting(session: Session) -> int:
    """How many refunds wait for a second person."""
    found = sa.select(sa.func.count()).where(RefundRequest.state == RequestState.WAITING)
    return int(session.scalar(found) or 0)


def waiting(session: Session) -> tuple[int, int]:
    """What waits for a person: suspected payments, and refused refunds nobody made up for."""
    later = aliased(Refund)
    made_up_for = sa.exists().where(
        later.attempt_id == Refund.attempt_id,
        later.id > Refund.id,
        later.state != RefundState.REFUSED,
    )
    reviews = sa.select(sa.func.count()).where(Attempt.state == AttemptState.REVIEW)
    refused = sa.select(sa.func.count()).where(Refund.state == RefundState.REFUSED, ~made_up_for)
    row = session.execute(sa.select(reviews.scalar_subquery(), refused.scalar_subquery())).one()
    return int(row[0]), int(row[1])
