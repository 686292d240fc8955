"""Reads: hours as they are kept, and the free starts that follow from them."""

from cilis.domains.scheduling.queries.holidays import check_place, coming_holidays
from cilis.domains.scheduling.queries.hours import (
    entries,
    exception,
    exceptions,
    hours,
    rule,
    week,
)
from cilis.domains.scheduling.queries.offered import offered_minutes
from cilis.domains.scheduling.queries.starts import (
    free_starts,
    is_offered,
    is_open,
    near_starts,
    next_starts,
    queue_up,
)

__all__ = [
    "check_place",
    "coming_holidays",
    "entries",
    "exception",
    "exceptions",
    "free_starts",
    "hours",
    "is_offered",
    "is_open",
    "near_starts",
    "next_starts",
    "offered_minutes",
    "queue_up",
    "rule",
    "week",
]
