"""A page is full although somebody has just gone, and nobody is shown twice."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from tests.domains.search.conftest import local
from tests.domains.search.test_refresh import take

from cilis.domains import search

NINE = [("Lê An", 9), ("Lê Bình", 9), ("Lê Chi", 9), ("Lê Dũng", 9), ("Lê Em", 9), ("Lê Giang", 9)]


def found(question: search.Question) -> tuple[search.Results, list[UUID]]:
    results, hits = search.shown(question)
    return results, [hit.card.id for hit in hits]


def test_who_has_just_gone_is_replaced(expert_found: Callable[..., UUID]) -> None:
    """The hour is taken, and no event has come yet: the copy still says that it is free."""
    made = [expert_found(name) for name, _ in NINE]
    window = local(2, 9), local(2, 9, 30)
    question = search.Question(window=window, sort=search.Sort.SOONEST, limit=2)
    whole, _ = found(search.Question(window=window, sort=search.Sort.SOONEST, limit=20))
    order = list(whole.ids)
    assert set(order) == set(made)
    for gone in (order[0], order[3]):
        take(gone, local(2, 9))
        assert gone in search.find(search.Question(window=window, limit=20)).ids

    first, shown = found(question)
    assert shown == [order[1], order[2]]
    seen = list(shown)
    cursor = first.next_cursor
    while cursor:
        page, shown = found(
            search.Question(window=window, sort=search.Sort.SOONEST, limit=2, cursor=cursor)
        )
        seen += shown
        cursor = page.next_cursor
    assert seen == [order[at] for at in (1, 2, 4, 5)]


def test_a_list_that_ends_is_short(expert_found: Callable[..., UUID]) -> None:
    made = [expert_found(name) for name, _ in NINE[:3]]
    for one in made:
        take(one, local(2, 9))
    results, shown = found(search.Question(window=(local(2, 9), local(2, 9, 30)), limit=2))
    assert shown == []
    assert results.next_cursor is None
