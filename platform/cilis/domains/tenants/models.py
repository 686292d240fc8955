"""The one-row table of an organization's own settings, in its own schema."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.tenants.types import PriceDisplay
from cilis.infra.db import Base


class OrganizationRow(Base):
    """What the tenant's own people decide; always the row with id 1."""

    __tablename__ = "organization"

    id: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    name: Mapped[str]
    languages: Mapped[list[str]]
    default_language: Mapped[str]
    currency: Mapped[str] = mapped_column(sa.String(3))
    time_zone: Mapped[str]
    country: Mapped[str] = mapped_column(sa.String(2))
    mail_from: Mapped[str]
    brand: Mapped[dict[str, Any]]
    texts: Mapped[dict[str, Any]]
    legal: Mapped[dict[str, Any]]
    wording: Mapped[dict[str, Any]]
    cancellation: Mapped[list[dict[str, Any]]]
    tax_percent: Mapped[int]
    tax_name: Mapped[dict[str, Any]]
    price_display: Mapped[PriceDisplay] = mapped_column(server_default=PriceDisplay.GROSS.value)
    hold_minutes: Mapped[int]
    answer_hours: Mapped[int]
    rules: Mapped[dict[str, Any]] = mapped_column(server_default=sa.text("'{}'::jsonb"))
    version: Mapped[int] = mapped_column(sa.BigInteger)
    updated_at: Mapped[datetime]
