"""The ledger's tables. Rows are only ever added.

A posting is zero by construction: each transfer has one amount and both of its sides, so no sum
has to be checked and no trigger is needed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.ledger.types import AccountKind, PostingKind
from cilis.infra.db import Base
from cilis.kit import ids


class LedgerAccount(Base):
    """One account in one currency."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        sa.UniqueConstraint("kind", "owner", "currency"),
        sa.UniqueConstraint("id", "currency"),  # so that a transfer's sides share its currency
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    kind: Mapped[AccountKind]
    owner: Mapped[str]
    currency: Mapped[str] = mapped_column(sa.String(3))


class LedgerPosting(Base):
    """Movements that belong together, and why."""

    __tablename__ = "ledger_postings"
    __table_args__ = (
        sa.Index("ledger_postings_newest_idx", "at", "id"),
        sa.Index("ledger_postings_subject_idx", "subject_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    kind: Mapped[PostingKind]
    subject_id: Mapped[UUID]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]]


class LedgerTransfer(Base):
    """One amount from one account to another."""

    __tablename__ = "ledger_transfers"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["debit_id", "currency"],
            ["ledger_accounts.id", "ledger_accounts.currency"],
            name="ledger_transfers_debit_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["credit_id", "currency"],
            ["ledger_accounts.id", "ledger_accounts.currency"],
            name="ledger_transfers_credit_fkey",
        ),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("debit_id <> credit_id", name="two_sides"),
        # the sums of a tail are read from these alone
        sa.Index(
            "ledger_transfers_debit_idx", "debit_id", "at", postgresql_include=["amount_minor"]
        ),
        sa.Index(
            "ledger_transfers_credit_idx", "credit_id", "at", postgresql_include=["amount_minor"]
        ),
    )

    posting_id: Mapped[UUID] = mapped_column(sa.ForeignKey("ledger_postings.id"), primary_key=True)
    number: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    at: Mapped[datetime]  # the posting's
    debit_id: Mapped[UUID]
    credit_id: Mapped[UUID]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))


class LedgerSnapshot(Base):
    """The sums of an account's movements up to an instant, so that no balance reads them all."""

    __tablename__ = "ledger_snapshots"

    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("ledger_accounts.id"), primary_key=True)
    through: Mapped[datetime] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(sa.String(3))
    debit_minor: Mapped[int] = mapped_column(sa.BigInteger)
    credit_minor: Mapped[int] = mapped_column(sa.BigInteger)
