"""Taking and giving back time, and changing the hours that are offered."""

from cilis.domains.scheduling.service.claims import (
    claim,
    claim_span,
    move,
    release,
    reserve,
    restore,
    retake,
)
from cilis.domains.scheduling.service.exceptions import (
    add_exception,
    change_exception,
    remove_exception,
)
from cilis.domains.scheduling.service.holidays import keep_up_holidays, take_holidays
from cilis.domains.scheduling.service.outside import (
    close_calendar,
    name_calendar,
    put_outside,
    reopen_calendar,
)
from cilis.domains.scheduling.service.week import (
    add_rule,
    change_rule,
    import_hours,
    remove_rule,
    set_limits,
    set_pattern,
    set_week,
)

__all__ = [
    "add_exception",
    "add_rule",
    "change_exception",
    "change_rule",
    "claim",
    "claim_span",
    "close_calendar",
    "import_hours",
    "keep_up_holidays",
    "move",
    "name_calendar",
    "put_outside",
    "release",
    "remove_exception",
    "remove_rule",
    "reopen_calendar",
    "reserve",
    "restore",
    "retake",
    "set_limits",
    "set_pattern",
    "set_week",
    "take_holidays",
]
