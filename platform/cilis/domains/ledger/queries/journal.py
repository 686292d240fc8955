"""What was posted: by subject, by account, and all of it in order of time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from cilis.domains.ledger.models import LedgerAccount, LedgerPosting, LedgerTransfer
from cilis.domains.ledger.types import (
    DEBIT_KINDS,
    Account,
    AccountKind,
    Line,
    Posted,
    PostingKind,
    Transfer,
)
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money
from cilis.kit.pagination import Page, decode_cursor, encode_cursor

_debit, _credit = aliased(LedgerAccount), aliased(LedgerAccount)


def posted_under(session: Session, key: str) -> Posted | None:
    """The posting of this key, or nothing."""
    found = _read(session, sa.select(LedgerPosting).where(LedgerPosting.key == key))
    return found[0] if found else None


def known_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Which of these keys were posted."""
    found = sa.select(LedgerPosting.key).where(LedgerPosting.key.in_(keys))
    return set(session.scalars(found)) if keys else set()


def posted_about(session: Session, subject_ids: Collection[UUID], kind: PostingKind) -> set[UUID]:
    """Which of these subjects have a posting of a kind."""
    found = sa.select(LedgerPosting.subject_id).where(
        LedgerPosting.subject_id.in_(subject_ids), LedgerPosting.kind == kind
    )
    return set(session.scalars(found)) if subject_ids else set()


def postings(session: Session, posting_ids: Collection[UUID]) -> dict[UUID, Posted]:
    """Some postings by their ids, in two queries whatever the number; unknown ids are left out."""
    if not posting_ids:
        return {}
    rows = sa.select(LedgerPosting).where(LedgerPosting.id.in_(posting_ids))
    return {found.id: found for found in _read(session, rows)}


def of_subject(session: Session, subject_id: UUID) -> list[Posted]:
    """Everything that was posted about one thing, oldest first."""
    rows = sa.select(LedgerPosting).where(LedgerPosting.subject_id == subject_id)
    return _read(session, rows.order_by(LedgerPosting.at, LedgerPosting.id))


def sums(postings: Iterable[Posted]) -> dict[Account, Money]:
    """What postings changed on each account together, in the account's own direction."""
    found: dict[Account, Money] = {}
    for posting in postings:
        for transfer in posting.transfers:
            for account, is_debit in ((transfer.debit, True), (transfer.credit, False)):
                grows = (account.kind in DEBIT_KINDS) == is_debit
                minor = transfer.amount.minor if grows else -transfer.amount.minor
                before = found.get(account, Money(0, transfer.amount.currency))
                found[account] = before + Money(minor, transfer.amount.currency)
    return found


def journal(
    session: Session,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Posted]:
    """All postings, newest first; the period is half-open."""
    table = LedgerPosting
    rows = sa.select(table)
    if since is not None:
        rows = rows.where(table.at >= since)
    if until is not None:
        rows = rows.where(table.at < until)
    if cursor is not None:
        at, last = decode_cursor(cursor, 2)
        rows = rows.where(sa.tuple_(table.at, table.id) < _place(at, last))
    found = _read(session, rows.order_by(table.at.desc(), table.id.desc()).limit(limit + 1))
    mark = None
    if len(found) > limit:
        mark = encode_cursor(found[limit - 1].at.isoformat(), found[limit - 1].id.hex)
    return Page(found[:limit], mark)


def lines(
    session: Session,
    account: Account,
    currency: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> list[Line]:
    """The movements of one account in a half-open period, oldest first; all, or the newest few."""
    own = session.scalar(
        sa.select(LedgerAccount.id).where(
            LedgerAccount.kind == account.kind,
            LedgerAccount.owner == account.owner,
            LedgerAccount.currency == currency,
        )
    )
    if own is None:
        return []
    grows_by_debit = account.kind in DEBIT_KINDS
    halves = []
    for side, opposite, is_debit in (
        (LedgerTransfer.debit_id, LedgerTransfer.credit_id, True),
        (LedgerTransfer.credit_id, LedgerTransfer.debit_id, False),
    ):
        sign = 1 if is_debit == grows_by_debit else -1
        half = sa.select(
            LedgerTransfer.at,
            LedgerTransfer.posting_id,
            LedgerTransfer.number,
            (LedgerTransfer.amount_minor * sign).label("change"),
            opposite.label("other_id"),
        ).where(side == own)
        if since is not None:
            half = half.where(LedgerTransfer.at >= since)
        if until is not None:
            half = half.where(LedgerTransfer.at < until)
        if limit is not None:
            newest = LedgerTransfer.at, LedgerTransfer.posting_id, LedgerTransfer.number
            half = half.order_by(*(each.desc() for each in newest)).limit(limit)
        halves.append(half.subquery().select())
    both = sa.union_all(*halves).subquery()
    rows = (
        sa.select(both, LedgerPosting.kind, LedgerPosting.subject_id, _debit.kind, _debit.owner)
        .join(LedgerPosting, LedgerPosting.id == both.c.posting_id)
        .join(_debit, _debit.id == both.c.other_id)
        .order_by(both.c.at.desc(), both.c.posting_id.desc(), both.c.number.desc())
    )
    found = session.execute(rows if limit is None else rows.limit(limit)).all()
    return [
        Line(
            at=row.at,
            posting_id=row.posting_id,
            number=row.number,
            kind=PostingKind(row[5]),
            subject_id=row.subject_id,
            other=Account(AccountKind(row[7]), row.owner),
            change=Money(row.change, currency),
        )
        for row in reversed(found)
    ]


def _place(at: object, last: object) -> sa.Tuple:
    try:
        return sa.tuple_(
            sa.literal(datetime.fromisoformat(str(at))), sa.literal(UUID(hex=str(last)))
        )
    except ValueError as problem:
        raise InvalidInput({"cursor": ["not_a_cursor"]}) from problem


def _read(session: Session, postings: sa.Select[tuple[LedgerPosting]]) -> list[Posted]:
    rows = session.scalars(postings).all()
    transfers: dict[UUID, list[Transfer]] = {row.id: [] for row in rows}
    parts = (
        sa.select(
            LedgerTransfer.posting_id,
            _debit.kind,
            _debit.owner,
            _credit.kind,
            _credit.owner,
            LedgerTransfer.amount_minor,
            LedgerTransfer.currency,
        )
        .join(_debit, _debit.id == LedgerTransfer.debit_id)
        .join(_credit, _credit.id == LedgerTransfer.credit_id)
        .where(LedgerTransfer.posting_id.in_(transfers))
        .order_by(LedgerTransfer.posting_id, LedgerTransfer.number)
    )
    for posting_id, kind, owner, other_kind, other_owner, minor, currency in session.execute(parts):
        transfers[posting_id].append(
            Transfer(
                Account(AccountKind(kind), owner),
                Account(AccountKind(other_kind), other_owner),
                Money(minor, currency),
            )
        )
    return [
        Posted(
            id=row.id,
            at=row.at,
            kind=row.kind,
            subject_id=row.subject_id,
            actor_id=row.actor_id,
            detail=row.detail,
            transfers=tuple(transfers[row.id]),
        )
        for row in rows
    ]
