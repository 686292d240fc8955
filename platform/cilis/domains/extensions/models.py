"""A tenant's decisions about plugins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.infra.db import Base


class ExtensionSwitch(Base):
    """One plugin's switch, settings and health. Secrets lie apart, sealed."""

    __tablename__ = "extension_switches"

    kind: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    is_on: Mapped[bool]
    settings: Mapped[dict[str, Any]]
    secrets: Mapped[dict[str, Any]]  # name -> sealed by infra.secrets
    hook_token: Mapped[str]  # 128 random bits; part of the address that the outside calls
    failures: Mapped[int] = mapped_column(default=0)
    last_failure: Mapped[str] = mapped_column(default="")
    last_failure_at: Mapped[datetime | None]
