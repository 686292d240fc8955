"""Which days are meant: a preset by its name, or two days that somebody chose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from cilis.domains.analytics.types import LONGEST, Period
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput

_EARLIEST = date(2000, 1, 1)
_LATEST = date(2100, 12, 31)


def _last(days: int) -> Callable[[date], Period]:
    return lambda today: Period(today - timedelta(days=days - 1), today)


def _last_month(today: date) -> Period:
    last = today.replace(day=1) - timedelta(days=1)
    return Period(last.replace(day=1), last)


def _last_year(today: date) -> Period:
    return Period(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))


PRESETS: dict[str, tuple[str, Callable[[date], Period]]] = {
    "7d": (N_("Last 7 days"), _last(7)),
    "30d": (N_("Last 30 days"), _last(30)),
    "90d": (N_("Last 90 days"), _last(90)),
    "12m": (N_("Last 12 months"), _last(365)),
    "month": (N_("This month"), lambda today: Period(today.replace(day=1), today)),
    "last-month": (N_("Last month"), _last_month),
    "year": (N_("This year"), lambda today: Period(today.replace(month=1, day=1), today)),
    "last-year": (N_("Last year"), _last_year),
}
"""Name in addresses -> words, and the days as of today."""

USUAL = "30d"


def asked_period(
    today: date, *, preset: str = "", first: date | None = None, last: date | None = None
) -> Period:
    """Say which days are asked for: two days win over a preset, which wins over the usual.

    Raises:
        InvalidInput: only one day is given, the days are the wrong way round, or too many.
    """
    if first is None and last is None:
        if preset and preset not in PRESETS:
            raise InvalidInput({"period": ["not_a_choice"]})
        return PRESETS[preset or USUAL][1](today)
    if first is None or last is None:
        raise InvalidInput({"from" if first is None else "until": ["required"]})
    if last < first:
        raise InvalidInput({"until": ["end_before_start"]})
    if first < _EARLIEST or last > _LATEST or (last - first).days >= LONGEST:
        raise InvalidInput({"until": ["out_of_range"]})
    return Period(first, last)
