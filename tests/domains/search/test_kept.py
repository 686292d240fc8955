"""Counts of broad questions are kept for a moment; those of few experts never."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from tests.domains.search.conftest import connected, find, local

from cilis.domains import search
from cilis.domains.search import Sort, service
from cilis.domains.search.queries import kept
from cilis.domains.search.types.documents import KIND
from cilis.infra import search as infra_search
from cilis.infra.tenancy import Tenant, serving

pytestmark = pytest.mark.timeout(1_900)
Make = Callable[..., UUID]


@pytest.fixture(params=["postgresql", "elasticsearch"])
def engine(
    request: pytest.FixtureRequest, tenant: Tenant, other_tenant: Tenant, topics: dict[str, UUID]
) -> Iterator[str]:
    del topics
    kept.forget()
    if request.param == "postgresql":
        yield request.param
    else:
        with connected(request.getfixturevalue("elasticsearch_server")):
            search.rebuild_all([tenant, other_tenant])
            yield request.param
    kept.forget()


@pytest.fixture
def broad(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two experts are many."""
    monkeypatch.setattr(kept, "BROAD", 2)


def made(expert_found: Make, engine: str, *names: str, **more: object) -> None:
    ids = [expert_found(name, **more) for name in names]
    if engine == "elasticsearch":
        service.bring(ids)
        infra_search.TenantIndex(KIND).refresh()


def seen(engine: str, **more: object) -> tuple[int, int, dict[str, int]]:
    found = find(**more)
    assert (found.engine, found.is_fallback) == (engine, False)
    assert found.facets is not None
    return len(found.ids), found.total, dict(found.facets.languages)


def test_few_are_counted_each_time(engine: str, expert_found: Make) -> None:
    made(expert_found, engine, "A", "B", "C")
    assert seen(engine) == (3, 3, {"vi": 3})
    made(expert_found, engine, "D")
    assert seen(engine) == (4, 4, {"vi": 4})


def test_counts_of_many_are_kept_the_list_never_is(
    broad: None, engine: str, expert_found: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(expert_found, engine, "A", "B", "C")
    assert seen(engine) == (3, 3, {"vi": 3})
    made(expert_found, engine, "D")
    assert seen(engine) == (4, 3, {"vi": 3})
    assert seen(engine, sort=Sort.PRICE) == (4, 3, {"vi": 3})  # whatever the order
    monkeypatch.setattr(kept, "SECONDS", 0.0)
    assert seen(engine) == (4, 4, {"vi": 4})


def test_every_question_has_counts_of_its_own(
    broad: None, engine: str, expert_found: Make, other_tenant: Tenant
) -> None:
    made(expert_found, engine, "A", "B")
    made(expert_found, engine, "C", languages=["de"])
    assert seen(engine) == (3, 3, {"vi": 2, "de": 1})
    assert seen(engine, languages=("de",)) == (1, 1, {"vi": 2, "de": 1})
    assert seen(engine, window=(local(2, 9), local(2, 11)))[:2] == (3, 3)
    assert seen(engine, window=(local(2, 12), local(2, 13)))[:2] == (0, 0)
    assert seen(engine, words="thue")[:2] == (3, 3)
    made(expert_found, engine, "D")
    assert seen(engine, words="thue")[:2] == (4, 4)  # words find few, so they are counted
    with serving(other_tenant):
        assert seen(engine)[:2] == (0, 0)


def test_pages_go_on_with_kept_counts(broad: None, engine: str, expert_found: Make) -> None:
    made(expert_found, engine, "A", "B", "C", "D", "E")
    whole = find(limit=10).ids
    paged: list[UUID] = []
    cursor: str | None = None
    while True:
        page = find(limit=2, cursor=cursor)
        paged += page.ids
        assert page.total == 5
        cursor = page.next_cursor
        if cursor is None:
            break
    assert tuple(paged) == whole


def test_no_more_than_some_are_kept(
    broad: None, tenant: Tenant, expert_found: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_MOST", 2)
    kept.forget()
    for name in "ABC":
        expert_found(name)
    questions = [search.Question(price_max=price) for price in (10**9, 10**9 + 1, 10**9 + 2)]
    for question in questions:
        search.find(question)
    assert [kept.kept("postgresql", one) is not None for one in questions] == [False, True, True]
