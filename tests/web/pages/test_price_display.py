"""Prices with the tax in them or beside them: the same money, said in two ways."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.web.pages.conftest import words

from cilis.domains import bookings, experts, pricing, search, tenants
from cilis.domains.bookings import Booking
from cilis.domains.pricing import Tax
from cilis.domains.tenants import PriceDisplay
from cilis.infra.db import transaction
from cilis.infra.tenancy import Tenant
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene, open_scene

Browse = Callable[..., Browser]
Show = Callable[[PriceDisplay], None]
NET, GROSS = PriceDisplay.NET, PriceDisplay.GROSS
GROSS_PRICE = "₫550,000 incl. 10 % VAT"
NET_PRICE = "₫500,000 plus 10 % VAT"


@pytest.fixture
def scene(tenant: Tenant) -> Scene:
    """An organization whose prices hold 10 % of tax: ₫550,000 are ₫500,000 and ₫50,000."""
    del tenant
    made = open_scene()
    search.rebuild()
    with transaction() as session:
        names = {"vi": "Thuế GTGT", "en": "VAT"}
        known = replace(tenants.organization(session), tax_percent=10, tax_name=names)
        tenants.save_organization(session, known)
    tenants.forget_organizations()
    return made


@pytest.fixture
def show(scene: Scene) -> Show:
    def change(display: PriceDisplay) -> None:
        tenants.change_price_display(display, scene.viewer("admin"))

    return change


def seen(browser: Browser, path: str) -> str:
    """The words of a page in English, without what only machines read."""
    page = browser.get(f"{path}{'&' if '?' in path else '?'}lang=en").text
    return words(re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL))


def test_cards_and_profiles_say_it_in_either_way(browse: Browse, scene: Scene, show: Show) -> None:
    browser = browse()
    assert browser.submit(f"/saved/{scene.expert}").status_code == 303
    for display, price, other in ((GROSS, GROSS_PRICE, "₫500,000"), (NET, NET_PRICE, "₫550,000")):
        show(display)
        for path in ("/", "/experts", "/saved", f"/experts/{scene.slug}"):
            page = seen(browser, path)
            assert price in page, (display, path)
            assert other not in page, (display, path)


def test_search_engines_read_what_is_paid(browse: Browse, scene: Scene, show: Show) -> None:
    show(NET)
    page = browse().get(f"/experts/{scene.slug}").text
    data = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert data
    practice = next(
        one for one in json.loads(data[1])["@graph"] if one["@type"] == "ProfessionalService"
    )
    assert [offer["price"] for offer in practice["makesOffer"]] == ["550000"]


def test_filters_mean_what_is_paid_and_say_so(browse: Browse, scene: Scene, show: Show) -> None:
    for display in (GROSS, NET):
        show(display)
        assert scene.slug in browse().get("/experts?max=550.000").text
        assert scene.slug not in browse().get("/experts?max=540.000").text
        page = seen(browse(), "/experts?max=550.000")
        assert "Price of a session, tax included" in page
        assert ("The list shows prices without tax" in page) == (display == NET)
        assert ("≤ ₫550,000 with tax" in page) == (display == NET)
        loosened = seen(browse(), "/experts?max=500.000")
        assert ("≤ ₫670,000 with tax" in loosened) == (display == NET)


def test_from_the_checkout_on_the_total_stands_beside_it(
    browse: Browse, scene: Scene, show: Show, held: Callable[..., Booking], gate: object
) -> None:
    old = held(0)
    show(NET)
    browser = browse("client")
    lines = "Consultation, 60 minutes ₫500,000 VAT 10 % ₫50,000 Total with tax ₫550,000"
    with_tax = "Consultation, 60 minutes ₫550,000 incl. 10 % VAT ₫50,000 Total with tax ₫550,000"
    for path in ("/checkout/{}?step=pay", "/bookings/{}"):
        assert with_tax in seen(browser, path.format(old.id)), path  # as on the day it was made
    bookings.cancel(old.id, scene.viewer("client"))
    new = held(1)
    page = seen(browser, f"/checkout/{new.id}?step=pay")
    assert lines in page
    assert "Pay ₫550,000" in page
    show(GROSS)
    for path in ("/checkout/{}?step=pay", "/bookings/{}"):
        assert lines in seen(browser, path.format(new.id)), path
    staff = seen(browse("admin"), f"/admin/bookings/{new.id}")
    assert "Price ₫500,000 VAT 10 % ₫50,000 Total with tax ₫550,000" in staff


def test_a_service_shows_its_own_rate(browse: Browse, scene: Scene, show: Show) -> None:
    show(NET)
    admin = scene.viewer("admin")
    rate = pricing.save_rate(Tax(810, {"en": "VAT", "vi": "Thuế GTGT"}, "VN"), admin)
    pricing.tax_service(scene.service, rate.id, admin)
    for path in ("/experts", f"/experts/{scene.slug}"):
        assert "₫508,788 plus 8.1 % VAT" in seen(browse(), path)
    (price,) = browse().get(f"/api/v1/prices?expert_id={scene.expert}").json["items"]
    assert price == {
        "service_id": str(scene.service),
        "price": {"minor": 550_000, "currency": "VND"},
        "net": {"minor": 508_788, "currency": "VND"},
        "tax": {"minor": 41_212, "currency": "VND"},
        "tax_rate_bp": 810,
        "tax_name": {"en": "VAT", "vi": "Thuế GTGT"},
    }


def test_without_tax_nothing_is_told(browse: Browse, scene: Scene, show: Show) -> None:
    admin = scene.viewer("admin")
    none = pricing.save_rate(Tax(0, {"en": "none"}, "VN"), admin)
    pricing.tax_service(scene.service, none.id, admin)
    for display in (GROSS, NET):
        show(display)
        page = seen(browse(), f"/experts/{scene.slug}")
        assert "₫550,000" in page
        assert "plus" not in page
        assert "incl." not in page


def test_the_api_takes_a_booking_apart(
    browse: Browse, scene: Scene, show: Show, held: Callable[..., Booking]
) -> None:
    show(NET)
    booking = held()
    client = browse("client")
    for found in (
        client.get(f"/api/v1/bookings/{booking.id}").json,
        client.get("/api/v1/bookings?side=client").json["items"][0],
    ):
        assert [found[name]["minor"] for name in ("price", "net", "tax")] == [
            550_000,
            500_000,
            50_000,
        ]
        assert (found["tax_rate_bp"], found["price_display"]) == (1_000, "net")


def test_prices_of_nobody_are_not_found(browse: Browse, scene: Scene) -> None:
    assert browse().get(f"/api/v1/prices?expert_id={scene.service}").status_code == 404
    assert browse().get("/api/v1/prices").status_code == 422
    assert browse().get(f"/api/v1/prices?expert_id={scene.expert}").json["price_display"] == "gross"


def test_an_expert_of_many_services_costs_no_more_queries(
    browse: Browse, scene: Scene, queries: list[str]
) -> None:
    def count(path: str) -> int:
        tries = []
        for _ in range(4):  # what is remembered for seconds may run out in between
            queries.clear()
            assert browser.get(path).status_code == 200
            tries.append(len(queries))
        return min(tries)

    browser = browse()
    paths = (f"/experts/{scene.slug}", f"/api/v1/prices?expert_id={scene.expert}")
    before = [count(path) for path in paths]
    for number in range(4):
        wish = experts.ServiceWish(
            names={"vi": f"Gói {number}", "en": f"Advice {number}"}, minutes=60,
            price_minor=100_000 * (number + 1), notice_minutes=60,
        )  # fmt: skip
        experts.add_service(wish, scene.viewer("expert"))
    assert [count(path) for path in paths] == before
    assert len(browser.get(paths[1]).json["items"]) == 5


def test_the_admin_chooses_it_and_sees_both(browse: Browse, scene: Scene) -> None:
    admin = browse("admin")
    page = seen(admin, "/admin/prices")
    assert "For example: ₫500,000 incl. 10 % VAT" in page
    assert "For example: ₫454,545 plus 10 % VAT" in page
    for role, status in (("support", 403), ("expert", 403), ("", 401)):
        sent = browse(role).submit("/admin/prices/display", price_display="net")
        assert sent.status_code == status
    for _ in range(2):
        assert admin.submit("/admin/prices/display", price_display="net").status_code == 303
    assert re.search(r'value="net" checked', admin.get("/admin/prices").text)
    assert "changed how prices are shown" in seen(admin, "/admin/audit")
    refused = admin.submit("/admin/prices/display?lang=en", price_display="both")
    assert refused.status_code == 422
    assert "choose one of those offered" in words(refused.text).lower()


def test_it_is_said_in_the_readers_language(browse: Browse, scene: Scene, show: Show) -> None:
    show(NET)
    page = words(browse().get(f"/experts/{scene.slug}?lang=vi").text)
    assert "500.000 ₫ chưa gồm Thuế GTGT 10 %" in page
