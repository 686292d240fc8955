"""Credits and what is left of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import ledger, payments
from cilis.domains.credits.errors import CreditNotFound
from cilis.domains.credits.models import Credit
from cilis.domains.credits.types import CreditState
from cilis.infra.paging import newest_page
from cilis.kit import clock
from cilis.kit.money import Money
from cilis.kit.pagination import Page
from cilis.kit.viewer import Viewer

_MOST = 100
STAFF = frozenset({"admin", "support"})


def credit(session: Session, credit_id: UUID) -> Credit:
    """One credit; raises CreditNotFound."""
    found = session.get(Credit, credit_id)
    if found is None:
        raise CreditNotFound(f"no credit {credit_id}")
    return found


def lock(session: Session, credit_id: UUID) -> Credit:
    """One credit, locked and read anew; raises CreditNotFound."""
    found = session.get(Credit, credit_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise CreditNotFound(f"no credit {credit_id}")
    return found


def visible(session: Session, viewer: Viewer, credit_id: UUID) -> Credit:
    """One credit for its owner, its buyer or staff; raises CreditNotFound."""
    found = credit(session, credit_id)
    if viewer.person_id in {found.owner_id, found.buyer_id} - {None} or is_staff(viewer):
        return found
    raise CreditNotFound(f"no credit {credit_id} for this viewer")


def sees_rest(found: Credit, viewer: Viewer) -> bool:
    """Whether somebody sees what is left: not who gave it away, once it is another one's."""
    if found.owner_id is None:
        return viewer.person_id == found.buyer_id or is_staff(viewer)
    return viewer.person_id == found.owner_id or is_staff(viewer)


def is_staff(viewer: Viewer) -> bool:
    """Whether somebody sees everybody's credits."""
    return bool(STAFF & viewer.roles)


def credits_of(session: Session, person_id: UUID) -> Sequence[Credit]:
    """The latest credits that somebody owns or bought."""
    found = sa.select(Credit).where(
        sa.or_(Credit.owner_id == person_id, Credit.buyer_id == person_id),
        Credit.state != CreditState.LAPSED,
    )
    newest = found.order_by(Credit.made_at.desc(), Credit.id.desc()).limit(_MOST)
    return session.scalars(newest).all()


def open_credits(session: Session, owner_id: UUID, currency: str) -> Sequence[Credit]:
    """What somebody can pay with, the soonest to end first; something may be left of each."""
    found = sa.select(Credit).where(
        Credit.owner_id == owner_id,
        Credit.state == CreditState.OPEN,
        Credit.currency == currency,
        sa.or_(Credit.ends_at.is_(None), Credit.ends_at > clock.now()),
    )
    soonest = found.order_by(Credit.ends_at.asc().nulls_last(), Credit.id).limit(_MOST)
    return session.scalars(soonest).all()


def credits_page(
    session: Session, *, person_id: UUID | None = None, cursor: str | None = None, limit: int = 20
) -> Page[Credit]:
    """All credits that came to be, newest first; or those that somebody owns or bought."""
    found = sa.select(Credit).where(Credit.state.not_in([CreditState.LAPSED, CreditState.WAITING]))
    if person_id is not None:
        found = found.where(sa.or_(Credit.owner_id == person_id, Credit.buyer_id == person_id))
    return newest_page(session, found, (Credit.made_at, Credit.id), cursor, limit)


def gift_by_code(session: Session, code_hash: str) -> Credit | None:
    """The gift of a code, locked."""
    return session.scalar(sa.select(Credit).where(Credit.code_hash == code_hash).with_for_update())


def left(session: Session, found: Credit) -> Money:
    """What is left of a credit."""
    return ledger.balance(session, _account(found), found.currency)


def contested(session: Session, found: Iterable[Credit]) -> set[UUID]:
    """Which of these credits are of purchases that a bank contests: nobody may have any of them."""
    paid = {one.paid_attempt_id: one.id for one in found if one.paid_attempt_id is not None}
    return {paid[attempt_id] for attempt_id in payments.contested(session, paid)}


def borne(session: Session, found: Credit) -> Money:
    """What the organization bears of a credit's purchase: gone again, though it was spent."""
    moved = ledger.sums(ledger.of_subject(session, found.id))
    adjustments = ledger.Account(ledger.AccountKind.ADJUSTMENTS)
    return moved.get(adjustments, Money(0, found.currency))


def movements(session: Session, found: Credit) -> Sequence[ledger.Line]:
    """What came to a credit and what went, the oldest first; the latest hundred."""
    return ledger.lines(session, _account(found), found.currency, limit=_MOST)


def left_of(session: Session, found: Iterable[Credit]) -> Mapping[UUID, Money]:
    """What is left of each credit, by its id."""
    by_currency: dict[str, list[Credit]] = {}
    for one in found:
        by_currency.setdefault(one.currency, []).append(one)
    amounts: dict[UUID, Money] = {}
    for currency, some in by_currency.items():
        owners = {one.id.hex: one.id for one in some}
        known = ledger.balances_of(session, ledger.AccountKind.CREDIT, owners, currency)
        amounts |= {owners[owner]: amount for owner, amount in known.items()}
    return amounts


def _account(found: Credit) -> ledger.Account:
    return ledger.Account(ledger.AccountKind.CREDIT, found.id.hex)
