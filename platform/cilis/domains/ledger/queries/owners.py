"""Accounts of one kind with many owners: a page of owners costs one query."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.ledger.models import LedgerAccount, LedgerPosting, LedgerTransfer
from cilis.domains.ledger.queries.accounts import signed, sums_up_to
from cilis.domains.ledger.types import DEBIT_KINDS, Account, AccountKind, PostingKind
from cilis.kit.money import Money


def balances_of(
    session: Session,
    kind: AccountKind,
    owners: Collection[str],
    currency: str,
    at: datetime | None = None,
) -> dict[str, Money]:
    """What stands on the accounts of these owners; every one asked for has an entry."""
    found = {owner: Money(0, currency) for owner in owners}
    if found:
        for row in session.execute(sums_up_to(_accounts(kind, owners, currency), at)):
            found[row.owner] = Money(signed(kind, row.debit, row.credit), currency)
    return found


def lately(
    session: Session,
    kind: AccountKind,
    owners: Collection[str],
    currency: str,
    *,
    since: datetime,
    why: Collection[PostingKind],
) -> dict[str, int]:
    """What came to these owners after an instant by postings of some kinds, in minor units.

    Movements about one subject count together, and a subject that only took away counts nothing.
    Owners to whom nothing came are left out.
    """
    if not owners:
        return {}
    accounts = _accounts(kind, owners, currency)
    halves = []
    for side, is_debit in ((LedgerTransfer.debit_id, True), (LedgerTransfer.credit_id, False)):
        sign = 1 if is_debit == (kind in DEBIT_KINDS) else -1
        halves.append(
            sa.select(
                accounts.c.owner,
                LedgerTransfer.posting_id,
                (LedgerTransfer.amount_minor * sign).label("change"),
            )
            .join(LedgerTransfer, side == accounts.c.id)
            .where(LedgerTransfer.at > since)
        )
    both = sa.union_all(*halves).subquery()
    change = sa.func.sum(both.c.change)
    each = (
        sa.select(both.c.owner, change.label("change"))
        .join(LedgerPosting, LedgerPosting.id == both.c.posting_id)
        .where(LedgerPosting.kind.in_(why))
        .group_by(both.c.owner, LedgerPosting.subject_id)
        .having(change > 0)
        .subquery()
    )
    total = sa.select(each.c.owner, sa.func.sum(each.c.change)).group_by(each.c.owner)
    return {owner: int(minor) for owner, minor in session.execute(total)}


def first_line(session: Session, account: Account, currency: str) -> datetime | None:
    """When an account first moved; None if it never did."""
    own = _accounts(account.kind, [account.owner], currency)
    firsts = [
        sa.select(sa.func.min(LedgerTransfer.at)).where(side == own.c.id).scalar_subquery()
        for side in (LedgerTransfer.debit_id, LedgerTransfer.credit_id)
    ]
    return session.scalar(sa.select(sa.func.least(*firsts)).select_from(own))


def _accounts(kind: AccountKind, owners: Collection[str], currency: str) -> sa.Subquery:
    table = LedgerAccount
    wanted = sa.select(table.id, table.kind, table.owner, table.currency)
    return wanted.where(
        table.kind == kind, table.owner.in_(owners), table.currency == currency
    ).subquery()
