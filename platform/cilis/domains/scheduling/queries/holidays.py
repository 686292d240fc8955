"""Public holidays that come, and which of them an expert takes."""

from __future__ import annotations

from collections.abc import Sequence

from cilis.domains.scheduling import engine
from cilis.domains.scheduling.types import HOLIDAYS_AHEAD, Holiday, Hours, Place
from cilis.kit import clock
from cilis.kit.errors import InvalidInput


def check_place(place: Place) -> None:
    """Raise InvalidInput on an unknown ``country``, or an unknown ``region`` of it."""
    if not engine.is_known(place):
        known = place.country in engine.countries()
        raise InvalidInput({"region" if known else "country": ["not_a_choice"]})


def coming_holidays(hours: Hours, place: Place, language: str) -> Sequence[tuple[Holiday, bool]]:
    """The holidays of a place in the coming year, and whether the expert has each off.

    Of a place whose holidays were not taken yet all are meant to be. Raises InvalidInput on an
    unknown ``country`` or ``region``.
    """
    check_place(place)
    today = clock.now().date()
    taken = {one.day for one in hours.exceptions if one.label}
    fresh = hours.holidays_of != place
    return [
        (one, fresh or one.day in taken)
        for one in engine.holidays_of(place, today, today + HOLIDAYS_AHEAD, language)
    ]
