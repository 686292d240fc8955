"""Payments and refunds by pages, newest first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import identity
from cilis.domains.payments.models import Attempt, Refund, RefundRequest
from cilis.domains.payments.queries.attempts import is_staff
from cilis.domains.payments.types import (
    CREDIT,
    AttemptState,
    PaymentFilter,
    RefundState,
    RequestState,
)
from cilis.infra.paging import newest_page
from cilis.kit.pagination import Page
from cilis.kit.viewer import Viewer

_MOST_NAMED = _MOST_PEOPLE = 50
_OURS = re.compile("[0-9a-f]{32}")
_CODE = re.compile("[A-Z0-9]{6,12}")  # a booking's reference, with which the description begins
_NO_FILTER = PaymentFilter()
_UNDONE = sa.and_(Attempt.in_vain, Attempt.provider == CREDIT)
"""Credit that was taken for an hour and came back with it: nothing that its owner should see."""


def page(
    session: Session,
    viewer: Viewer,
    *,
    wanted: PaymentFilter = _NO_FILTER,
    own: bool = False,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Attempt]:
    """The viewer's payments; for staff those of everybody, unless ``own`` is asked for.

    Credit that came back with an hour which was never booked shows to staff only.
    """
    found = sa.select(Attempt)
    if own or not is_staff(viewer):
        found = found.where(Attempt.payer_id == viewer.person, ~_UNDONE)
    found = _filtered(found, wanted)
    if wanted.text.strip():
        found = found.where(_named(session, wanted.text.strip()))
    return newest_page(session, found, (Attempt.created_at, Attempt.id), cursor, limit)


def earnings_page(
    session: Session, person_id: UUID, *, cursor: str | None = None, limit: int = 20
) -> Page[Attempt]:
    """The payments that bought a person's work, not those whose money came in vain."""
    found = sa.select(Attempt).where(
        Attempt.payee_id == person_id,
        Attempt.state == AttemptState.CAPTURED,
        ~Attempt.in_vain,
    )
    return newest_page(session, found, (Attempt.created_at, Attempt.id), cursor, limit)


def refunds_page(
    session: Session,
    viewer: Viewer,
    *,
    state: RefundState | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Refund]:
    """The viewer's refunds; all of them for the organization's staff."""
    found = sa.select(Refund)
    if not is_staff(viewer):
        found = found.join(Attempt, Attempt.id == Refund.attempt_id)
        found = found.where(Attempt.payer_id == viewer.person, ~_UNDONE)
    if state is not None:
        found = found.where(Refund.state == state)
    return newest_page(session, found, (Refund.asked_at, Refund.id), cursor, limit)


def requests_page(
    session: Session,
    *,
    state: RequestState | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[RefundRequest]:
    """Refunds that wait or waited for a second person; for staff only."""
    found = sa.select(RefundRequest)
    if state is not None:
        found = found.where(RefundRequest.state == state)
    return newest_page(session, found, (RefundRequest.asked_at, RefundRequest.id), cursor, limit)


def _filtered(found: sa.Select[Any], wanted: PaymentFilter) -> sa.Select[Any]:
    """The conditions that need no look at other rooms; each has an index in the list's order."""
    if wanted.state is not None:
        found = found.where(Attempt.state == wanted.state)
    if wanted.refund_state is not None:
        in_state = sa.select(Refund.attempt_id).where(Refund.state == wanted.refund_state)
        found = found.where(Attempt.id.in_(in_state))
    if wanted.person_id is not None:
        either = (Attempt.payer_id == wanted.person_id, Attempt.payee_id == wanted.person_id)
        found = found.where(sa.or_(*either))
    if wanted.amount_minor is not None:
        found = found.where(Attempt.amount_minor == wanted.amount_minor)
    if wanted.since is not None:
        found = found.where(Attempt.created_at >= wanted.since)
    if wanted.until is not None:
        found = found.where(Attempt.created_at < wanted.until)
    return found


def _named(session: Session, text: str) -> sa.ColumnElement[bool]:
    """What a text means: a reference if one fits, else the people who are called so."""
    ids = _referred(session, text)
    if ids:
        return Attempt.id.in_(ids)
    people = _called(session, text)
    return sa.or_(Attempt.payer_id.in_(people), Attempt.payee_id.in_(people))


def _called(session: Session, text: str) -> list[UUID]:
    """Who is called so, or has this address."""
    found = identity.people_page(session, identity.PeopleQuestion(words=text, limit=_MOST_PEOPLE))
    return [person.id for person in found.items]


def _referred(session: Session, text: str) -> Sequence[UUID]:
    """The attempts with this reference, by three index look-ups in one query."""
    looks = [sa.select(Attempt.id).where(Attempt.provider_reference == text)]
    plain = text.lower().replace("-", "")
    if _OURS.fullmatch(plain):
        looks.append(sa.select(Attempt.id).where(Attempt.id == UUID(plain)))
        looks.append(sa.select(Attempt.id).where(Attempt.subject_id == UUID(plain)))
        looks.append(sa.select(Refund.attempt_id).where(Refund.id == UUID(plain)))
    if _CODE.fullmatch(text.upper()):
        begins = Attempt.description.like(f"{text.upper()} %")
        looks.append(sa.select(Attempt.id).where(begins))
    return session.scalars(sa.union(*looks).limit(_MOST_NAMED)).all()
