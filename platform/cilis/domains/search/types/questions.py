"""What somebody looks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MAX_WINDOWS = 42

Window = tuple[datetime, datetime]
"""Half-open: a session may start at the first instant and before the second."""


class Sort(StrEnum):
    """In which order experts are shown."""

    BEST = "best"
    SOONEST = "soonest"
    PRICE = "price"
    RATING = "rating"
    EXPERIENCE = "experience"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything a list of experts may be asked for; what is not set does not narrow.

    Prices are in minor units of the organization's currency. ``languages``: one of them is
    enough. ``window`` and ``windows``: a free start in one of them is enough. One and the same
    service has to fit length, mode, price and time. ``country`` is where the expert is (ISO).
    ``grid`` asks for counts of each of its windows.
    """

    words: str = ""
    topic_slug: str | None = None
    price_min: int | None = None
    price_max: int | None = None
    rating_min: float | None = None
    languages: tuple[str, ...] = ()
    verified: bool = False
    window: Window | None = None
    windows: tuple[Window, ...] = ()
    duration_minutes: int | None = None
    mode: str | None = None
    country: str | None = None
    sort: Sort = Sort.BEST
    cursor: str | None = None
    limit: int = 20
    facets: bool = True
    grid: tuple[Window, ...] = ()

    @property
    def times(self) -> tuple[Window, ...]:
        """All windows of time that would do."""
        return (*((self.window,) if self.window else ()), *self.windows)

    @property
    def names_service(self) -> bool:
        """Whether a kind of service was named: then prices are of that kind alone."""
        return self.duration_minutes is not None or self.mode is not None

    @property
    def has_price(self) -> bool:
        """Whether a price was named."""
        return self.price_min is not None or self.price_max is not None
