"""Rules, accounts of experts, batches of payouts, and corrections by hand."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.payouts.types import AdjustmentState, BatchState, PayeeKind, PayoutState
from cilis.infra.db import Base
from cilis.kit import clock, ids
from cilis.kit.money import Money


class PayoutRulesRow(Base):
    """What the organization decides about payouts; always the row with id 1."""

    __tablename__ = "payout_rules"

    id: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    currency: Mapped[str] = mapped_column(sa.String(3))
    holding_days: Mapped[int]
    minimum_minor: Mapped[int] = mapped_column(sa.BigInteger)
    approval_above_minor: Mapped[int] = mapped_column(sa.BigInteger)
    lock_days: Mapped[int]
    account_holder: Mapped[str]
    account_hint: Mapped[str]
    account_sealed: Mapped[str | None]  # the organization's own IBAN and BIC
    version: Mapped[int] = mapped_column(sa.BigInteger)
    updated_at: Mapped[datetime]


class PayeeRow(Base):
    """Where an expert's money goes; the account itself is sealed."""

    __tablename__ = "payees"

    expert_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[PayeeKind]
    provider: Mapped[str] = mapped_column(sa.String(40))
    hint: Mapped[str]
    sealed: Mapped[str]
    changed_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]


class PayoutBatch(Base):
    """Payouts that are approved and sent together; amounts do not change any more."""

    __tablename__ = "payout_batches"
    __table_args__ = (
        sa.Index("payout_batches_newest_idx", "made_at", "id"),
        sa.Index("payout_batches_state_idx", "state", "made_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    reference: Mapped[str] = mapped_column(sa.String(16), unique=True)
    currency: Mapped[str] = mapped_column(sa.String(3))
    total_minor: Mapped[int] = mapped_column(sa.BigInteger)
    payouts: Mapped[int]
    state: Mapped[BatchState]
    made_by: Mapped[UUID | None]
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    approved_by: Mapped[UUID | None]
    approved_at: Mapped[datetime | None]  # also where no second person was needed
    ended_at: Mapped[datetime | None]

    @property
    def total(self) -> Money:
        """What all its payouts come to."""
        return Money(self.total_minor, self.currency)


class Payout(Base):
    """One amount on its way to one expert.

    Its account is the expert's as it was when the batch was made, so that a later change leads
    nothing astray. The state only moves forward (`types.PAYOUT_MOVES`).
    """

    __tablename__ = "payouts"
    __table_args__ = (
        sa.UniqueConstraint("batch_id", "expert_id"),
        sa.Index("payouts_expert_idx", "expert_id", "ordered_at", "id"),
        sa.Index(  # few are under way, whatever was paid before
            "payouts_open_idx",
            "expert_id",
            postgresql_where=sa.text("state IN ('ordered', 'sent')"),
        ),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    batch_id: Mapped[UUID] = mapped_column(sa.ForeignKey("payout_batches.id"))
    expert_id: Mapped[UUID]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    state: Mapped[PayoutState]
    kind: Mapped[PayeeKind]
    provider: Mapped[str] = mapped_column(sa.String(40))
    hint: Mapped[str]
    sealed: Mapped[str]
    ordered_at: Mapped[datetime] = mapped_column(default=clock.now)
    paid_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")  # why it came back
    provider_reference: Mapped[str] = mapped_column(default="")
    asked_step: Mapped[int] = mapped_column(default=-1)  # the timers' place
    # how often the gateway was told of it, counted before each time
    times_sent: Mapped[int] = mapped_column(default=0)
    # who wants a transfer back that a gateway made; until it is back or cannot be had back
    recalled_by: Mapped[UUID | None]

    @property
    def amount(self) -> Money:
        """What the expert gets."""
        return Money(self.amount_minor, self.currency)

    @property
    def reference(self) -> str:
        """What a bank or gateway knows the payout by."""
        return self.id.hex


class Adjustment(Base):
    """A correction of an expert's balance by hand; negative takes away."""

    __tablename__ = "payout_adjustments"
    __table_args__ = (
        sa.Index("payout_adjustments_expert_idx", "expert_id", "asked_at", "id"),
        sa.Index(  # few wait, whatever else there is
            "payout_adjustments_waiting_idx",
            "asked_at",
            "id",
            postgresql_where=sa.text("state = 'waiting'"),
        ),
        sa.CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    expert_id: Mapped[UUID]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    reason: Mapped[str]
    state: Mapped[AdjustmentState]
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]

    @property
    def amount(self) -> Money:
        """What is added to the balance."""
        return Money(self.amount_minor, self.currency)
