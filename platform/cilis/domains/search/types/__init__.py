"""What the room speaks of: questions, results, words, cells of time."""

from cilis.domains.search.types.questions import MAX_WINDOWS, Question, Sort, Window
from cilis.domains.search.types.results import (
    ExpertHint,
    Facets,
    Hit,
    Matched,
    PriceFacet,
    Results,
    ServiceHint,
    Suggestions,
    TopicHint,
)
from cilis.domains.search.types.times import (
    HORIZON,
    NEVER,
    RING,
    DayPart,
    day_part,
    grid,
    mask,
    ring,
)
from cilis.domains.search.types.words import Terms, terms, tokens, vector

__all__ = [
    "HORIZON", "MAX_WINDOWS", "NEVER", "RING", "DayPart", "ExpertHint", "Facets", "Hit",
    "Matched", "PriceFacet", "Question", "Results", "ServiceHint", "Sort", "Suggestions",
    "Terms", "TopicHint", "Window", "day_part", "grid", "mask", "ring", "terms", "tokens",
    "vector",
]
