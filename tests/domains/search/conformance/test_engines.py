"""Every question to both engines: the same ids in the same order, counts, pages, completions."""

from __future__ import annotations

import dataclasses
from typing import Any
from uuid import UUID

import pytest
from tests.domains.search.conformance.questions import (
    ALL,
    GERMAN,
    PLAIN,
    SLIPS,
    SYNONYMS,
    TIMES,
    WORDS,
    Asked,
)
from tests.domains.search.conformance.seeds import KEEPS_HOURS
from tests.domains.search.conftest import local

from cilis.domains import search
from cilis.domains.search import Question, Results, Sort
from cilis.domains.search.queries import facets, kept
from cilis.domains.search.queries.elasticsearch import ElasticsearchEngine
from cilis.domains.search.queries.elasticsearch import counts as aggregations
from cilis.domains.search.queries.engine import SearchEngine
from cilis.domains.search.queries.meant import meant
from cilis.domains.search.queries.postgresql import PostgresqlEngine
from cilis.domains.search.types import minute
from cilis.infra import db
from cilis.kit import clock
from cilis.kit.errors import InvalidInput

pytestmark = pytest.mark.timeout(1_900)  # the first time Elasticsearch is fetched
OF_SERVICES = {"window", "windows", "grid", "duration_minutes", "price_max", "mode", "country"}
NAMES_SERVICE = {"duration_minutes", "mode"}
POSSIBLE: dict[str, Any] = {
    "mode": ("video", "phone", "in_person"),
    "country": ("VN", "DE", "AT"),
    "duration_minutes": (30, 45, 60, 90),
}
ENGINES: tuple[SearchEngine, SearchEngine] = (PostgresqlEngine(), ElasticsearchEngine())


def question(asked: Asked, **more: Any) -> Question:
    def window(given: Any) -> Any:
        return tuple(local(*moment) for moment in given)

    values = dict(asked)
    if "window" in values:
        values["window"] = window(values["window"])
    for name in ("windows", "grid"):
        if name in values:
            values[name] = tuple(window(one) for one in values[name])
    if "sort" in values:
        values["sort"] = Sort(values["sort"])
    return Question(**{"limit": 100, **values, **more})


def both(asked: Question) -> tuple[Results, Results]:
    """The two answers, given within one minute: what has passed by then is cut off by it."""
    while True:
        began = minute(clock.now())
        ours, theirs = (engine.find(asked) for engine in ENGINES)
        if minute(clock.now()) == began:
            return ours, theirs


def told(results: Results) -> dict[str, Any]:
    """All of an answer but who gave it."""
    found = dataclasses.asdict(results)
    del found["engine"]
    return found


def name_of(asked: Asked) -> str:
    return ascii(asked)[:90]


@pytest.mark.parametrize("given", ALL, ids=name_of)
def test_the_same_answer(asked: dict[str, UUID], given: Asked) -> None:
    ours, theirs = both(question(given))
    assert told(ours) == told(theirs)


