"""Paying for a session by credit; in the caller's transaction, which holds the booking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import payments
from cilis.domains.credits import queries
from cilis.domains.credits.errors import CreditContested, CreditNotUsable
from cilis.domains.credits.models import Credit
from cilis.domains.credits.types import Bill, CreditKind, CreditState, Discount, Usable
from cilis.kit import clock
from cilis.kit.money import Money


def spend(
    session: Session, subject_id: UUID, payee_id: UUID, bill: Bill, description: str
) -> list[UUID]:
    """Pay with what the client has of plain credit, the soonest to end first.

    Returns the payments that were made, one for each credit; together never more than the bill.

    Raises:
        CreditNotUsable: the client has none.
        CreditContested: they have none that no bank contests.
    """
    rest, made = bill.price.minor, []
    found = [one for one in queries.usable(session, bill) if not one.covers]
    for one in _locked(session, found):
        minor = min(rest, queries.left(session, one).minor)
        if minor > 0:
            amount = Money(minor, bill.price.currency)
            made.append(_pay(session, one, (subject_id, payee_id, bill), amount, description))
            rest -= minor
    if not made and _is_contested(session, bill):
        raise CreditContested(f"all credit of {bill.client_id} is contested")
    if not made:
        raise CreditNotUsable(f"{bill.client_id} has no credit")
    return made


def spend_session(
    session: Session,
    subject_id: UUID,
    payee_id: UUID,
    bill: Bill,
    credit_id: UUID,
    description: str,
) -> tuple[UUID, Discount]:
    """Pay with one session of a package: the payment, and what the session is cheaper by it.

    Raises:
        CreditNotFound: no such credit.
        CreditNotUsable: it is no package of the client's, does not hold for this session, is over
            or used up.
        CreditContested: a bank contests what was paid for it.
    """
    locked = queries.lock(session, credit_id)
    one = next((it for it in queries.usable(session, bill) if it.id == credit_id), None)
    if queries.contested(session, [locked]) and locked.owner_id == bill.client_id:
        raise CreditContested(f"the purchase of {credit_id} is contested")
    if one is None or not one.covers or locked.kind is not CreditKind.PACKAGE:
        raise CreditNotUsable(f"{credit_id} pays for no such session")
    label = next(iter(locked.name.values()), "")
    off = Money(bill.price.minor - one.pays.minor, bill.price.currency)
    discount = Discount("package", credit_id, label, off, bill.price, locked.borne_by)
    named = subject_id, payee_id, bill
    return _pay(session, locked, named, one.pays, description), discount


def _locked(session: Session, found: Sequence[Usable]) -> list[Credit]:
    """The credits, locked in one order everywhere, and back in the order of their ends."""
    locked = {one.id: queries.lock(session, one.id) for one in sorted(found, key=lambda it: it.id)}
    now = clock.now()
    return [
        locked[one.id]
        for one in found
        if locked[one.id].state is CreditState.OPEN and _is_in_time(locked[one.id], now)
    ]


def _is_contested(session: Session, bill: Bill) -> bool:
    """Whether the client has plain credit whose purchase a bank contests."""
    found = queries.open_credits(session, bill.client_id, bill.price.currency)
    plain = [one for one in found if one.kind is not CreditKind.PACKAGE]
    return bool(queries.contested(session, plain))


def _is_in_time(one: Credit, now: datetime) -> bool:
    return one.ends_at is None or one.ends_at > now


def _pay(
    session: Session,
    one: Credit,
    named: tuple[UUID, UUID, Bill],
    amount: Money,
    description: str,
) -> UUID:
    subject_id, payee_id, bill = named
    return payments.pay_by_credit(
        session,
        subject_id=subject_id,
        payer_id=bill.client_id,
        payee_id=payee_id,
        credit_id=one.id,
        amount=amount,
        description=description,
    )
