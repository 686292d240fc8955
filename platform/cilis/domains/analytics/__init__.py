"""Figures of an organization over time: bookings, revenue, people.

This file is the room's only door.
"""

from cilis.domains.analytics.queries import figures, today, top_experts, top_topics
from cilis.domains.analytics.schemas import PeriodArgs
from cilis.domains.analytics.service import PRESETS, USUAL, asked_period, rebuild
from cilis.domains.analytics.types import (
    Figures,
    Measure,
    Period,
    Point,
    Ranked,
    Series,
    Step,
    Unit,
)

__all__ = [
    "PRESETS",
    "USUAL",
    "Figures",
    "Measure",
    "Period",
    "PeriodArgs",
    "Point",
    "Ranked",
    "Series",
    "Step",
    "Unit",
    "asked_period",
    "figures",
    "rebuild",
    "today",
    "top_experts",
    "top_topics",
]
