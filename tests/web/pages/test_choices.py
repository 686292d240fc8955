"""Choices beside the list of experts: how to meet, how long, in which country, each counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from uuid import UUID

import pytest
from tests.domains.experts.conftest import organization, service_wish
from tests.domains.search.conftest import expert_found, topics

from cilis.domains import experts
from cilis.testing.fixtures import Browser

__all__ = ["expert_found", "organization", "topics"]

Browse = Callable[..., Browser]
Make = Callable[..., UUID]
_PHONE, _MEETING = experts.ServiceMode.PHONE, experts.ServiceMode.IN_PERSON


@pytest.fixture
def three(expert_found: Make) -> None:
    """Short and cheap or long and dear; by video, by phone, at a place; two countries."""
    short = service_wish(minutes=30, price_minor=200_000, notice_minutes=0)
    long = service_wish(minutes=60, price_minor=500_000, notice_minutes=0, mode=_PHONE)
    expert_found("Hai", services=[short, long])
    long = service_wish(minutes=60, price_minor=400_000, notice_minutes=0)
    expert_found("Ba", services=[long])
    meeting = service_wish(minutes=30, mode=_MEETING, place="Berlin")
    expert_found("Xa", country="DE", services=[meeting])


def choices(page: str, name: str) -> dict[str, int]:
    """The values of one choice with their numbers."""
    found = re.findall(
        rf'type="radio" name="{name}" value="(\w+)"[^>]*><span>[^<]+</span>'
        r'<span class="count num">(\d+)<',
        page,
    )
    return {value: int(number) for value, number in found}


def shown(page: str) -> list[tuple[str, str]]:
    """Names and prices on the cards."""
    return [
        (unescape(name), re.sub(r"\D", "", price))
        for name, price in re.findall(
            r'class="name"><a [^>]+>([^<]+)</a>.*?class="price">([^<]+)<', page, re.DOTALL
        )
    ]


@pytest.mark.usefixtures("three")
def test_each_choice_says_how_many_there_would_be(browse: Browse) -> None:
    page = browse().get("/experts?lang=en").text
    assert choices(page, "mode") == {"video": 2, "phone": 1, "in_person": 1}
    assert choices(page, "country") == {"VN": 2, "DE": 1}
    assert choices(page, "minutes") == {"30": 2, "60": 2}
    for words in ("By video", "By phone", "In person", "Vietnam", "Germany", "60 minutes"):
        assert f"<span>{words}</span>" in page
    page = browse().get("/experts?lang=en&mode=phone&country=VN").text
    assert choices(page, "mode") == {"video": 2, "phone": 1}  # of those in Vietnam
    assert choices(page, "country") == {"VN": 1}  # of those who telephone
    assert choices(page, "minutes") == {}  # they are all as long: nothing to choose


@pytest.mark.usefixtures("three")
def test_the_address_holds_the_choice_and_a_chip_takes_it_off(browse: Browse) -> None:
    address = "/experts?minutes=60&mode=phone&country=VN"
    page = browse().get(f"{address}&lang=en").text
    assert [name for name, _ in shown(page)] == ["Hai"]
    chips = {
        words.strip(): unescape(to)
        for to, words in re.findall(r'class="chip on" href="([^"]+)".*?</span>([^<]+)<', page)
    }
    assert chips == {
        "By phone": "/experts?minutes=60&country=VN",
        "60 minutes": "/experts?mode=phone&country=VN",
        "Vietnam": "/experts?minutes=60&mode=phone",
    }


@pytest.mark.usefixtures("three")
def test_prices_are_those_of_the_length_that_is_chosen(browse: Browse) -> None:
    page = browse().get("/experts?lang=en&minutes=60&sort=price").text
    assert shown(page) == [("Ba", "400000"), ("Hai", "500000")]
    assert "Price of 60 minutes, tax included" in page
    assert 'placeholder="400,000"' in page
    assert 'placeholder="500,000"' in page
    page = browse().get("/experts?lang=en&minutes=60&max=450000").text
    assert shown(page) == [("Ba", "400000")]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    "query", ["mode=telepathy", "mode=", "country=vn", "country=%C3%84%C3%96", "minutes=-5",
              "minutes=6e1", "minutes=481", "minutes=%D9%A6%D9%A0"]
)  # fmt: skip
def test_choices_that_make_no_sense_are_passed_over(browse: Browse, query: str) -> None:
    assert len(shown(browse().get(f"/experts?{query}").text)) == 3


def test_a_near_spelling_is_a_link(browse: Browse, expert_found: Make) -> None:
    expert_found("Nguyễn Văn Dũng", topics=["thua-ke"])
    for language, begins in (("en", "Did you mean "), ("vi", "Có phải bạn muốn tìm ")):
        page = browse().get(f"/experts?q=inheritanse&mode=video&lang={language}").text
        found = re.search(
            r'<p id="meant">([^<]+)<a class="link" href="([^"]+)".*?<b>(\w+)</b>', page
        )
        assert found
        assert (found[1], found[3]) == (begins, "Inheritance")
        address = unescape(found[2])
        assert address == "/experts?q=Inheritance&mode=video"
        assert [name for name, _ in shown(browse().get(address).text)] == ["Nguyễn Văn Dũng"]
    assert 'id="meant"' not in browse().get("/experts?q=inheritance").text
