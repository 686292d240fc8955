"""What experts sell."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.experts.types import ServiceMode
from cilis.infra.db import Base
from cilis.kit import ids


class Service(Base):
    """One kind of session with its length, price and rules; never deleted, only switched off.

    Bookings keep a copy of what was agreed, so a service may be edited at any time.
    """

    __tablename__ = "services"
    __table_args__ = (
        sa.Index("services_expert_id_idx", "expert_id"),  # services_of
        sa.CheckConstraint("minutes > 0 AND price_minor >= 0", name="sane"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    expert_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("experts.id", name="services_expert_id_fkey")
    )
    names: Mapped[dict[str, str]]
    description: Mapped[dict[str, str]] = mapped_column(default=dict)
    minutes: Mapped[int]
    price_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    buffer_before_minutes: Mapped[int] = mapped_column(default=0)
    buffer_after_minutes: Mapped[int] = mapped_column(default=0)
    needs_acceptance: Mapped[bool] = mapped_column(default=False)
    notice_minutes: Mapped[int] = mapped_column(default=120)
    window_days: Mapped[int] = mapped_column(default=60)
    active: Mapped[bool] = mapped_column(default=True)
    mode: Mapped[ServiceMode] = mapped_column(default=ServiceMode.VIDEO, server_default="video")
    place: Mapped[str] = mapped_column(default="", server_default="")
    # key of the organization's rules that it was given, "" for the usual ones
    policy: Mapped[str] = mapped_column(sa.String(40), default="", server_default="")
    position: Mapped[int] = mapped_column(default=0)
