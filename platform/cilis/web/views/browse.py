"""A list of experts as its address asks for it, and the addresses that would change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from cilis.domains import experts, search
from cilis.infra.i18n import current_zone, format_number, local
from cilis.kit import clock
from cilis.kit.money import decimals
from cilis.kit.text import is_clean, nfc
from cilis.web.views.moments import Moment, moments

GRID_DAYS = 7
LONGEST_MINUTES = 480
PAGE = 12
RATINGS = (4.5, 4.0, 3.5)
_ADDRESS = "/experts"
_LONGEST_WORDS = 120
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Browse:
    """What the address asks for, cleaned: values that make no sense are passed over."""

    currency: str
    words: str = ""
    topic: experts.Topic | None = None
    moments: tuple[Moment, ...] = ()
    parts: tuple[search.DayPart, ...] = ()
    price_min: int | None = None
    price_max: int | None = None
    rating: float | None = None
    languages: tuple[str, ...] = ()
    verified: bool = False
    minutes: int | None = None
    mode: str | None = None
    country: str | None = None
    sort: search.Sort = search.Sort.BEST
    after: str | None = None
    grid: tuple[search.DayPart, ...] = field(default=(), repr=False)

    def question(self) -> search.Question:
        """The same, as search understands it."""
        windows = [window for one in self.moments for window in one.windows]
        windows += [one.window for one in self.parts]
        return search.Question(
            words=self.words,
            topic_slug=self.topic.slug if self.topic else None,
            price_min=self.price_min,
            price_max=self.price_max,
            rating_min=self.rating,
            languages=self.languages,
            verified=self.verified,
            windows=tuple(windows),
            duration_minutes=self.minutes,
            mode=self.mode,
            country=self.country,
            sort=self.sort,
            cursor=self.after,
            limit=PAGE,
            facets=True,
            grid=tuple(part.window for part in self.grid),
        )

    def pairs(self) -> Pairs:
        """The address's query, in a fixed order."""
        found: list[tuple[str, str]] = []
        found += [("q", self.words)] if self.words else []
        found += [("field", self.topic.slug)] if self.topic else []
        found += [("when", one.key) for one in self.moments]
        found += [("when", one.key) for one in self.parts]
        found += [("min", self.typed(self.price_min))] if self.price_min is not None else []
        found += [("max", self.typed(self.price_max))] if self.price_max is not None else []
        found += [("rating", f"{self.rating:g}")] if self.rating is not None else []
        found += [("language", language) for language in self.languages]
        found += [("verified", "1")] if self.verified else []
        found += [("minutes", str(self.minutes))] if self.minutes else []
        found += [("mode", self.mode)] if self.mode else []
        found += [("country", self.country)] if self.country else []
        found += [("sort", self.sort.value)] if self.sort is not search.Sort.BEST else []
        return tuple(found)

    def address(self, *, after: str | None = None) -> str:
        """Where this list is found; the same list always has the same address."""
        pairs = (*self.pairs(), *((("after", after),) if after else ()))
        return f"{_ADDRESS}?{urlencode(pairs)}" if pairs else _ADDRESS

    def field_address(self) -> str:
        """The list of the whole field, which holds whatever a narrower or sorted one shows."""
        return Browse(currency=self.currency, topic=self.topic).address()

    def typed(self, minor: int | None) -> str:
        """An amount as it stands in an input."""
        if minor is None:
            return ""
        return f"{Decimal(minor).scaleb(-decimals(self.currency)):f}"

    def shown(self, minor: int | None) -> str:
        """An amount as it stands in an input of the page, in the reader's way of writing."""
        if minor is None or decimals(self.currency):
            return self.typed(minor).removesuffix(".00")
        return format_number(minor)

    def spelled(self, words: str) -> Browse:
        """The same with other words."""
        return replace(self, words=words, after=None)

    def without(self, name: str) -> Browse:
        """The same without one kind of choice: words, topic, time, price, rating and so on."""
        cleared: dict[str, dict[str, object]] = {
            "words": {"words": ""},
            "topic": {"topic": None},
            "time": {"moments": (), "parts": ()},
            "price": {"price_min": None, "price_max": None},
            "rating": {"rating": None},
            "languages": {"languages": ()},
            "verified": {"verified": False},
            "length": {"minutes": None},
            "mode": {"mode": None},
            "country": {"country": None},
        }
        return replace(self, after=None, **cleared.get(name, {}))  # type: ignore[arg-type]


def browse(values: MultiDict[str, str], topics: Sequence[experts.Topic], currency: str) -> Browse:
    """Read an address's query; topics is the whole tree."""
    by_slug = {topic.slug: topic for root in topics for topic in root.walk()}
    zone = current_zone()
    named = {moment.key: moment for moment in moments()}
    keys = list(dict.fromkeys(values.getlist("when")))[:21]
    today = local(clock.now()).date()
    return Browse(
        currency=currency,
        words=_words(values.get("q", "")),
        topic=by_slug.get(values.get("field", "")),
        moments=tuple(named[key] for key in keys if key in named),
        parts=tuple(
            part
            for part in (search.day_part(key, zone) for key in keys)
            if part and part.window[1] > clock.now()
        ),
        price_min=_minor(values.get("min", ""), currency),
        price_max=_minor(values.get("max", ""), currency),
        rating=_rating(values.get("rating", "")),
        languages=tuple(
            one for one in values.getlist("language")[:10] if one.isalpha() and len(one) <= 3
        ),
        verified=values.get("verified") == "1",
        minutes=_minutes(values.get("minutes", "")),
        mode=next((one for one in experts.ServiceMode if one == values.get("mode")), None),
        country=_country(values.get("country", "")),
        sort=_sort(values.get("sort", "")),
        after=values.get("after") or None,
        grid=tuple(search.grid(today, GRID_DAYS, zone)),
    )


def _words(typed: str) -> str:
    words = " ".join(nfc(typed).split())
    return words[:_LONGEST_WORDS] if is_clean(words) else ""


def _minor(typed: str, currency: str) -> int | None:
    digits = "".join(char for char in typed if char.isdigit() or char in ".,")
    places = decimals(currency)
    if not places:  # 600.000 and 600,000 both mean six hundred thousand
        digits = digits.replace(".", "").replace(",", "")
    try:
        value = Decimal(digits.replace(",", ".")).scaleb(places)
    except InvalidOperation:
        return None
    return int(value) if 0 <= value < 10**14 else None


def _rating(given: str) -> float | None:
    return next((one for one in RATINGS if f"{one:g}" == given), None)


def _minutes(given: str) -> int | None:
    is_number = given.isascii() and given.isdigit() and len(given) <= len(str(LONGEST_MINUTES))
    return int(given) if is_number and 0 < int(given) <= LONGEST_MINUTES else None


def _country(given: str) -> str | None:
    return given if len(given) == 2 and given.isascii() and given.isupper() else None


def _sort(given: str) -> search.Sort:
    return search.Sort(given) if given in set(search.Sort) else search.Sort.BEST
