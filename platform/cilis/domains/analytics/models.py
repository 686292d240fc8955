"""The room's copies of facts, by their own ids, and the sums of days made of them.

A fact knows what it has added to which day. So a second delivery, an older one or a rebuild
takes the old share away and adds the new one, and the sums stay what the facts add up to.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.infra.db import Base


class BookingFactRow(Base):
    """One booking. Without a day, as a hold has none, it counts nowhere and has no price."""

    __tablename__ = "analytics_bookings"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    expert_id: Mapped[UUID | None]
    made_on: Mapped[date | None]
    session_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(sa.String(16))
    minutes: Mapped[int]
    price_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3), server_default="")


class MoneyFactRow(Base):
    """One payment that came, or one refund that went; without a day it has not moved yet."""

    __tablename__ = "analytics_money"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    moved_on: Mapped[date | None]
    is_refund: Mapped[bool]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3), server_default="")


class PersonFactRow(Base):
    """One account and the day it was made."""

    __tablename__ = "analytics_people"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    joined_on: Mapped[date | None]


class ExpertFactRow(Base):
    """One expert: the day of the first verification, and the first of the chosen topics."""

    __tablename__ = "analytics_experts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    joined_on: Mapped[date | None]
    topic_id: Mapped[UUID | None]


class DayRow(Base):
    """What a day adds up to; the columns are those of `types.Sums`, in the selling currency."""

    __tablename__ = "analytics_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    made: Mapped[int]
    made_minor: Mapped[int] = mapped_column(sa.BigInteger)
    pending: Mapped[int]
    confirmed: Mapped[int]
    completed: Mapped[int]
    cancelled: Mapped[int]
    no_show: Mapped[int]
    minutes: Mapped[int] = mapped_column(sa.BigInteger)
    value_minor: Mapped[int] = mapped_column(sa.BigInteger)
    payments: Mapped[int]
    revenue_minor: Mapped[int] = mapped_column(sa.BigInteger)
    refunds: Mapped[int]
    refund_minor: Mapped[int] = mapped_column(sa.BigInteger)
    people: Mapped[int]
    experts: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3), server_default="")


class ExpertDayRow(Base):
    """What one expert's sessions of a day add up to."""

    __tablename__ = "analytics_expert_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    expert_id: Mapped[UUID] = mapped_column(primary_key=True)
    sessions: Mapped[int]
    cancelled: Mapped[int]
    value_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3), server_default="")


class OpenDayRow(Base):
    """How much time all experts together offered on a day, written down when it was over.

    ``estimated``: reckoned later, from the weekly hours that held then.
    """

    __tablename__ = "analytics_open_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    minutes: Mapped[int] = mapped_column(sa.BigInteger)
    estimated: Mapped[bool]


class LedgerRow(Base):
    """The one row of the room: in which zone days are told, and how far a rebuild has come.

    Whoever adds to the sums holds this row shared; who makes them anew holds it alone.
    """

    __tablename__ = "analytics_ledger"
    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    zone: Mapped[str]
    closes_at: Mapped[datetime | None]  # the timer that is waited for
    rebuild_source: Mapped[str]  # empty: none is under way
    rebuild_after: Mapped[UUID | None]
    rebuilt_at: Mapped[datetime | None]
