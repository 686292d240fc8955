"""Commission rules and tax rates."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.pricing.types import Base as CommissionBase
from cilis.infra.db import Base
from cilis.kit import clock, ids


class CommissionRule(Base):
    """What the organization keeps: of one expert, of a field with all below it, or of everybody."""

    __tablename__ = "commission_rules"
    __table_args__ = (
        sa.CheckConstraint("expert_id IS NULL OR topic_id IS NULL", name="one_scope"),
        sa.CheckConstraint("percent_bp BETWEEN 0 AND 10000", name="percent"),
        sa.CheckConstraint("fixed_minor >= 0 AND minimum_minor >= 0", name="not_negative"),
        sa.Index(
            "commission_rules_one_per_scope",
            sa.text("coalesce(expert_id, topic_id, '00000000-0000-0000-0000-000000000000'::uuid)"),
            unique=True,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    expert_id: Mapped[UUID | None]
    topic_id: Mapped[UUID | None]
    percent_bp: Mapped[int]
    fixed_minor: Mapped[int] = mapped_column(sa.BigInteger)
    minimum_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    base: Mapped[CommissionBase]
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)


class TaxRate(Base):
    """A tax rate beside the organization's usual one."""

    __tablename__ = "tax_rates"
    __table_args__ = (sa.CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    name: Mapped[dict[str, str]]
    country: Mapped[str] = mapped_column(sa.String(2))
    rate_bp: Mapped[int]


class ServiceTax(Base):
    """The tax rate of a service that has not the usual one."""

    __tablename__ = "service_taxes"
    __table_args__ = (sa.Index("service_taxes_rate_id_idx", "rate_id"),)

    service_id: Mapped[UUID] = mapped_column(primary_key=True)
    rate_id: Mapped[UUID] = mapped_column(sa.ForeignKey("tax_rates.id"))
