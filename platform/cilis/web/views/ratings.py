"""How an expert is rated: the average, the bars, the aspects."""

from __future__ import annotations

from dataclasses import dataclass

from cilis.domains.experts import ExpertCard
from cilis.domains.reviews import Distribution
from cilis.infra.i18n import N_, gettext

_ASPECTS = {
    "knowledge": N_("Knowledge"),
    "clarity": N_("Clarity"),
    "punctuality": N_("Punctuality"),
}


@dataclass(frozen=True, slots=True)
class Rating:
    """The average, how many wrote, and how many gave each number of stars, five first."""

    average: float
    count: int
    rows: tuple[tuple[int, int], ...]
    aspects: tuple[tuple[str, float], ...] = ()

    @classmethod
    def of(cls, card: ExpertCard, spread: Distribution) -> Rating:
        """The rating of a card with its distribution."""
        rows = tuple((stars, spread.counts.get(stars, 0)) for stars in range(5, 0, -1))
        words = aspect_words()
        aspects = tuple((words[aspect], mean) for aspect, mean in spread.aspects.items())
        return cls(card.rating or 0.0, card.rating_count, rows, aspects)


def aspect_words() -> dict[str, str]:
    """What a client may give stars for besides the whole, in the reader's language."""
    return {aspect: gettext(words) for aspect, words in _ASPECTS.items()}
