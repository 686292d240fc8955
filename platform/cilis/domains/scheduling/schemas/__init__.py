"""What the API says of free starts, of hours and of holidays."""

from cilis.domains.scheduling.schemas.holidays import (
    HolidaysInputSchema,
    HolidaysSchema,
    PlaceArgs,
    holidays,
)
from cilis.domains.scheduling.schemas.hours import (
    CalendarSchema,
    EntryArgs,
    ExceptionInputSchema,
    ExceptionSchema,
    RuleInputSchema,
    RuleSchema,
    WeekInputSchema,
    WeekSchema,
    calendar,
    exception_of,
    rules_of,
    week,
)
from cilis.domains.scheduling.schemas.starts import (
    ExplanationArgs,
    ExplanationsSchema,
    SlotArgs,
    SlotsSchema,
    explanations,
    slots,
)

__all__ = [
    "CalendarSchema",
    "EntryArgs",
    "ExceptionInputSchema",
    "ExceptionSchema",
    "ExplanationArgs",
    "ExplanationsSchema",
    "HolidaysInputSchema",
    "HolidaysSchema",
    "PlaceArgs",
    "RuleInputSchema",
    "RuleSchema",
    "SlotArgs",
    "SlotsSchema",
    "WeekInputSchema",
    "WeekSchema",
    "calendar",
    "exception_of",
    "explanations",
    "holidays",
    "rules_of",
    "slots",
    "week",
]
