"""A client looks for an evening, a price and stars: each hour that is shown can really be held."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from tests.journeys.booking_steps import hold
from tests.journeys.cast import ANTAM
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

from cilis.kit import clock

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

TUESDAY, MOST, STARS = 1, 600_000, 4
TRIED = 4


def next_tuesday() -> datetime:
    today = clock.now() + timedelta(hours=7)  # in Vietnam
    return today + timedelta(days=(TUESDAY - today.weekday() - 1) % 7 + 1)


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_each_hour_that_is_shown_can_be_held(visit: Callable[..., Visitor], width: int) -> None:
    visitor = visit(ANTAM, width)
    address = f"/experts?when={next_tuesday():%Y-%m-%d}.evening&max={MOST}&rating={STARS}"
    visitor.open(address)
    visitor.look("results-tuesday-evening")
    cards = visitor.page.locator("article.expert")
    assert cards.count() > 0
    wanted = []
    for card in cards.all():
        stars = card.locator(".stars b").first.inner_text()
        assert float(stars.replace(",", ".")) >= STARS
        for slot in card.locator("a.slot").all():
            assert 18 <= int(slot.inner_text().split()[-1].split(":")[0]) < 24
            wanted.append(slot.get_attribute("href") or "")
    taken: list[str] = []
    for place in wanted[:: max(1, len(wanted) // TRIED)][:TRIED]:
        visitor.open(place)
        booking = hold(visitor)
        assert re.fullmatch(r"[0-9a-f-]{36}", booking)
        visitor.open(address)
        shown = [
            slot.get_attribute("href")
            for slot in visitor.page.locator("article.expert a.slot").all()
        ]
        assert place not in shown  # gone with the answer
        taken.append(place)
    assert taken
