"""What can be asked about payments and refunds; every function joins the caller's session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from cilis.domains.payments.errors import PaymentNotFound, RefundNotFound
from cilis.domains.payments.models import Attempt, PaymentChange, PaymentNotice, Refund
from cilis.domains.payments.types import LIVE_STATES, AttemptState, RefundState
from cilis.kit.errors import InvalidInput
from cilis.kit.pagination import Page, decode_cursor, encode_cursor
from cilis.kit.viewer import Viewer

STAFF = ("admin", "support")


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
    if found.payer_id != viewer.person_id and not _is_staff(viewer):
        raise PaymentNotFound(f"not the viewer's: {attempt_id}")
    return found


def page(
    session: Session,
    viewer: Viewer,
    *,
    cursor: str | None = None,
    limit: int = 20,
    state: AttemptState | None = None,
) -> Page[Attempt]:
    """The viewer's payments, newest first; all of them for the organization's staff."""
    found = sa.select(Attempt).order_by(Attempt.id.desc()).limit(limit + 1)
    if not _is_staff(viewer):
        found = found.where(Attempt.payer_id == viewer.person)
    if state is not None:
        found = found.where(Attempt.state == state)
    if cursor:
        found = found.where(Attempt.id < _id_from(cursor))
    rows = session.scalars(found).all()
    return _cut(rows, limit)


def of_subjects(session: Session, subject_ids: Iterable[UUID]) -> dict[UUID, Attempt]:
    """For each thing the attempt that tells most: the captured one, else the newest."""
    wanted = list(subject_ids)
    if not wanted:
        return {}
    rows = session.scalars(
        sa.select(Attempt).where(Attempt.subject_id.in_(wanted)).order_by(Attempt.id)
    )
    found: dict[UUID, Attempt] = {}
    for row in rows:
        kept = found.get(row.subject_id)
        if kept is None or kept.state != AttemptState.CAPTURED:
            found[row.subject_id] = row
    return found


def live_of(session: Session, subject_id: UUID) -> Sequence[Attempt]:
    """A thing's attempts that might still be paid, locked in order of their ids."""
    return session.scalars(
        sa.select(Attempt)
        .where(Attempt.subject_id == subject_id, Attempt.state.in_(LIVE_STATES))
        .order_by(Attempt.id)
        .with_for_update()
    ).all()


def is_paid(session: Session, subject_id: UUID) -> bool:
    """Whether money has come for a thing, or was debited and waits for a decision."""
    states = (AttemptState.CAPTURED, AttemptState.REVIEW)
    paid = sa.exists().where(Attempt.subject_id == subject_id, Attempt.state.in_(states))
    return bool(session.scalar(sa.select(paid)))


def changes(session: Session, attempt_id: UUID) -> Sequence[PaymentChange]:
    """Everything that happened to an attempt and its refunds, oldest first."""
    return session.scalars(
        sa.select(PaymentChange)
        .where(PaymentChange.attempt_id == attempt_id)
        .order_by(PaymentChange.id)
    ).all()


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
    if payer != viewer.person_id and not _is_staff(viewer):
        raise RefundNotFound(f"not the viewer's: {refund_id}")
    return found


def refunds_page(
    session: Session,
    viewer: Viewer,
    *,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Refund]:
    """The viewer's refunds, newest first; all of them for the organization's staff."""
    found = sa.select(Refund).order_by(Refund.id.desc()).limit(limit + 1)
    if not _is_staff(viewer):
        found = found.join(Attempt, Attempt.id == Refund.attempt_id)
        found = found.where(Attempt.payer_id == viewer.person)
    if cursor:
        found = found.where(Refund.id < _id_from(cursor))
    rows = session.scalars(found).all()
    more = encode_cursor(str(rows[limit - 1].id)) if len(rows) > limit else None
    return Page(rows[:limit], more)


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


def refunded_minor(session: Session, attempt_id: UUID) -> int:
    """What has gone back or is on its way, in minor units."""
    total = session.scalar(
        sa.select(sa.func.sum(Refund.amount_minor)).where(
            Refund.attempt_id == attempt_id, Refund.state != RefundState.REFUSED
        )
    )
    return int(total or 0)


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


def notice(session: Session, notice_id: UUID) -> PaymentNotice | None:
    """One row of the inbox, locked."""
    return session.get(PaymentNotice, notice_id, with_for_update=True, populate_existing=True)


def notice_of(session: Session, provider: str, event_id: str) -> PaymentNotice | None:
    """The inbox row of a gateway's event, locked."""
    return session.scalar(
        sa.select(PaymentNotice)
        .where(PaymentNotice.provider == provider, PaymentNotice.event_id == event_id)
        .with_for_update()
    )


def _is_staff(viewer: Viewer) -> bool:
    return any(viewer.has(role) for role in STAFF)


def _cut(rows: Sequence[Attempt], limit: int) -> Page[Attempt]:
    more = encode_cursor(str(rows[limit - 1].id)) if len(rows) > limit else None
    return Page(rows[:limit], more)


def _id_from(cursor: str) -> UUID:
    (value,) = decode_cursor(cursor, 1)
    try:
        return UUID(value)
    except (TypeError, ValueError, AttributeError) as problem:
        raise InvalidInput({"cursor": ["not_a_cursor"]}) from problem
