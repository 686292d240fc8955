"""My credit: what there is, packages, gifts and their codes, paying, giving back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.web.pages.conftest import last_id, words
from tests.web.pages.test_by_hand import SETTINGS
from tests.web.pages.test_checkout_savings import give

from cilis.domains import credits, extensions
from cilis.domains.credits import CreditState, GiftRules, PackageWish, Scope
from cilis.infra import db
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]
Forward = Callable[[timedelta], None]
Deliver = Callable[[], int]
AMOUNT = 300_000


@pytest.fixture
def gifts(scene: Scene) -> None:
    rules = GiftRules(is_on=True, least_minor=100_000, most_minor=5_000_000, days=365)
    credits.change_gift_rules(rules, scene.viewer("admin"))


@pytest.fixture
def offer(scene: Scene) -> credits.Package:
    wish = PackageWish(name={"vi": "Gói bốn", "en": "Four"}, sessions=4, price_minor=2_000_000)
    return credits.save_package(wish, scene.viewer("admin"))


def see(credit_id: Any) -> credits.Credit:
    with db.reading() as session:
        return credits.credit(session, credit_id)


def paid(browser: Browser, place: str, deliver: Deliver, clock_forward: Forward) -> None:
    answer = browser.submit(f"{place}/payment", provider="gate")
    assert answer.headers["Location"].startswith("https://gate.example/")
    clock_forward(timedelta(seconds=61))
    deliver()


class TestPackages:
    def test_are_bought_from_an_experts_page(
        self,
        browse: Browse,
        scene: Scene,
        gate: Any,
        offer: credits.Package,
        deliver: Deliver,
        clock_forward: Forward,
    ) -> None:
        shop = f"/credits/packages?expert={scene.expert}"
        assert shop in browse().get(f"/experts/{scene.slug}").text
        nobody = browse().get(f"{shop}&lang=en")
        assert "/log-in?next=" in nobody.text
        assert "4 sessions · ₫500,000 each" in words(nobody.text)
        browser = browse("client")
        answer = browser.submit(f"/credits/packages/{offer.id}", _key="one")
        again = browser.submit(f"/credits/packages/{offer.id}", _key="one")
        place = answer.headers["Location"]
        assert (answer.status_code, again.headers["Location"]) == (303, place)
        page = browser.get(f"{place}?lang=en").text
        assert "Pay ₫2,000,000" in words(page)
        assert f'data-subject="{last_id(place)}"' in page
        assert "credits.opened" in page
        assert "Waiting to be paid" in browser.get("/credits?lang=en").text
        paid(browser, place, deliver, clock_forward)
        shown = words(browser.get(f"{place}?lang=en").text)
        assert "Can be used" in shown
        assert "4 of 4 sessions left" in shown
        assert "Give back ₫2,000,000" in shown
        assert 'name="provider"' not in browser.get(place).text

    def test_for_other_experts_do_not_show(
        self, browse: Browse, scene: Scene, offer: credits.Package
    ) -> None:
        other = Scope(minutes=10, topic_id=None, service_id=scene.service)
        wish = PackageWish(name={"en": "Mine"}, sessions=2, price_minor=10, scope=other)
        credits.save_package(wish, scene.viewer("admin"))
        with db.reading() as session:
            assert len(credits.on_sale_with(session, scene.expert, [scene.service])) == 2
            assert [one.id for one in credits.on_sale_with(session, scene.expert, [])] == [offer.id]

    def test_that_are_off_the_shelf_are_not_sold(
        self, browse: Browse, scene: Scene, offer: credits.Package
    ) -> None:
        wish = PackageWish(name={"en": "Four"}, sessions=4, price_minor=2_000_000, is_on=False)
        credits.save_package(wish, scene.viewer("admin"), offer.id)
        browser = browse("client")
        answer = browser.submit(f"/credits/packages/{offer.id}")
        assert answer.headers["Location"] == "/credits/packages"
        assert "/credits/packages" not in browser.get(f"/experts/{scene.slug}").text

    def test_what_is_left_is_given_back(
        self,
        browse: Browse,
        scene: Scene,
        gate: Any,
        offer: credits.Package,
        deliver: Deliver,
        clock_forward: Forward,
    ) -> None:
        browser = browse("client")
        place = browser.submit(f"/credits/packages/{offer.id}").headers["Location"]
        paid(browser, place, deliver, clock_forward)
        for _ in range(2):
            assert browser.submit(f"{place}/return").headers["Location"] == place
        assert see(last_id(place)).state is CreditState.RETURNED
        assert "Given back" in words(browser.get(f"{place}?lang=en").text)


class TestGift:
    def test_says_what_is_wrong_at_its_field(
        self, browse: Browse, scene: Scene, gifts: None
    ) -> None:
        browser = browse("client")
        browser.get("/credits/gift?lang=en")
        for field, form in (
            ("amount", {"amount": "1"}),
            ("amount", {"amount": "much"}),
            ("recipient", {"amount": "300000", "recipient": "nobody"}),
        ):
            answer = browser.submit("/credits/gift", **form)
            assert answer.status_code == 422
            assert f'id="f-{field}-error-1"' in answer.text

    def test_is_bought_and_taken_by_its_code(
        self,
        browse: Browse,
        scene: Scene,
        gate: Any,
        gifts: None,
        deliver: Deliver,
        clock_forward: Forward,
    ) -> None:
        buyer = browse("client")
        answer = buyer.submit(
            "/credits/gift", amount="300.000", recipient="lan@example.vn", message="Chúc mừng"
        )
        place = answer.headers["Location"]
        assert "data-copy" not in buyer.get(place).text  # nobody has paid for it yet
        paid(buyer, place, deliver, clock_forward)
        page = buyer.get(f"{place}?lang=en").text
        code = re.findall(r'data-copy="([A-Z0-9-]+)"', page)[0]
        assert "Nobody has taken it yet" in page
        other = browse("other_client")
        assert other.get(place).status_code == 404
        assert other.get("/credits/redeem").status_code == 200
        wrong = other.submit("/credits/redeem", code="ABCD-EFGH")
        assert (wrong.status_code, 'aria-invalid="true"' in wrong.text) == (422, True)
        taken = other.submit("/credits/redeem", code=code.lower())
        assert taken.headers["Location"] == place
        assert "Chúc mừng" in other.get(place).text
        assert "₫300,000" in words(other.get("/credits?lang=en").text)
        after = buyer.get(f"{place}?lang=en").text
        assert "The gift was taken." in after
        assert "data-copy" not in after
        assert "What is left" not in after
        assert "Gift taken" in words(buyer.get("/credits?lang=en").text)

    def test_is_not_sold_where_it_is_off(self, browse: Browse, scene: Scene) -> None:
        browser = browse("client")
        assert browser.get("/credits/gift").status_code == 303
        assert browser.submit("/credits/gift", amount="300000").status_code == 303
        assert "/credits/gift" not in browser.get("/credits").text


class TestPaying:
    def test_by_hand_leads_to_the_instructions(
        self, browse: Browse, scene: Scene, gifts: None, deliver: Deliver
    ) -> None:
        extensions.switch("payments", "manual", True, SETTINGS, scene.viewer("admin"))
        browser = browse("client")
        place = browser.submit("/credits/gift", amount="300000").headers["Location"]
        answer = browser.submit(f"{place}/payment", provider="manual:transfer")
        where = answer.headers["Location"].partition("anbinh.localhost")[2]
        page = browser.get(f"{where}?lang=en")
        assert page.status_code == 200
        assert "It can be used as soon as the money is there." in page.text
        assert f'href="{place}"' in page.text
        assert "How to pay" in browser.get(f"{place}?lang=en").text

    def test_of_something_strange_is_refused(
        self, browse: Browse, scene: Scene, gate: Any, gifts: None
    ) -> None:
        browser = browse("client")
        place = browser.submit("/credits/gift", amount="300000").headers["Location"]
        assert browser.submit(f"{place}/payment", provider="elsewhere").status_code == 422
        gate.down = True
        assert browser.submit(f"{place}/payment", provider="gate").status_code == 503

    def test_is_shown_while_it_is_on_its_way(
        self, browse: Browse, scene: Scene, gate: Any, gifts: None
    ) -> None:
        browser = browse("client")
        place = browser.submit("/credits/gift", amount="300000").headers["Location"]
        browser.submit(f"{place}/payment", provider="gate")
        assert "Waiting for news of your payment" in browser.get(f"{place}?lang=en").text
        page = browser.get(f"{place}?returned=1&lang=en").text
        assert "Your payment is on its way." in page
        assert 'name="provider"' not in page

    def test_that_nobody_begins_lapses(
        self, browse: Browse, scene: Scene, gate: Any, gifts: None, deliver: Deliver,
        clock_forward: Forward,
    ) -> None:  # fmt: skip
        browser = browse("client")
        place = browser.submit("/credits/gift", amount="300000").headers["Location"]
        clock_forward(timedelta(hours=2, minutes=1))
        deliver()
        assert see(last_id(place)).state is CreditState.LAPSED
        assert place not in browser.get("/credits").text
        page = browser.get(f"{place}?lang=en").text
        assert "This was not paid in time. Please choose it again." in page
        assert 'name="provider"' not in page
        assert browser.submit(f"{place}/payment", provider="gate").status_code == 410


def test_strangers_find_nothing_and_staff_its_own_page(
    browse: Browse, scene: Scene, gifts: None
) -> None:
    made = give(scene, AMOUNT)
    assert browse().get("/credits").status_code == 303
    assert browse("other_client").get(f"/credits/{made.id}").status_code == 404
    assert browse("expert").submit(f"/credits/{made.id}/return").status_code == 404
    answer = browse("admin").get(f"/credits/{made.id}")
    assert answer.headers["Location"] == f"/admin/credits/{made.id}"


def test_goodwill_says_why_and_until_when(browse: Browse, scene: Scene) -> None:
    made = give(scene, AMOUNT)
    shown = words(browse("client").get(f"/credits/{made.id}?lang=en").text)
    assert "sorry" in shown
    assert "What is left ₫300,000" in shown
    assert re.search(r"All that happened Given by the organization [^+]+ \+₫300,000", shown)
    assert "Give back" not in shown


def test_the_list_asks_as_often_however_long_it_is(
    browse: Browse, scene: Scene, offer: credits.Package, queries: list[str]
) -> None:
    browser = browse("client")
    browser.get("/credits")
    counts = []
    for number in (1, 4):
        for _ in range(number):
            give(scene, AMOUNT)
            credits.buy_package(offer.id, scene.viewer("client"))
        queries.clear()
        assert browser.get("/credits").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
