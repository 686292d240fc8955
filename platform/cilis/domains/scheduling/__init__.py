"""Scheduling: when experts work, which starts are free, and who has claimed which time.

This file is the room's only door. The exclusion constraint on claims, which makes a double
booking impossible, lives here and nowhere else.
"""

from cilis.domains.scheduling.errors import ExceptionNotFound
from cilis.domains.scheduling.events import ClaimReleased, ClaimTaken, HoursChanged
from cilis.domains.scheduling.queries import (
    free_starts,
    hours,
    is_offered,
    is_open,
    near_starts,
    next_starts,
)
from cilis.domains.scheduling.service import (
    add_exception,
    claim,
    claim_span,
    import_hours,
    move,
    release,
    remove_exception,
    retake,
    set_week,
)
from cilis.domains.scheduling.types import (
    STEPS,
    DayException,
    ExceptionKind,
    Hours,
    WeeklyRule,
    Window,
)

__all__ = [
    "STEPS",
    "ClaimReleased",
    "ClaimTaken",
    "DayException",
    "ExceptionKind",
    "ExceptionNotFound",
    "Hours",
    "HoursChanged",
    "WeeklyRule",
    "Window",
    "add_exception",
    "claim",
    "claim_span",
    "free_starts",
    "hours",
    "import_hours",
    "is_offered",
    "is_open",
    "move",
    "near_starts",
    "next_starts",
    "release",
    "remove_exception",
    "retake",
    "set_week",
]
