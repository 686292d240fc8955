"""Papers, their numbers, and what an organization and its clients decide about them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.invoices.types import BookingPaper, PaperKind
from cilis.infra.db import Base
from cilis.kit import ids
from cilis.kit.money import Money


class Paper(Base):
    """An invoice, a receipt or a credit note. Rows are only ever added, never changed.

    ``content`` holds the facts; ``sheet`` the same as it is printed (words, dates and amounts in
    the client's language) with the brand of that day. The PDF is made from ``sheet`` and
    ``template`` alone.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        sa.UniqueConstraint("kind", "year", "serial"),
        sa.CheckConstraint("serial > 0", name="serial_positive"),
        sa.CheckConstraint("total_minor >= 0 AND tax_minor >= 0", name="amounts"),
        sa.CheckConstraint("(kind = 'credit_note') = (corrects_id IS NOT NULL)", name="corrects"),
        sa.Index("invoices_newest_idx", "issued_on", "id"),
        sa.Index("invoices_person_idx", "person_id", "id"),
        sa.Index("invoices_subject_idx", "subject_id"),
        # One paper for the money of one payment; refunds make credit notes.
        sa.Index(
            "invoices_payment_idx",
            "payment_id",
            unique=True,
            postgresql_where=sa.text("kind <> 'credit_note'"),
        ),
        sa.Index("invoices_credited_idx", "payment_id"),
        sa.Index("invoices_corrects_idx", "corrects_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    kind: Mapped[PaperKind]
    year: Mapped[int] = mapped_column(sa.SmallInteger)
    serial: Mapped[int] = mapped_column(sa.Integer)
    number: Mapped[str] = mapped_column(sa.String(64), unique=True)
    issued_at: Mapped[datetime]
    issued_on: Mapped[date]  # that day where the organization is
    person_id: Mapped[UUID]
    subject_id: Mapped[UUID | None]
    payment_id: Mapped[UUID | None]
    corrects_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("invoices.id"))
    currency: Mapped[str] = mapped_column(sa.String(3))
    total_minor: Mapped[int] = mapped_column(sa.BigInteger)
    tax_minor: Mapped[int] = mapped_column(sa.BigInteger)
    language: Mapped[str] = mapped_column(sa.String(8))
    template: Mapped[str] = mapped_column(sa.String(40))
    content: Mapped[dict[str, Any]]
    sheet: Mapped[dict[str, Any]]

    @property
    def total(self) -> Money:
        """What it is about, tax included; of a credit note: what comes back."""
        return Money(self.total_minor, self.currency)

    @property
    def tax(self) -> Money:
        """The tax in it."""
        return Money(self.tax_minor, self.currency)


class PaperCounter(Base):
    """The last number of a kind in a year.

    It is counted in the transaction that writes the paper, so no number is lost or given twice.
    """

    __tablename__ = "invoice_counters"

    kind: Mapped[PaperKind] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(sa.Integer)


class PaperSettingsRow(Base):
    """How the organization's papers are made; always the row with id 1."""

    __tablename__ = "invoice_settings"

    id: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    booking_paper: Mapped[BookingPaper]
    patterns: Mapped[dict[str, Any]]
    note: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class BuyerRow(Base):
    """What a client wants to stand on papers from now on."""

    __tablename__ = "invoice_buyers"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    company: Mapped[str]
    address: Mapped[str]
    tax_id: Mapped[str]
    updated_at: Mapped[datetime]
