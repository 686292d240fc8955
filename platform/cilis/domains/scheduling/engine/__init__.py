"""Free starts by pure arithmetic: no database, no clock, many experts at once."""

from cilis.domains.scheduling.engine.columns import ALWAYS, Asks, Diaries, Only
from cilis.domains.scheduling.engine.days import Span, merged, open_spans, without
from cilis.domains.scheduling.engine.explain import Diary, Wish, explain, explain_day
from cilis.domains.scheduling.engine.holidays import (
    countries,
    holidays_of,
    is_known,
    regions,
)
from cilis.domains.scheduling.engine.scopes import ANY, scope_of
from cilis.domains.scheduling.engine.starts import free_starts
from cilis.domains.scheduling.engine.zones import DAY, Ints, changes

__all__ = [
    "ALWAYS",
    "ANY",
    "DAY",
    "Asks",
    "Diaries",
    "Diary",
    "Ints",
    "Only",
    "Span",
    "Wish",
    "changes",
    "countries",
    "explain",
    "explain_day",
    "free_starts",
    "holidays_of",
    "is_known",
    "merged",
    "open_spans",
    "regions",
    "scope_of",
    "without",
]
