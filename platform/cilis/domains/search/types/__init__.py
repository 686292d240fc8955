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
    Slice,
    cut,
    day_part,
    grid,
    ring,
)
from cilis.domains.search.types.words import Terms, terms, tokens, vector

__all__ = [
    "HORIZON",
    "MAX_WINDOWS",
    "NEVER",
    "RING",
    "DayPart",
    "ExpertHint",
    "Facets",
    "Hit",
    "Matched",
    "PriceFacet",
    "Question",
    "Results",
    "ServiceHint",
    "Slice",
    "Sort",
    "Suggestions",
    "Terms",
    "TopicHint",
    "Window",
    "cut",
    "day_part",
    "grid",
    "ring",
    "terms",
    "tokens",
    "vector",
]
