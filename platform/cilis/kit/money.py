"""Amounts of money as whole minor units."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CODE = re.compile("[A-Z]{3}")
_ZERO_DECIMALS = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_THREE_DECIMALS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


def decimals(currency: str) -> int:
    """Digits after the point of a currency. Source: ISO 4217, minor units."""
    if currency in _ZERO_DECIMALS:
        return 0
    return 3 if currency in _THREE_DECIMALS else 2


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were put together."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in whole minor units of a currency: Money(12000000, "VND") is 12 000 000 đồng."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.currency):
            raise ValueError(f"not an ISO 4217 code: {self.currency!r}")

    def __add__(self, other: Money) -> Money:
        """Sum of two amounts of one currency."""
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        """Difference of two amounts of one currency."""
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def percent(self, whole_percent: int) -> Money:
        """A share of the amount, rounded half up to a minor unit."""
        return Money((self.minor * whole_percent + 50) // 100, self.currency)

    def portion(self, part: int, whole: int) -> Money:
        """As much of the amount as ``part`` is of ``whole``, rounded half up to a minor unit."""
        return Money((2 * self.minor * part + whole) // (2 * whole), self.currency)

    @property
    def is_zero(self) -> bool:
        """Whether there is nothing to pay."""
        return self.minor == 0

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
