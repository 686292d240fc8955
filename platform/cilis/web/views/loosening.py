"""What to give up where few experts fit everything, and how many more that would give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cilis.domains import search
from cilis.infra.i18n import format_money, gettext
from cilis.kit import clock
from cilis.kit.money import Money
from cilis.web.views.browse import RATINGS, Browse
from cilis.web.views.chips import stars_label
from cilis.web.views.moments import part_label
from cilis.web.views.prices import as_paid

_FEW = 5
"""With this many experts or fewer, the page says what would give more."""
_MOST_NEAR, _MOST = 3, 5
_PARTS_OF_A_DAY = 3


@dataclass(frozen=True, slots=True)
class Looser:
    """One choice less, or a wider one, and how many experts that would add."""

    label: str
    more: int
    address: str


def looser(asked: Browse, results: search.Results) -> list[Looser]:
    """What would give more choice; empty while there is plenty.

    First what is near the wish (the hour next to it, a bit more money), which is asked of the
    search itself, at most four times; then what leaves a whole choice out.
    """
    if results.total > _FEW or results.facets is None:
        return []
    near = [_counted(label, wider, results.total) for label, wider in _near(asked, results)]
    far = [
        Looser(label, results.facets.loosened[name] - results.total, asked.without(name).address())
        for name, label in _labels().items()
        if name in results.facets.loosened
    ]
    return [*_helpful(near)[:_MOST_NEAR], *_helpful(far)][:_MOST]


def _labels() -> dict[str, str]:
    return {
        "topic": gettext("All fields"),
        "price": gettext("Any price"),
        "rating": gettext("Any rating"),
        "languages": gettext("Any language"),
        "verified": gettext("Not only verified"),
        "length": gettext("Any length"),
        "mode": gettext("Any way to meet"),
        "country": gettext("Any country"),
        "time": gettext("Any time"),
        "words": gettext("Without the words"),
    }


def _helpful(found: list[Looser]) -> list[Looser]:
    return sorted((one for one in found if one.more > 0), key=lambda one: -one.more)


def _counted(label: str, wider: Browse, now: int) -> Looser:
    question = replace(wider.question(), facets=False, grid=(), limit=1)
    return Looser(label, search.find(question).total - now, wider.address())


def _near(asked: Browse, results: search.Results) -> Iterator[tuple[str, Browse]]:
    """Wishes a little wider than this one."""
    whole = replace(asked, after=None)
    for part in _parts_beside(asked, results):
        yield part_label(part), replace(whole, parts=(*asked.parts, part))
    if asked.price_max:
        most = _round_up(asked.price_max * 4 // 3)
        label = as_paid(f"≤ {format_money(Money(most, asked.currency))}")
        yield label, replace(whole, price_max=most)
    lower = [one for one in RATINGS if asked.rating is not None and one < asked.rating]
    if lower:
        stars = max(lower)
        label = gettext("From %(stars)s stars", stars=stars_label(stars))
        yield label, replace(whole, rating=stars)


def _parts_beside(asked: Browse, results: search.Results) -> list[search.DayPart]:
    """The two parts of days next to the chosen one in which most experts are free."""
    counts = results.facets.parts if results.facets else ()
    chosen = next((part for part in asked.parts if part in asked.grid), None)
    if chosen is None or len(counts) != len(asked.grid):
        return []
    place, now = asked.grid.index(chosen), clock.now()
    beside = (place - 1, place + 1, place - _PARTS_OF_A_DAY, place + _PARTS_OF_A_DAY)
    free = [
        (counts[at], asked.grid[at])
        for at in beside
        if 0 <= at < len(counts)
        and counts[at]
        and asked.grid[at] not in asked.parts
        and asked.grid[at].window[1] > now
    ]
    return [part for _, part in sorted(free, key=lambda one: -one[0])[:2]]


def _round_up(amount: int) -> int:
    """The next amount that people say: two digits and zeros."""
    unit = int(10 ** max(0, len(str(amount)) - 2))
    return -(-amount // unit) * unit
