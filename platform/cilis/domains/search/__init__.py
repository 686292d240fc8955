"""Search: experts by words, topic, price, stars, language and real free time.

This file is the room's only door. What is found are ids; `hits` reads them again from the rooms
that know before anything is shown.
"""

from cilis.domains.search.events import CardStale
from cilis.domains.search.queries import SearchEngine, complete, engine, find, hits
from cilis.domains.search.schemas import QuestionArgs, question
from cilis.domains.search.service import read_again, rebuild, refresh_times
from cilis.domains.search.types import (
    DayPart,
    ExpertHint,
    Facets,
    Hit,
    Matched,
    PriceFacet,
    Question,
    Results,
    ServiceHint,
    Sort,
    Suggestions,
    TopicHint,
    day_part,
    grid,
)

__all__ = [
    "CardStale",
    "DayPart",
    "ExpertHint",
    "Facets",
    "Hit",
    "Matched",
    "PriceFacet",
    "Question",
    "QuestionArgs",
    "Results",
    "SearchEngine",
    "ServiceHint",
    "Sort",
    "Suggestions",
    "TopicHint",
    "complete",
    "day_part",
    "engine",
    "find",
    "grid",
    "hits",
    "question",
    "read_again",
    "rebuild",
    "refresh_times",
]