@pytest.mark.parametrize(
    "given",
    [
        {"facets": True},
        {"facets": True, "words": "tax"},
        {"facets": True, "rating_min": 4.0, "duration_minutes": 60},
        {"facets": True, "country": "VN", "sort": "price"},
        {"grid": [((2, 9), (2, 12)), ((2, 18), (2, 21))]},
    ],
    ids=name_of,
)
def test_counting_stops_and_says_so_while_the_page_is_whole(
    asked: dict[str, UUID], given: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = both(question(given))
    kept.forget()
    for module in (kept, facets, aggregations):
        monkeypatch.setattr(module, "COUNTED_UP_TO", 3)
    for results, exact in zip(both(question(given)), whole, strict=True):
        assert exact.total_is_exact
        assert results.ids == exact.ids
        assert not results.total_is_exact
        assert results.total == len(results.ids) > 3
        if results.facets and results.facets.prices:
            assert sum(results.facets.prices.counts) <= 3
            assert sum(results.facets.countries.values()) <= 3


@pytest.mark.parametrize("typed", WORDS, ids=lambda typed: ascii(typed)[:60])
def test_the_same_completion(asked: dict[str, UUID], typed: str) -> None:
    ours, theirs = (engine.complete(typed) for engine in ENGINES)
    assert ours == theirs


@pytest.mark.parametrize("typed", [*SLIPS, *SYNONYMS, *GERMAN], ids=lambda typed: ascii(typed)[:60])
def test_the_same_spelling_is_proposed(asked: dict[str, UUID], typed: str) -> None:
    assert meant_by(ENGINES[0], typed) == meant_by(ENGINES[1], typed)


def test_spellings_are_proposed(asked: dict[str, UUID]) -> None:
    proposed = [meant_by(ENGINES[1], typed) for typed in SLIPS]
    assert len([one for one in proposed if one]) >= len(SLIPS) / 2


def meant_by(engine: SearchEngine, typed: str) -> str:
    wanted = Question(words=typed)
    results = engine.find(wanted)
    with db.reading() as session:
        hits = search.hits(session, results.ids, wanted)
    return meant(wanted, results, hits, engine.find)


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("more", [{}, {"words": "thuế"}, {"words": "dunk"}, TIMES[0]], ids=name_of)
def test_a_page_that_one_began_the_other_goes_on_with(
    asked: dict[str, UUID], sort: Sort, more: Asked
) -> None:
    whole = ENGINES[0].find(question(more, sort=sort, facets=False)).ids
    limit = max(1, len(whole) // 4)
    seen: list[UUID] = []
    cursor: str | None = None
    for number in range(len(whole)):
        page = ENGINES[number % 2].find(
            question(more, sort=sort, facets=False, limit=limit, cursor=cursor)
        )
        seen += page.ids
        cursor = page.next_cursor
        if cursor is None:
            break
    assert cursor is None
    assert tuple(seen) == whole
    assert len(whole) > 1


@pytest.mark.parametrize("given", [one for one in TIMES if not set(one) - OF_SERVICES], ids=name_of)
def test_free_time_is_the_calendars_own(asked: dict[str, UUID], given: Asked) -> None:
    """Nobody is found who is not free then, and nobody free then is missing."""
    wanted = question(given, facets=False)
    ours, theirs = both(wanted)
    with db.reading() as session:
        true = search.hits(session, list(asked.values()), wanted)
    assert {hit.card.id for hit in true} == set(ours.ids) == set(theirs.ids)


@pytest.mark.parametrize("given", [*PLAIN, *TIMES, {"words": "thue"}], ids=name_of)
def test_each_count_is_what_its_choice_gives(asked: dict[str, UUID], given: Asked) -> None:
    """Modes, countries and lengths are counted as if chosen in place of what is chosen now."""
    facets = ENGINES[0].find(question(given)).facets
    assert facets is not None
    counted = {
        "mode": facets.modes, "country": facets.countries, "duration_minutes": facets.durations
    }  # fmt: skip
    for name, counts in counted.items():
        for value in {*counts, *POSSIBLE[name]}:
            chosen = question({**given, name: value}, facets=False)
            assert [engine.find(chosen).total for engine in ENGINES] == [counts.get(value, 0)] * 2


@pytest.mark.parametrize("given", [one for one in PLAIN if set(one) & NAMES_SERVICE], ids=name_of)
def test_prices_are_those_of_the_service_that_is_named(
    asked: dict[str, UUID], given: Asked
) -> None:
    """The histogram, the order and the filter speak of the length and the mode that were named."""
    wanted = question({**given, "price_min": None, "price_max": None}, sort=Sort.PRICE)
    found = [engine.find(wanted) for engine in ENGINES]
    with db.reading() as session:
        hits = search.hits(session, found[0].ids, wanted)
    prices = [min(terms.price.minor for terms in hit.services) for hit in hits]
    assert prices == sorted(prices)
    for results in found:
        assert results.facets is not None
        ends = results.facets.prices and (
            results.facets.prices.lowest,
            results.facets.prices.highest,
        )
        assert ends == ((prices[0], prices[-1]) if prices else None)
        assert sum(results.facets.prices.counts if results.facets.prices else ()) == len(prices)


@pytest.mark.parametrize(
    "wrong",
    [
        {"topic_slug": "unknown"},
        {"cursor": "x"},
        {"cursor": "WyJwcmljZSIsMSwieCJd"},
        {"sort": Sort.PRICE, "cursor": "WyJwcmljZSIsImEiLCJiIl0"},
    ],
)
def test_the_same_refusals(asked: dict[str, UUID], wrong: dict[str, Any]) -> None:
    for engine in ENGINES:
        with pytest.raises(InvalidInput):
            engine.find(Question(**wrong))


def test_the_questions_find_something(asked: dict[str, UUID]) -> None:
    """Two engines that find nothing agree easily: most of the questions must find somebody."""
    found = [bool(ENGINES[1].find(question(one, facets=False)).ids) for one in ALL]
    assert len(found) >= 150
    assert sum(found) > 0.75 * len(found)


@pytest.mark.parametrize(
    ("hours", "mode", "found"),
    [
        ((13, 15), "video", False),
        ((13, 15), "in_person", True),
        ((13, 15), None, True),
        ((15, 16), "in_person", True),
        ((15, 16), "video", False),
        ((16, 18), "video", True),
        ((16, 18), "in_person", False),
        ((16, 18), None, True),
    ],
)
def test_hours_kept_for_one_mode_are_no_starts_of_another(
    asked: dict[str, UUID], hours: tuple[int, int], mode: str | None, *, found: bool
) -> None:
    window = (2, hours[0], 0), (2, hours[1], 0)
    asked_for = {"words": KEEPS_HOURS, "window": window, **({"mode": mode} if mode else {})}
    ours, theirs = both(question(asked_for))
    assert told(ours) == told(theirs)
    assert (asked[KEEPS_HOURS] in ours.ids) == found
