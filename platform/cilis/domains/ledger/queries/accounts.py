"""Accounts and what stands on them: the last snapshot and the movements since."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import LateralFromClause

from cilis.domains.ledger.models import LedgerAccount, LedgerSnapshot, LedgerTransfer
from cilis.domains.ledger.types import DEBIT_KINDS, Account, AccountKind, Balance, Finding
from cilis.kit.money import Money

SETTLED = timedelta(minutes=15)
"""No transaction stays open so long: what is older is complete."""
_PAGE = 500
_EVER = sa.cast("-infinity", sa.DateTime(timezone=True))


def accounts(
    session: Session, wanted: Collection[tuple[Account, str]]
) -> dict[tuple[Account, str], UUID]:
    """The ids of accounts by what they are for and their currency; unopened ones are missing."""
    table = LedgerAccount
    keys = [(account.kind.value, account.owner, currency) for account, currency in wanted]
    found = session.execute(
        sa.select(table.id, table.kind, table.owner, table.currency).where(
            sa.tuple_(table.kind, table.owner, table.currency).in_(keys)
        )
    )
    return {
        (Account(AccountKind(kind), owner), currency): id_ for id_, kind, owner, currency in found
    }


def balance(session: Session, account: Account, currency: str, at: datetime | None = None) -> Money:
    """What stands on an account now, or stood on it at an instant (inclusive)."""
    table = LedgerAccount
    one = sa.select(table.id, table.kind, table.owner, table.currency).where(
        table.kind == account.kind, table.owner == account.owner, table.currency == currency
    )
    found = session.execute(sums_up_to(one.subquery(), at)).first()
    minor = signed(account.kind, found.debit, found.credit) if found else 0
    return Money(minor, currency)


def balances(
    session: Session,
    kind: AccountKind | None = None,
    at: datetime | None = None,
    *,
    after: str = "",
) -> Iterator[Balance]:
    """All accounts, or those of one kind, in order of kind, owner and currency; read in pages.

    ``after`` is the owner to begin behind, for paging through one kind.
    """
    table = LedgerAccount
    wanted = sa.select(table.id, table.kind, table.owner, table.currency)
    if kind is not None:
        wanted = wanted.where(table.kind == kind)
    last: tuple[str, str, str] = (kind.value if kind else "", after, "\uffff" if after else "")
    order = (table.kind, table.owner, table.currency)
    while True:
        page = wanted.where(sa.tuple_(*order) > last).order_by(*order).limit(_PAGE).subquery()
        wanted_sums = sums_up_to(page, at).order_by(page.c.kind, page.c.owner, page.c.currency)
        found = session.execute(wanted_sums).all()
        for row in found:
            amount = Money(signed(row.kind, row.debit, row.credit), row.currency)
            yield Balance(Account(AccountKind(row.kind), row.owner), amount)
        if len(found) < _PAGE:
            return
        last = (str(found[-1].kind), found[-1].owner, found[-1].currency)


def sums_since_snapshots(session: Session, through: datetime) -> list[tuple[UUID, str, int, int]]:
    """The sums up to an instant of each account that moved since its last snapshot."""
    table = LedgerAccount
    every = sa.select(table.id, table.kind, table.owner, table.currency).subquery()
    found = session.execute(sums_up_to(every, through))
    return [(row.id, row.currency, int(row.debit), int(row.credit)) for row in found if row.number]


def recount(session: Session) -> list[Finding]:
    """Every account whose balance is not the sum of all its movements; reads the whole ledger."""
    counted: dict[UUID, list[int]] = {}
    for place, column in enumerate((LedgerTransfer.debit_id, LedgerTransfer.credit_id)):
        sums = sa.select(column, sa.func.sum(LedgerTransfer.amount_minor)).group_by(column)
        for account_id, total in session.execute(sums):
            counted.setdefault(account_id, [0, 0])[place] = int(total)
    said = {(each.account, each.amount.currency): each.amount for each in balances(session)}
    known = accounts(session, said.keys()) if said else {}
    findings = []
    for (account, currency), amount in said.items():
        sums_of = counted.get(known[account, currency], [0, 0])
        right = Money(signed(account.kind, *sums_of), currency)
        if right != amount:
            findings.append(Finding(account, amount, right))
    return findings


def signed(kind: AccountKind | str, debit: int, credit: int) -> int:
    """What these sums leave on an account of a kind, in its own direction."""
    return int(debit - credit if AccountKind(kind) in DEBIT_KINDS else credit - debit)


def sums_up_to(accounts: sa.Subquery, at: datetime | None) -> sa.Select[Any]:
    """Debits and credits of accounts up to an instant: the last snapshot and the tail of each.

    ``number`` is how many movements the tail has.
    """
    line = _last_line(accounts.c.id, at)
    debit = _tail(LedgerTransfer.debit_id, accounts.c.id, line, at)
    credit = _tail(LedgerTransfer.credit_id, accounts.c.id, line, at)
    return sa.select(
        *accounts.c,
        (sa.func.coalesce(line.c.debit_minor, 0) + debit.c.sum).label("debit"),
        (sa.func.coalesce(line.c.credit_minor, 0) + credit.c.sum).label("credit"),
        (debit.c.number + credit.c.number).label("number"),
    ).select_from(
        accounts.outerjoin(line, sa.true()).join(debit, sa.true()).join(credit, sa.true())
    )


def _last_line(account_id: sa.ColumnElement[UUID], at: datetime | None) -> LateralFromClause:
    table = LedgerSnapshot
    found = sa.select(table.through, table.debit_minor, table.credit_minor)
    found = found.where(table.account_id == account_id)
    if at is not None:
        found = found.where(table.through <= at)
    return found.order_by(table.through.desc()).limit(1).lateral()


def _tail(
    side: sa.orm.InstrumentedAttribute[UUID],
    account_id: sa.ColumnElement[UUID],
    line: LateralFromClause,
    until: datetime | None,
) -> LateralFromClause:
    total = sa.func.coalesce(sa.func.sum(LedgerTransfer.amount_minor), 0)
    since = sa.func.coalesce(line.c.through, _EVER)
    found = sa.select(
        sa.cast(total, sa.BigInteger).label("sum"), sa.func.count().label("number")
    ).where(side == account_id, LedgerTransfer.at > since)
    if until is not None:
        found = found.where(LedgerTransfer.at <= until)
    return found.lateral()
