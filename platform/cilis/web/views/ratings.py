"""How an expert is rated, as bars."""

from __future__ import annotations

from dataclasses import dataclass

from cilis.domains.experts import ExpertCard
from cilis.domains.reviews import Distribution


@dataclass(frozen=True, slots=True)
class Rating:
    """The average, how many wrote, and how many gave each number of stars, five first."""

    average: float
    count: int
    rows: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, card: ExpertCard, spread: Distribution) -> Rating:
        """The rating of a card with its distribution."""
        rows = tuple((stars, spread.counts.get(stars, 0)) for stars in range(5, 0, -1))
        return cls(card.rating or 0.0, card.rating_count, rows)
