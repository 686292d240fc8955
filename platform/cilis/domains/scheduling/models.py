"""Hours that experts offer, and the claims on them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.scheduling.types import DEFAULT_STEP, ExceptionKind
from cilis.infra.db import Base
from cilis.kit import ids


class Calendar(Base):
    """Settings of an expert's calendar; an expert without a row has the defaults."""

    __tablename__ = "calendars"
    __table_args__ = (
        sa.Index(  # keep_up_holidays
            "calendars_holidays_until_idx",
            "holidays_until",
            postgresql_where=sa.text("holidays_until IS NOT NULL"),
        ),
    )

    expert_id: Mapped[UUID] = mapped_column(primary_key=True)
    step_minutes: Mapped[int] = mapped_column(default=DEFAULT_STEP)
    most_per_day: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    most_per_week: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    country: Mapped[str] = mapped_column(default="", server_default="")
    region: Mapped[str] = mapped_column(default="", server_default="")
    holidays_until: Mapped[date | None]


class WeeklyHours(Base):
    """Open hours of one weekday, minutes from midnight on the expert's wall clock.

    ``mode`` and ``place`` are "" where the hours are for every service.
    """

    __tablename__ = "weekly_rules"
    __table_args__ = (
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        sa.CheckConstraint(
            "0 <= start_minute AND start_minute < end_minute AND end_minute <= 1440",
            name="minutes",
        ),
        sa.CheckConstraint("place = '' OR mode <> ''", name="place"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    expert_id: Mapped[UUID] = mapped_column(index=True)
    weekday: Mapped[int] = mapped_column(sa.SmallInteger)
    start_minute: Mapped[int] = mapped_column(sa.SmallInteger)
    end_minute: Mapped[int] = mapped_column(sa.SmallInteger)
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    mode: Mapped[str] = mapped_column(sa.String(32), default="", server_default="")
    place: Mapped[str] = mapped_column(default="", server_default="")


class HoursException(Base):
    """Hours of one day that are off or extra; extra ones may be kept for a mode and a place."""

    __tablename__ = "exceptions"
    __table_args__ = (
        sa.Index("exceptions_expert_id_day_idx", "expert_id", "day"),
        sa.CheckConstraint(
            "0 <= start_minute AND start_minute < end_minute AND end_minute <= 1440",
            name="minutes",
        ),
        sa.CheckConstraint("place = '' OR mode <> ''", name="place"),
        sa.CheckConstraint("mode = '' OR kind = 'extra'", name="mode"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    expert_id: Mapped[UUID]
    day: Mapped[date]
    start_minute: Mapped[int] = mapped_column(sa.SmallInteger)
    end_minute: Mapped[int] = mapped_column(sa.SmallInteger)
    kind: Mapped[ExceptionKind]
    label: Mapped[str] = mapped_column(default="", server_default="")
    mode: Mapped[str] = mapped_column(sa.String(32), default="", server_default="")
    place: Mapped[str] = mapped_column(default="", server_default="")


class Claim(Base):
    """Somebody's claim on an expert's time, buffers included: ``during`` is half-open.

    Two live claims of an expert never overlap: PostgreSQL refuses the second one. ``during`` is
    never updated; a change of time is a dead claim and a new one. ``starts_at`` is when the session
    itself begins, which counts for the limits of its day and week; a block that is no session has
    none.
    """

    __tablename__ = "claims"
    __table_args__ = (
        ExcludeConstraint(
            (sa.column("expert_id"), "="),
            (sa.column("during"), "&&"),
            where=sa.text("live"),
            using="gist",
            name="claims_no_overlap",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    expert_id: Mapped[UUID]
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    live: Mapped[bool] = mapped_column(default=True)
    holder_id: Mapped[UUID]
    starts_at: Mapped[datetime | None]


class OutsideSpan(Base):
    """Time that a calendar outside takes from an expert, or from which it closes everything.

    ``source_id`` is the connection the span was read through, ``label`` its name, ``uid`` the
    entry's own. ``closed``: the calendar cannot be read, and its expert wants no hour offered
    meanwhile. Such spans may overlap each other and claims.
    """

    __tablename__ = "outside_spans"
    __table_args__ = (
        sa.Index(
            "outside_spans_expert_id_during_idx", "expert_id", "during", postgresql_using="gist"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    expert_id: Mapped[UUID]
    source_id: Mapped[UUID] = mapped_column(index=True)
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    closed: Mapped[bool] = mapped_column(default=False)
    label: Mapped[str] = mapped_column(default="")
    uid: Mapped[str] = mapped_column(default="")
