"""Money that clients' banks take back, and what they are told."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.payments.types import ANSWERABLE, DisputeState
from cilis.infra.db import Base
from cilis.kit import clock, ids
from cilis.kit.money import Money


class Dispute(Base):
    """Money that a client's bank takes back, or asks about, against our word."""

    __tablename__ = "disputes"
    __table_args__ = (
        sa.UniqueConstraint("provider", "reference"),
        sa.Index("disputes_newest_idx", "opened_at", "id"),
        sa.Index("disputes_state_idx", "state", "opened_at", "id"),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    attempt_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attempts.id"), index=True)
    provider: Mapped[str] = mapped_column(sa.String(40))
    reference: Mapped[str] = mapped_column(sa.String(120))  # the gateway's own
    state: Mapped[DisputeState]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    reason: Mapped[str]  # the gateway's own code
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    due_at: Mapped[datetime | None]  # until when the bank takes evidence
    closed_at: Mapped[datetime | None]
    told_key: Mapped[UUID | None]  # under which evidence is being told, or was
    told_by: Mapped[UUID | None]
    told_at: Mapped[datetime | None]  # when the gateway had taken it
    problem: Mapped[str] = mapped_column(default="")  # why the gateway refused it
    # what was passed on of the contested amount and is to be with the company meanwhile; since when
    share_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    share_back_at: Mapped[datetime | None]
    # of how much of the payment that is the share, and how often the company was told
    share_of_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    share_times_told: Mapped[int] = mapped_column(default=0, server_default="0")

    @property
    def amount(self) -> Money:
        """What is contested."""
        return Money(self.amount_minor, self.currency)

    @property
    def share(self) -> Money | None:
        """What of it the payee had got, as far as it comes back."""
        return Money(self.share_minor, self.currency) if self.share_minor is not None else None

    @property
    def may_tell(self) -> bool:
        """Whether evidence can still be gathered and told."""
        return self.state in ANSWERABLE and self.told_key is None


class DisputePaper(Base):
    """One text or file for the bank, until it is told and afterwards."""

    __tablename__ = "dispute_papers"

    dispute_id: Mapped[UUID] = mapped_column(sa.ForeignKey("disputes.id"), primary_key=True)
    field: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    text: Mapped[str] = mapped_column(default="")
    file_key: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(default="")
    content_type: Mapped[str] = mapped_column(default="")
    kept_at: Mapped[datetime] = mapped_column(default=clock.now)
