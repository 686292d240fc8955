"""Coupons and their uses, packages on sale, and credits."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.credits.types import CouponState, CreditKind, CreditState, Scope, sessions_in
from cilis.domains.payments import BorneBy
from cilis.infra.db import Base
from cilis.kit import clock, ids
from cilis.kit.money import Money


class Coupon(Base):
    """A code that makes a session cheaper.

    ``used`` counts the uses that were not given back; it is changed under the row's lock only, so
    that no limit is passed by two at once.
    """

    __tablename__ = "coupons"
    __table_args__ = (
        sa.CheckConstraint("(percent_bp IS NULL) <> (amount_minor IS NULL)", name="one_kind"),
        sa.CheckConstraint("percent_bp BETWEEN 1 AND 10000", name="percent"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint("used >= 0 AND (most IS NULL OR used <= most)", name="limit"),
        sa.Index("coupons_newest_idx", "made_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    percent_bp: Mapped[int | None]
    amount_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    most: Mapped[int | None]
    most_each: Mapped[int | None]
    used: Mapped[int] = mapped_column(default=0)
    least_minor: Mapped[int] = mapped_column(sa.BigInteger)
    client_id: Mapped[UUID | None]
    topic_id: Mapped[UUID | None]
    service_id: Mapped[UUID | None]
    expert_id: Mapped[UUID | None]
    borne_by: Mapped[BorneBy]
    note: Mapped[str]
    made_by: Mapped[UUID | None]
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]  # taken back by an admin

    @property
    def scope(self) -> Scope:
        """Which sessions it holds for."""
        return Scope(topic_id=self.topic_id, service_id=self.service_id, expert_id=self.expert_id)

    @property
    def amount(self) -> Money | None:
        """What it takes off a price; None where it takes a percentage."""
        return None if self.amount_minor is None else Money(self.amount_minor, self.currency)

    @property
    def least(self) -> Money:
        """Sessions that cost less take none."""
        return Money(self.least_minor, self.currency)

    def state_at(self, now: datetime) -> CouponState:
        """Whether it holds at an instant."""
        if self.ended_at is not None:
            return CouponState.ENDED
        if self.ends_at is not None and self.ends_at <= now:
            return CouponState.OVER
        if self.most is not None and self.used >= self.most:
            return CouponState.USED_UP
        is_early = self.starts_at is not None and self.starts_at > now
        return CouponState.TO_COME if is_early else CouponState.OPEN


class CouponUse(Base):
    """One session that a coupon made cheaper, from the hold on."""

    __tablename__ = "coupon_uses"
    __table_args__ = (
        sa.Index("coupon_uses_client_idx", "coupon_id", "client_id"),
        # One coupon for a session: the second of two at once is refused by PostgreSQL.
        sa.Index(
            "coupon_uses_one_per_booking",
            "booking_id",
            unique=True,
            postgresql_where=sa.text("released_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    coupon_id: Mapped[UUID] = mapped_column(sa.ForeignKey("coupons.id"))
    booking_id: Mapped[UUID]
    client_id: Mapped[UUID]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    taken_at: Mapped[datetime] = mapped_column(default=clock.now)
    released_at: Mapped[datetime | None]


class Package(Base):
    """Sessions that are sold together. What was bought keeps what it froze."""

    __tablename__ = "packages"
    __table_args__ = (
        sa.CheckConstraint("sessions BETWEEN 1 AND 1000", name="sessions"),
        sa.CheckConstraint("price_minor >= sessions", name="price"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    name: Mapped[dict[str, str]]
    sessions: Mapped[int]
    price_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    days: Mapped[int]
    most_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    scope: Mapped[dict[str, Any]]
    borne_by: Mapped[BorneBy]
    refundable: Mapped[bool]
    is_on: Mapped[bool]
    made_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def price(self) -> Money:
        """Of all sessions together."""
        return Money(self.price_minor, self.currency)

    @property
    def unit(self) -> Money:
        """A session's part of the price, rounded down."""
        return Money(self.price_minor // self.sessions, self.currency)

    @property
    def most(self) -> Money | None:
        """The dearest session that one of them pays for; None: any."""
        return None if self.most_minor is None else Money(self.most_minor, self.currency)


class GiftRulesRow(Base):
    """What the organization has decided about gift credit; one row."""

    __tablename__ = "gift_rules"

    id: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    is_on: Mapped[bool]
    least_minor: Mapped[int] = mapped_column(sa.BigInteger)
    most_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    days: Mapped[int]


class Credit(Base):
    """Money that was paid ahead or given: what is left of it stands in the ledger, under its id.

    Spending takes the row's lock; giving back only adds, so it needs none.
    """

    __tablename__ = "credits"
    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.Index("credits_owner_idx", "owner_id", "made_at", "id"),
        sa.Index("credits_buyer_idx", "buyer_id", "made_at", "id"),
        sa.Index("credits_newest_idx", "made_at", "id"),
        sa.Index("credits_package_idx", "package_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    kind: Mapped[CreditKind]
    state: Mapped[CreditState]
    owner_id: Mapped[UUID | None]  # None: a gift that nobody has taken yet
    buyer_id: Mapped[UUID | None]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    opened_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    days: Mapped[int]  # how long it holds once it is paid
    attempt_id: Mapped[UUID | None]  # the last payment that was started for it
    paid_attempt_id: Mapped[UUID | None]
    # of a package, frozen when it was bought
    package_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("packages.id"))
    name: Mapped[dict[str, str]]
    sessions: Mapped[int | None]
    most_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    scope: Mapped[dict[str, Any]]
    borne_by: Mapped[BorneBy]
    refundable: Mapped[bool]
    # of a gift
    code_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    code_sealed: Mapped[str | None]  # for the buyer to see again
    recipient: Mapped[str]  # the address it was sent to
    message: Mapped[str]
    # of goodwill
    given_by: Mapped[UUID | None]
    reason: Mapped[str]

    @property
    def reference(self) -> str:
        """What people call it by: letters and digits of its id."""
        return self.id.hex[-8:].upper()

    @property
    def amount(self) -> Money:
        """What it was at first."""
        return Money(self.amount_minor, self.currency)

    @property
    def unit_minor(self) -> int:
        """A session's part of a package's price, rounded down."""
        return self.amount_minor // self.sessions if self.sessions else 0

    @property
    def over_minor(self) -> int:
        """What the sessions' parts leave over of a package's price; its last session takes it."""
        return self.amount_minor % self.sessions if self.sessions else 0

    def sessions_left(self, left: Money) -> int | None:
        """How many sessions of a package what is left pays for."""
        return sessions_in(left.minor, self.unit_minor, self.over_minor) if self.sessions else None
