"""Reads: hours as they are kept, and the free starts that follow from them."""

from cilis.domains.scheduling.queries.explanations import (
    check_day,
    explain,
    explain_day,
    terms_to_explain,
)
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
    "check_day",
    "check_place",
    "coming_holidays",
    "entries",
    "exception",
    "exceptions",
    "explain",
    "explain_day",
    "free_starts",
    "hours",
    "is_offered",
    "is_open",
    "near_starts",
    "next_starts",
    "offered_minutes",
    "queue_up",
    "rule",
    "terms_to_explain",
    "week",
]
