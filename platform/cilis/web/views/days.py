"""Days as the organization counts them: figures and the lists behind them mean the same ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cilis.infra.i18n import current_zone, known_zone, local, zone_label
from cilis.kit import clock
from cilis.web.visit import organization


def home_zone() -> ZoneInfo:
    """The zone in which the organization is at home."""
    return known_zone(organization().time_zone)


def beginning(day: str, *, after: int = 0) -> datetime | None:
    """When a day of an address begins there, or one so many days later; None for no day."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return None
    if not 2000 <= found.year <= 2100:
        return None
    wanted = found + timedelta(days=after)
    return datetime.combine(wanted, time(), home_zone()).astimezone(UTC)


def elsewhere() -> str:
    """The organization's zone by name, for a reader whose own days are others; else nothing."""
    zone, now = home_zone(), clock.now()
    same = zone == current_zone() or now.astimezone(zone).utcoffset() == local(now).utcoffset()
    return "" if same else zone_label(zone=zone)
