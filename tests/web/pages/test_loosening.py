from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from cilis.domains import experts, search
from cilis.infra.tenancy import Tenant
from cilis.kit import clock
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene, open_scene
from cilis.web.views.loosening import _round_up

Browse = Callable[..., Browser]
MANY = 4


@pytest.fixture
def scene(tenant: Tenant) -> Scene:
    """Four experts; one of them is dearer."""
    del tenant
    made = open_scene(experts_count=MANY, price_minor=550_000)
    wish = experts.ServiceWish(names={"vi": "Dài"}, minutes=60, price_minor=700_000)
    experts.edit_service(made.service, wish, made.viewer("expert"))
    search.rebuild()
    return made


def offers(page: str) -> dict[str, tuple[int, str]]:
    """What the page proposes: words -> how many more, and where."""
    box = page.partition('id="loosen"')[2].partition("</section>")[0]
    found = re.findall(r'href="([^"]+)"[^>]*>([^<]+) <b>\+(\d+)</b>', box)
    return {words.strip(): (int(more), to.replace("&amp;", "&")) for to, words, more in found}


def total(page: str) -> int:
    found = re.search(r'id="count"[^>]*>(\d+)', page)
    assert found
    return int(found[1])


def test_each_proposal_gives_what_it_promises(browse: Browse, scene: Scene) -> None:
    day = (clock.now() + timedelta(days=2)).date()
    for query in ("max=550000", "max=500000", f"max=560000&when={day}.evening", "rating=4.5"):
        page = browse().get(f"/experts?lang=en&{query}").text
        proposed = offers(page)
        assert proposed, query
        for words, (more, address) in proposed.items():
            given = total(browse().get(f"{address}{'&' if '?' in address else '?'}lang=en").text)
            assert given == total(page) + more, (query, words)


def test_a_bit_more_money_comes_first(browse: Browse, scene: Scene) -> None:
    proposed = offers(browse().get("/experts?lang=en&max=550000").text)
    assert list(proposed) == ["≤ ₫740,000", "Any price"]
    assert proposed["≤ ₫740,000"] == (1, "/experts?max=740000")


def test_plenty_proposes_nothing(browse: Browse, scene: Scene) -> None:
    assert offers(browse().get("/experts?lang=en").text) == {}


@pytest.mark.parametrize(
    ("amount", "rounded"), [(1, 1), (99, 99), (101, 110), (800_000, 800_000), (733_333, 740_000)]
)
def test_amounts_are_what_people_say(amount: int, rounded: int) -> None:
    assert _round_up(amount) == rounded


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("mode=phone", "Any way to meet"),
        ("country=AT", "Any country"),
        ("minutes=15", "Any length"),
    ],
)
def test_what_nobody_offers_is_loosened(
    browse: Browse, scene: Scene, query: str, words: str
) -> None:
    proposed = offers(browse().get(f"/experts?lang=en&{query}").text)
    assert proposed == {words: (MANY, "/experts")}
