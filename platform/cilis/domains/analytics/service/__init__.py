"""What the room does: take facts, write down offered hours, make everything anew."""

from cilis.domains.analytics.service.days_over import close_day
from cilis.domains.analytics.service.periods import PRESETS, USUAL, asked_period
from cilis.domains.analytics.service.rebuild import rebuild, rebuild_if_zone_changed
from cilis.domains.analytics.service.sources import (
    BOOKINGS,
    EXPERTS,
    PAYMENTS,
    PEOPLE,
    take_topic_again,
)
from cilis.domains.analytics.service.take import take_again

__all__ = [
    "BOOKINGS",
    "EXPERTS",
    "PAYMENTS",
    "PEOPLE",
    "PRESETS",
    "USUAL",
    "asked_period",
    "close_day",
    "rebuild",
    "rebuild_if_zone_changed",
    "take_again",
    "take_topic_again",
]
