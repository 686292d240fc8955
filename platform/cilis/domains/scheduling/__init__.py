"""Scheduling: when experts work, which starts are free, and who has claimed which time.

This file is the room's only door. The exclusion constraint on claims, which makes a double
booking impossible, lives here and nowhere else.
"""

from cilis.domains.scheduling.errors import ExceptionNotFound, RuleNotFound
from cilis.domains.scheduling.events import ClaimReleased, ClaimTaken, HoursChanged
from cilis.domains.scheduling.queries import (
    entries,
    exception,
    free_starts,
    hours,
    is_offered,
    is_open,
    near_starts,
    next_starts,
    offered_minutes,
)
from cilis.domains.scheduling.service import (
    add_exception,
    change_exception,
    claim,
    claim_span,
    import_hours,
    move,
    release,
    remove_exception,
    retake,
    set_limits,
    set_pattern,
    set_week,
)
from cilis.domains.scheduling.types import (
    MOST_PER_DAY,
    STEPS,
    DayException,
    Entry,
    EntryKind,
    ExceptionKind,
    Hours,
    Pattern,
    Period,
    WeeklyRule,
    Window,
)

__all__ = [
    "MOST_PER_DAY",
    "STEPS",
    "ClaimReleased",
    "ClaimTaken",
    "DayException",
    "Entry",
    "EntryKind",
    "ExceptionKind",
    "ExceptionNotFound",
    "Hours",
    "HoursChanged",
    "Pattern",
    "Period",
    "RuleNotFound",
    "WeeklyRule",
    "Window",
    "add_exception",
    "change_exception",
    "claim",
    "claim_span",
    "entries",
    "exception",
    "free_starts",
    "hours",
    "import_hours",
    "is_offered",
    "is_open",
    "move",
    "near_starts",
    "next_starts",
    "offered_minutes",
    "release",
    "remove_exception",
    "retake",
    "set_limits",
    "set_pattern",
    "set_week",
]
