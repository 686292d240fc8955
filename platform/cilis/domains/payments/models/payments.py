"""Attempts to take money, refunds, every change of both, and what gateways told us."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.payments.types import (
    CREDIT,
    About,
    AttemptState,
    BorneBy,
    Cause,
    Difference,
    DifferenceState,
    RefundState,
    RequestState,
    Source,
)
from cilis.infra.db import Base
from cilis.kit import clock, ids
from cilis.kit.money import Money


class Attempt(Base):
    """One try to take one amount for one thing (``subject_id``) through one gateway.

    The state only moves forward (`types.ATTEMPT_MOVES`); who changes it holds the row's lock.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        sa.Index("attempts_payer_idx", "payer_id", "created_at", "id"),
        sa.Index("attempts_payee_idx", "payee_id", "created_at", "id"),
        sa.Index("attempts_newest_idx", "created_at", "id"),
        sa.Index("attempts_state_idx", "state", "created_at", "id"),
        sa.Index("attempts_amount_idx", "amount_minor", "created_at", "id"),
        sa.Index(
            "attempts_number_idx",
            "provider_reference",
            postgresql_where=sa.text("provider_reference <> ''"),
        ),
        sa.Index(  # begins with the booking's reference
            "attempts_description_idx",
            "description",
            postgresql_ops={"description": "text_pattern_ops"},
        ),
        sa.Index("attempts_review_idx", "id", postgresql_where=sa.text("state = 'review'")),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    payer_id: Mapped[UUID]
    payee_id: Mapped[UUID | None]  # the person whose work is paid for
    provider: Mapped[str] = mapped_column(sa.String(40))
    # which of the provider's ways the client chose; "" where it has one
    way: Mapped[str] = mapped_column(sa.String(40), default="", server_default="")
    about: Mapped[About] = mapped_column(default=About.BOOKING, server_default="booking")
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    description: Mapped[str]
    state: Mapped[AttemptState] = mapped_column(default=AttemptState.CREATED)
    reason: Mapped[str] = mapped_column(default="")  # the gateway's own code
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    pay_url: Mapped[str | None]
    provider_reference: Mapped[str] = mapped_column(default="")
    provider_data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # the payee's account at the company, and what stays here where the company passes on the rest
    payee_account: Mapped[str] = mapped_column(sa.String(80), default="", server_default="")
    kept_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    # what the company kept for itself, once it is known, in its account's currency
    cost_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    cost_currency: Mapped[str] = mapped_column(sa.String(3), default="", server_default="")
    asked_step: Mapped[int] = mapped_column(sa.Integer, default=-1)  # the timers' place
    hurried_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]  # when the gateway agreed to take no more money
    # whether its money came for nothing: too late, or a second time
    in_vain: Mapped[bool] = mapped_column(default=False, server_default=sa.false())

    @property
    def amount(self) -> Money:
        """What is asked for."""
        return Money(self.amount_minor, self.currency)

    @property
    def reference(self) -> str:
        """What the gateway knows the attempt by."""
        return self.id.hex

    @property
    def is_by_credit(self) -> bool:
        """Whether it was paid with what the payer had paid ahead or been given."""
        return self.provider == CREDIT

    @property
    def share(self) -> Money | None:
        """What the company passes on to the payee the moment the money comes; None for nothing."""
        if self.kept_minor is None:
            return None
        return Money(self.amount_minor - self.kept_minor, self.currency)

    @property
    def cost(self) -> Money | None:
        """What the company kept for itself, where it told."""
        return Money(self.cost_minor, self.cost_currency) if self.cost_minor is not None else None

    @property
    def label(self) -> str:
        """What is paid, to be copied by hand: the description begins with it."""
        return self.description.partition(" ")[0]

    def concerns(self, person_id: UUID | None) -> bool:
        """Whether somebody paid it or was paid by it."""
        return person_id is not None and person_id in {self.payer_id, self.payee_id}


