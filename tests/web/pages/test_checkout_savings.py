"""A checkout with a code and with credit: what it says, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.web.pages.conftest import words
from tests.web.pages.test_checkout import hold, state_of

from cilis.domains import credits, payments
from cilis.domains.bookings import BookingState
from cilis.domains.bookings.service import savings
from cilis.domains.credits import CouponWish, PackageWish
from cilis.domains.payments.service import moves
from cilis.domains.payments.types import Cause, Step
from cilis.hooks.payments import DisputeNews, DisputeOutcome
from cilis.infra.db import transaction
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]
Forward = Callable[[timedelta], None]
PRICE = 550_000


@pytest.fixture
def coupon(scene: Scene) -> credits.Coupon:
    wish = CouponWish(code="TET-10", percent=10, most_each=None)
    return credits.make_coupon(wish, scene.viewer("admin"))


def give(scene: Scene, amount: int) -> credits.Credit:
    return credits.give_credit(scene.client, amount, "sorry", scene.viewer("admin"))


def package(scene: Scene, deliver: Callable[[], int], clock_forward: Forward) -> credits.Credit:
    """Four sessions that the client has bought and paid for."""
    wish = PackageWish(name={"vi": "Gói bốn", "en": "Four"}, sessions=4, price_minor=2_000_000)
    offer = credits.save_package(wish, scene.viewer("admin"))
    made = credits.buy_package(offer.id, scene.viewer("client"))
    credits.pay_for_credit(made.id, "gate", scene.viewer("client"), "127.0.0.1")
    clock_forward(timedelta(seconds=61))  # now the gateway is asked
    deliver()
    return made


def at_payment(browser: Browser, scene: Scene, place: int = 0) -> str:
    """A held hour whose next step is to pay."""
    address = hold(browser, scene, place)
    browser.submit(f"{address}/about", text="Giấy phạt thuế")
    return address


def test_credit_that_a_bank_contests_says_so(
    browse: Browse,
    scene: Scene,
    gate: object,
    deliver: Callable[[], int],
    clock_forward: Forward,
) -> None:
    made = package(scene, deliver, clock_forward)
    with transaction() as session:
        paid = credits.credit(session, made.id).paid_attempt_id
        assert paid
        attempt = payments.attempt(session, paid)
        news = DisputeNews(
            "du_1", attempt.provider_reference, DisputeOutcome.OPEN, made.amount, "d-1"
        )
        moves.apply_dispute_news(session, attempt, None, news, Step(Cause.NOTICE))
    browser = browse("client")
    place = at_payment(browser, scene)
    browser.get(f"{place}?lang=en")
    answer = browser.submit(f"{place}/payment", credit=str(made.id), provider="gate")
    assert answer.status_code == 422
    assert "A bank contests the payment for this credit." in answer.text


class TestCode:
    def test_makes_the_hour_cheaper_and_is_taken_away_again(
        self, browse: Browse, scene: Scene, gate: object, coupon: credits.Coupon
    ) -> None:
        browser = browse("client")
        place = at_payment(browser, scene)
        page = browser.get(f"{place}?lang=en").text
        assert "I have a code" in page
        assert "Pay ₫550,000" in words(page)
        used = browser.submit(f"{place}/coupon", code=" tet-10 ")
        assert (used.status_code, used.headers["Location"]) == (303, f"{place}?step=pay")
        page = browser.get(used.headers["Location"]).text
        assert "I have a code" not in page
        shown = words(page)
        assert "Code TET-10 −₫55,000" in shown
        assert "Pay ₫495,000" in shown
        assert "<s>₫550,000</s>" in page
        assert state_of(place).price_minor == PRICE - 55_000
        for _ in range(2):
            assert browser.submit(f"{place}/coupon/removal").status_code == 303
        assert state_of(place).price_minor == PRICE
        assert "<s>" not in browser.get(place).text

    def test_that_does_not_hold_is_said_at_its_field(
        self, browse: Browse, scene: Scene, gate: object
    ) -> None:
        browser = browse("client")
        place = at_payment(browser, scene)
        browser.get(f"{place}?lang=en")
        answer = browser.submit(f"{place}/coupon", code="NEVER")
        assert answer.status_code == 422
        assert "There is no such code." in answer.text
        assert '<details class="coupon stack snug" open>' in answer.text
        assert 'value="NEVER"' in answer.text
        assert browser.submit(f"{place}/coupon", code="").status_code == 422

    def test_cannot_be_tried_one_after_the_other(
        self,
        browse: Browse,
        scene: Scene,
        gate: object,
        coupon: credits.Coupon,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(savings, "_TRIES", "2/hour")
        browser = browse("client")
        place = at_payment(browser, scene)
        browser.get(f"{place}?lang=en")
        said = [browser.submit(f"{place}/coupon", code="NEVER").status_code for _ in range(2)]
        answer = browser.submit(f"{place}/coupon", code="TET-10")
        assert (said, answer.status_code) == ([422, 422], 429)
        assert '<details class="coupon stack snug" open>' in answer.text
        assert state_of(place).price_minor == PRICE

    def test_wants_to_know_who_it_is(
        self, browse: Browse, scene: Scene, coupon: credits.Coupon
    ) -> None:
        nobody = browse()
        place = hold(nobody, scene)
        nobody.get(f"{place}?lang=en")
        answer = nobody.submit(f"{place}/coupon", code="TET-10")
        assert (answer.status_code, answer.headers["Location"]) == (303, place)
        assert "please say first who you are" in nobody.get(f"{place}?lang=en").text
        assert nobody.submit(f"{place}/coupon/removal").status_code == 303
        assert state_of(place).price_minor == PRICE

    def test_for_all_of_it_books_without_a_way_to_pay(
        self, browse: Browse, scene: Scene, gate: Any
    ) -> None:
        wish = CouponWish(code="FREE", percent=100)
        credits.make_coupon(wish, scene.viewer("admin"))
        browser = browse("client")
        place = at_payment(browser, scene)
        browser.submit(f"{place}/coupon", code="FREE")
        page = browser.get(f"{place}?lang=en").text
        assert "Book without payment" in page
        assert 'name="provider"' not in page
        assert browser.submit(f"{place}/payment").status_code == 303
        assert state_of(place).state == BookingState.CONFIRMED
        assert gate.orders == []

    def test_comes_too_late_after_the_hour_is_booked(
        self, browse: Browse, scene: Scene, gate: object, coupon: credits.Coupon
    ) -> None:
        give(scene, PRICE)
        browser = browse("client")
        place = at_payment(browser, scene)
        browser.submit(f"{place}/payment", credit="balance")
        for answer in (
            browser.submit(f"{place}/coupon", code="TET-10"),
            browser.submit(f"{place}/coupon/removal"),
        ):
            assert answer.status_code == 303
            assert "/bookings/" in answer.headers["Location"]


class TestCredit:
    def test_says_what_it_leaves_to_pay_and_pays_that_much(
        self, browse: Browse, scene: Scene, gate: Any
    ) -> None:
        give(scene, 350_000)
        browser = browse("client")
        place = at_payment(browser, scene)
        shown = words(browser.get(f"{place}?lang=en").text)
        assert "Use my credit: ₫350,000" in shown
        assert "leaves ₫200,000 to pay" in shown
        assert "By credit −₫350,000 Left to pay ₫200,000" in shown
        assert "Pay ₫200,000" in shown
        paid = browser.submit(f"{place}/payment", provider="gate", credit="balance")
        assert paid.headers["Location"].startswith("https://gate.example/")
        assert gate.orders[-1].amount.minor == 200_000
        # back from the gateway: the same choice, although it is spent already
        assert "leaves ₫200,000 to pay" in words(browser.get(place).text)

    def test_can_be_kept_for_later(self, browse: Browse, scene: Scene, gate: Any) -> None:
        give(scene, 350_000)
        browser = browse("client")
        place = at_payment(browser, scene)
        browser.get(f"{place}?lang=en")
        page = browser.submit(f"{place}/credit", provider="gate", credit="none", company="Đường Ấm")
        assert page.status_code == 200
        assert "Pay ₫550,000" in words(page.text)
        assert 'value="Đường Ấm"' in page.text  # nothing that was typed is lost
        browser.submit(f"{place}/payment", provider="gate", credit="none")
        assert gate.orders[-1].amount.minor == PRICE

    def test_that_is_enough_asks_for_no_way_to_pay(
        self, browse: Browse, scene: Scene, gate: Any
    ) -> None:
        give(scene, 600_000)
        browser = browse("client")
        place = at_payment(browser, scene)
        page = browser.get(f"{place}?lang=en").text
        assert "Book with my credit" in page
        assert "₫50,000 stay with you" in words(page)
        assert 'name="provider"' not in page
        answer = browser.submit(f"{place}/payment", credit="balance")
        assert answer.headers["Location"] == place.replace("checkout", "bookings")
        assert state_of(place).state == BookingState.CONFIRMED
        assert gate.orders == []

    def test_of_a_package_comes_first_and_in_place_of_a_code(
        self,
        browse: Browse,
        scene: Scene,
        gate: Any,
        deliver: Callable[[], int],
        clock_forward: Forward,
        coupon: credits.Coupon,
    ) -> None:
        made = package(scene, deliver, clock_forward)
        give(scene, 100_000)
        browser = browse("client")
        place = at_payment(browser, scene)
        browser.submit(f"{place}/coupon", code="TET-10")
        page = browser.get(f"{place}?lang=en").text
        shown = words(page)
        assert "One of 4 sessions that are left, in place of your code" in shown
        assert "Package “Four” −₫50,000" in shown
        assert f'value="{made.id}" checked' in page
        browser.submit(f"{place}/payment", credit=str(made.id))
        assert state_of(place).price_minor == 500_000

    def test_that_is_gone_meanwhile_is_said(
        self, browse: Browse, scene: Scene, gate: object
    ) -> None:
        browser = browse("client")
        place = at_payment(browser, scene)
        browser.get(f"{place}?lang=en")
        answer = browser.submit(f"{place}/payment", provider="gate", credit="balance")
        assert answer.status_code == 422
        assert "This credit does not pay for this session" in answer.text

    def test_is_no_question_where_there_is_none(
        self, browse: Browse, scene: Scene, gate: object
    ) -> None:
        browser = browse("client")
        assert 'name="credit"' not in browser.get(at_payment(browser, scene)).text


def test_a_checkout_asks_as_often_however_many_packages_there_are(
    browse: Browse,
    scene: Scene,
    gate: Any,
    deliver: Callable[[], int],
    clock_forward: Forward,
    queries: list[str],
) -> None:
    browser = browse("client")
    place = at_payment(browser, scene)
    browser.get(place)  # what pages remember for a while is read now
    counts = []
    for number in (1, 3):
        for _ in range(number):
            package(scene, deliver, clock_forward)
            give(scene, 10_000)
        queries.clear()
        assert browser.get(place).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
