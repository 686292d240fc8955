"""Bookings and their history."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.bookings.types import BookingState, MoveState, ProposalState
from cilis.infra.db import Base
from cilis.kit import ids
from cilis.kit.money import Money


class Booking(Base):
    """A client's hour with an expert, [starts_at, ends_at), from the first hold to the end.

    Everything that was promised is frozen here: price, name of the service, rules of cancelling.
    The time itself belongs to the claim, which `scheduling` keeps.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        sa.Index("bookings_client_id_starts_at_idx", "client_id", "starts_at", "id"),
        sa.Index("bookings_expert_id_starts_at_idx", "expert_id", "starts_at", "id"),
        sa.Index("bookings_starts_at_idx", "starts_at", "id"),
        sa.Index("bookings_state_starts_at_idx", "state", "starts_at", "id"),
        # Few wait for a decision, whatever else there is.
        sa.Index(
            "bookings_disputed_idx",
            "starts_at",
            "id",
            postgresql_where=sa.text("disputed_at IS NOT NULL"),
        ),
        # One live hold for a browser: the second of two at once is refused by PostgreSQL.
        sa.Index(
            "bookings_one_hold_per_session",
            "session_id",
            unique=True,
            postgresql_where=sa.text("state = 'held'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    reference: Mapped[str] = mapped_column(sa.String(16), unique=True)
    claim_id: Mapped[UUID | None]
    service_id: Mapped[UUID]
    expert_id: Mapped[UUID]
    expert_person_id: Mapped[UUID]
    client_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[BookingState]
    held_until: Mapped[datetime | None]
    answer_by: Mapped[datetime | None]
    price_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    service_name: Mapped[dict[str, str]]
    topic_text: Mapped[str | None]
    needs_acceptance: Mapped[bool]
    notice_minutes: Mapped[int]
    policy: Mapped[dict[str, Any]]
    # commission and tax, as `pricing.Terms` keeps them
    terms: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=sa.text("'{}'"))
    # what makes it cheaper, as `credits.Discount` keeps it; the price is less by that
    discount: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=sa.text("'{}'"))
    attempt_id: Mapped[UUID | None]  # the last one that was started
    paid_attempt_id: Mapped[UUID | None]  # the one whose money bought the hour
    # payments by credit, made when the client went to pay the rest, or for all of it
    credit_attempt_ids: Mapped[list[UUID]] = mapped_column(
        sa.ARRAY(sa.Uuid()), default=list, server_default=sa.text("'{}'")
    )
    refund_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    sequence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]  # confirmed, declined or cancelled
    mode: Mapped[str] = mapped_column(sa.String(16), default="video", server_default="video")
    place: Mapped[str] = mapped_column(default="", server_default="")  # where, unless by video
    missed_by: Mapped[str | None] = mapped_column(sa.String(8))  # client or expert, with no_show
    disputed_at: Mapped[datetime | None]  # while a person has to decide

    @property
    def price(self) -> Money:
        """What the session costs, tax included."""
        return Money(self.price_minor, self.currency)

    @property
    def full_price(self) -> Money:
        """What it would cost without a discount."""
        return Money(self.discount.get("full_minor", self.price_minor), self.currency)

    @property
    def length(self) -> timedelta:
        """How long the session lasts."""
        return self.ends_at - self.starts_at

    @property
    def is_live(self) -> bool:
        """Whether the hour is taken and something is still to come."""
        return self.state in {BookingState.HELD, BookingState.PENDING, BookingState.CONFIRMED}


class BookingChange(Base):
    """One line of a booking's history. Rows are only ever added."""

    __tablename__ = "booking_changes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    booking_id: Mapped[UUID] = mapped_column(sa.ForeignKey("bookings.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[UUID | None]
    from_state: Mapped[BookingState | None]
    to_state: Mapped[BookingState]
    what: Mapped[str] = mapped_column(sa.String(32))
    detail: Mapped[dict[str, Any]]


class BookingProposal(Base):
    """Other times that an expert proposes for a booking, for its client to pick one."""

    __tablename__ = "booking_proposals"
    __table_args__ = (
        # One open proposal for a booking: the second of two at once is refused by PostgreSQL.
        sa.Index(
            "booking_proposals_one_open",
            "booking_id",
            unique=True,
            postgresql_where=sa.text("state = 'open'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    booking_id: Mapped[UUID] = mapped_column(sa.ForeignKey("bookings.id"), index=True)
    state: Mapped[ProposalState] = mapped_column(default=ProposalState.OPEN)
    starts: Mapped[list[datetime]] = mapped_column(sa.ARRAY(sa.DateTime(timezone=True)))
    text: Mapped[str]
    made_by: Mapped[UUID]
    made_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    chosen_at: Mapped[datetime | None]  # the start that was picked

    def is_open(self, at: datetime) -> bool:
        """Whether it can be answered."""
        return self.state == ProposalState.OPEN and at < self.answer_by


class BookingMove(Base):
    """A session's change to another service of its expert, with what it does to the money.

    A dearer one is ``open`` until the difference is paid: ``claim_id`` holds the other hour, or,
    where the two overlap, the booking's own claim covers both and ``old_claim_id`` is the one
    that comes back. The booking stays as it is until then.
    """

    __tablename__ = "booking_moves"
    __table_args__ = (
        # One open change of a booking: the second of two at once is refused by PostgreSQL.
        sa.Index(
            "booking_moves_one_open",
            "booking_id",
            unique=True,
            postgresql_where=sa.text("state = 'open'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    booking_id: Mapped[UUID] = mapped_column(sa.ForeignKey("bookings.id"), index=True)
    state: Mapped[MoveState]
    service_id: Mapped[UUID]
    service_name: Mapped[dict[str, str]]
    place: Mapped[str] = mapped_column(default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    sequence: Mapped[int]  # the booking's when it was asked for
    price_minor: Mapped[int] = mapped_column(sa.BigInteger)
    old_price_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    refund_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0)  # of the difference
    claim_id: Mapped[UUID | None]
    old_claim_id: Mapped[UUID | None]
    attempt_id: Mapped[UUID | None]  # the last one that was started, or that paid
    made_by: Mapped[UUID]
    made_at: Mapped[datetime]
    held_until: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    @property
    def price(self) -> Money:
        """What the session costs afterwards."""
        return Money(self.price_minor, self.currency)

    @property
    def difference(self) -> Money:
        """What the client pays more; negative where it is cheaper."""
        return Money(self.price_minor - self.old_price_minor, self.currency)

    @property
    def length(self) -> timedelta:
        """How long the session lasts afterwards."""
        return self.ends_at - self.starts_at

    def is_open(self, at: datetime) -> bool:
        """Whether the difference can be paid."""
        return self.state == MoveState.OPEN and self.held_until is not None and at < self.held_until
