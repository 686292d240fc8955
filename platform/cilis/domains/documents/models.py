"""Papers of bookings."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.infra.db import Base
from cilis.kit import ids


class BookingDocument(Base):
    """A paper that one side of a booking shares with the other. The bytes lie in `infra.files`."""

    __tablename__ = "booking_documents"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    booking_id: Mapped[UUID] = mapped_column(index=True)
    owner_id: Mapped[UUID]
    file_key: Mapped[str] = mapped_column(sa.String(80))
    name: Mapped[str] = mapped_column(sa.String(120))
    content_type: Mapped[str] = mapped_column(sa.String(120))
    size: Mapped[int] = mapped_column(sa.Integer)
    digest: Mapped[str] = mapped_column(sa.String(64))
    shared_at: Mapped[datetime]
