"""Words of the room: papers, what stands on them, how they are numbered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from cilis.kit.money import Money

Words = str | Mapping[str, str]
"""A text as it is, or by language."""

TEMPLATE = "invoice-1"
"""The form of new papers; those of before keep the one they name."""
STAFF = ("admin", "support")


class PaperKind(StrEnum):
    """What a paper is. Each kind has numbers of its own."""

    INVOICE = "invoice"
    RECEIPT = "receipt"  # says that money came; for those who write their invoices elsewhere
    CREDIT_NOTE = "credit_note"


class BookingPaper(StrEnum):
    """What clients get for a paid booking."""

    INVOICE = "invoice"
    RECEIPT = "receipt"
    NONE = "none"


PATTERNS: Mapping[PaperKind, str] = {
    PaperKind.INVOICE: "INV-{year}-{number:05}",
    PaperKind.RECEIPT: "RCP-{year}-{number:05}",
    PaperKind.CREDIT_NOTE: "CN-{year}-{number:05}",
}
_PATTERN = re.compile(
    r"(?P<a>[A-Z./_-]{0,16})(?P<first>\{(?:year|yy|number(?::0[2-9])?)\})"
    r"(?P<b>[A-Z./_-]{1,16})(?P<second>\{(?:year|yy|number(?::0[2-9])?)\})(?P<c>[A-Z./_-]{0,16})"
)


def number_of(pattern: str, year: int, number: int) -> str:
    """A paper's number: "AT-{year}-{number:05}" with 2026 and 42 is AT-2026-00042."""
    return pattern.format(year=year, yy=f"{year % 100:02}", number=number)


def skeleton(pattern: str) -> str | None:
    """A pattern without its digits; None unless year and number each stand in it once.

    Literal text holds no digits, and something stands between the two: so numbers of patterns with
    different skeletons are never equal, and those of one pattern neither.
    """
    found = _PATTERN.fullmatch(pattern)
    if found is None or ("number" in found["first"]) == ("number" in found["second"]):
        return None
    return f"{found['a']}#{found['b']}#{found['c']}"


@dataclass(frozen=True, slots=True)
class Tax:
    """A rate in basis points (1900 is 19 %) and what it is called."""

    rate_bp: int = 0
    name: Words = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """One thing on a paper; ``gross`` is what all of it costs, tax included."""

    text: Words
    gross: Money
    tax: Tax
    note: Words = ""
    quantity: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How (a part of) the amount was paid: "VNPay", 29 November."""

    how: Words
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperWish:
    """A paper that another room wants. ``key`` names the reason: a repeat makes no second paper.

    ``payment_id`` is the payment whose refunds lead to credit notes by themselves.
    """

    key: str
    kind: PaperKind
    person_id: UUID
    lines: Sequence[PaperLine]
    settled: Sequence[Settlement] = ()
    payment_id: UUID | None = None
    subject_id: UUID | None = None
    reference: str = ""
    supplied_at: datetime | None = None
    about: str = "booking"  # what the reference is of: "booking" or "credit"


@dataclass(frozen=True, slots=True)
class Share:
    """What of an amount falls on one tax rate; ``tax`` is part of ``gross``."""

    rate_bp: int
    name: str
    gross: int
    tax: int

    @property
    def net(self) -> int:
        """Without the tax."""
        return self.gross - self.tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """What a client wants to stand on papers beside the name; all of it may be empty."""

    company: str = ""
    address: str = ""
    tax_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperSettings:
    """How the organization's papers are made. ``note`` is by language and stands below the sums."""

    booking_paper: BookingPaper = BookingPaper.INVOICE
    patterns: Mapping[PaperKind, str] = field(default_factory=lambda: dict(PATTERNS))
    note: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFilter:
    """Which papers are asked for; ``text`` is a number or a person's name or address.

    The period is that of the issue, in days of the organization, both included.
    """

    text: str = ""
    kind: PaperKind | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class PaperFile:
    """A paper to save."""

    name: str
    content: bytes
    content_type: str = "application/pdf"


Content = dict[str, Any]