class Refund(Base):
    """Money on its way back; ``key`` makes asking twice the same as asking once."""

    __tablename__ = "refunds"
    __table_args__ = (
        sa.UniqueConstraint("attempt_id", "key"),
        sa.Index("refunds_newest_idx", "asked_at", "id"),
        sa.Index("refunds_state_idx", "state", "asked_at", "id"),
        sa.Index("refunds_refused_idx", "id", postgresql_where=sa.text("state = 'refused'")),
        # what went back in a period
        sa.Index("refunds_returned_idx", "settled_at", postgresql_where=sa.text("state = 'done'")),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    attempt_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attempts.id"))
    key: Mapped[str] = mapped_column(sa.String(160))
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    reason: Mapped[str]
    asked_by: Mapped[UUID | None]
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    settled_at: Mapped[datetime | None]
    state: Mapped[RefundState] = mapped_column(default=RefundState.ASKED)
    refusal: Mapped[str] = mapped_column(default="")  # the gateway's own code
    provider_reference: Mapped[str] = mapped_column(default="")
    asked_step: Mapped[int] = mapped_column(sa.Integer, default=-1)
    # how often the gateway was told of it, counted before each time
    times_sent: Mapped[int] = mapped_column(sa.Integer, default=0, server_default="0")
    # by the rules it lessens what all share in; by grace it is the organization's own
    borne_by: Mapped[BorneBy] = mapped_column(default=BorneBy.SHARED, server_default="shared")
    # what of it comes out of what was passed on to the payee; None: nothing does
    share_minor: Mapped[int | None] = mapped_column(sa.BigInteger)

    @property
    def amount(self) -> Money:
        """What goes back."""
        return Money(self.amount_minor, self.currency)

    @property
    def share(self) -> Money | None:
        """What of it comes out of what was passed on to the payee."""
        return Money(self.share_minor, self.currency) if self.share_minor is not None else None

    @property
    def reference(self) -> str:
        """What the gateway knows the refund by, and its idempotency key."""
        return self.id.hex


class RefundRequest(Base):
    """A refund by grace above one person's limit: it goes when a second person agrees.

    Who changes it holds the payment's lock.
    """

    __tablename__ = "refund_requests"
    __table_args__ = (
        sa.Index(  # one open question about a payment
            "refund_requests_one_waiting",
            "attempt_id",
            unique=True,
            postgresql_where=sa.text("state = 'waiting'"),
        ),
        sa.Index("refund_requests_newest_idx", "asked_at", "id"),
        sa.Index("refund_requests_state_idx", "state", "asked_at", "id"),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("decided_by <> asked_by OR state <> 'approved'", name="four_eyes"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    attempt_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attempts.id"), index=True)
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    reason: Mapped[str]  # the client reads it beside the refund
    borne_by: Mapped[BorneBy]
    state: Mapped[RequestState] = mapped_column(default=RequestState.WAITING)
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="")  # why it was refused; for the staff
    refund_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("refunds.id"))

    @property
    def amount(self) -> Money:
        """What is to go back."""
        return Money(self.amount_minor, self.currency)


class PaymentChange(Base):
    """One change of an attempt or refund: from where to where, why, and the proof."""

    __tablename__ = "payment_changes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    attempt_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attempts.id"), index=True)
    refund_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("refunds.id"), index=True)
    dispute_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("disputes.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    from_state: Mapped[str] = mapped_column(sa.String(32))
    to_state: Mapped[str] = mapped_column(sa.String(32))
    cause: Mapped[Cause]
    actor_id: Mapped[UUID | None]
    evidence: Mapped[dict[str, Any]]


class PaymentNotice(Base):
    """The inbox: every genuine notice once, with what was made of it."""

    __tablename__ = "payment_notices"
    __table_args__ = (sa.UniqueConstraint("provider", "event_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    provider: Mapped[str] = mapped_column(sa.String(40))
    event_id: Mapped[str] = mapped_column(sa.String(255))
    received_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    news: Mapped[dict[str, Any]]
    verdict: Mapped[str] = mapped_column(sa.String(32))
    attempt_id: Mapped[UUID | None] = mapped_column(index=True)
    times: Mapped[int] = mapped_column(sa.Integer, default=1)


class Reconciliation(Base):
    """One day of one gateway, compared with our books. Without ``ran_at`` it is still to come."""

    __tablename__ = "reconciliations"
    __table_args__ = (
        sa.UniqueConstraint("provider", "day"),
        sa.Index("reconciliations_day_idx", "day", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    provider: Mapped[str] = mapped_column(sa.String(40))
    day: Mapped[date] = mapped_column(sa.Date)  # in UTC
    source: Mapped[Source | None]
    ran_at: Mapped[datetime | None]
    checked: Mapped[int] = mapped_column(sa.Integer, default=0)
    found: Mapped[int] = mapped_column(sa.Integer, default=0)


class PaymentDifference(Base):
    """One thing about which a gateway's books and ours differ, and how that was settled.

    ``ours_minor`` or ``theirs_minor`` is null where that side knows of no money.
    """

    __tablename__ = "payment_differences"
    __table_args__ = (
        sa.UniqueConstraint("provider", "kind", "reference"),
        sa.Index("payment_differences_newest_idx", "found_at", "id"),
        sa.Index("payment_differences_open_idx", "id", postgresql_where=sa.text("state = 'open'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    provider: Mapped[str] = mapped_column(sa.String(40))
    day: Mapped[date] = mapped_column(sa.Date)
    kind: Mapped[Difference]
    reference: Mapped[str] = mapped_column(sa.String(160))
    provider_reference: Mapped[str]
    attempt_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("attempts.id"), index=True)
    refund_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("refunds.id"))
    is_refund: Mapped[bool]
    ours_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    theirs_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    state: Mapped[DifferenceState] = mapped_column(default=DifferenceState.OPEN)
    found_at: Mapped[datetime] = mapped_column(default=clock.now)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None]
    repair: Mapped[str] = mapped_column(sa.String(16), default="", server_default="")
    reason: Mapped[str] = mapped_column(default="", server_default="")
