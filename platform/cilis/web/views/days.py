"""Days and instants as addresses say them, and days as the organization counts them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cilis.infra.i18n import current_zone, known_zone, local, zone_label
from cilis.kit import clock
from cilis.web.visit import organization


def day_of(text: str) -> date | None:
    """A day as an address or a form says it; None where it says none that could be meant."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None


def instant_of(text: str) -> datetime | None:
    """An instant as an address or a form says it; None where it says none that could be meant."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo and 2000 <= found.year <= 2100 else None


def home_zone() -> ZoneInfo:
    """The zone in which the organization is at home."""
    return known_zone(organization().time_zone)


def beginning(day: str, *, after: int = 0) -> datetime | None:
    """When a day of an address begins there, or one so many days later; None for no day.

    Figures and the lists behind them count by it, so they mean the same days.
    """
    found = day_of(day)
    if found is None:
        return None
    wanted = found + timedelta(days=after)
    return datetime.combine(wanted, time(), home_zone()).astimezone(UTC)


def elsewhere() -> str:
    """The organization's zone by name, for a reader whose own days are others; else nothing."""
    zone, now = home_zone(), clock.now()
    same = zone == current_zone() or now.astimezone(zone).utcoffset() == local(now).utcoffset()
    return "" if same else zone_label(zone=zone)
