"""Search: experts by words, topic, price, stars, language and real free time.

This file is the room's only door. What is found are ids; `hits` reads them again from the rooms
that know before anything is shown.
"""

from cilis.domains.search.events import CardStale, CardWritten
from cilis.domains.search.queries import SearchEngine, complete, engine, find, hits, shown
from cilis.domains.search.schemas import QuestionArgs, question
from cilis.domains.search.service import (
    Verdict,
    bring_everybody,
    build_if_missing,
    read_again,
    rebuild,
    rebuild_all,
    refresh_times,
    verify,
)
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
    "CardWritten",
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
    "Verdict",
    "bring_everybody",
    "build_if_missing",
    "complete",
    "day_part",
    "engine",
    "find",
    "grid",
    "hits",
    "question",
    "read_again",
    "rebuild",
    "rebuild_all",
    "refresh_times",
    "shown",
    "verify",
]
