"""A row of tabs that is wider than a phone: the chosen one can be seen, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect
from tests.journeys.cast import BOTH, Organization
from tests.journeys.site import Site
from tests.journeys.visitor import PHONE, Visitor

from cilis.web.assets import BUILD

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
_PLACES = """() => [...document.querySelectorAll(".scroller > [aria-current]")].map((tab) => {
  const { left, right } = tab.getBoundingClientRect();
  return [left, innerWidth - right];
})"""


def _without_the_style(route: Route) -> None:
    words = (BUILD / route.request.url.rpartition("/")[2]).read_text()
    route.fulfill(
        body=words.replace("scroll-initial-target", "scroll-unknown"), content_type="text/css"
    )


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
@pytest.mark.parametrize("organization", BOTH, ids=lambda one: one.slug)
def test_the_chosen_tab_is_on_the_screen(
    site: Site, visit: Callable[..., Visitor], organization: Organization, scripts: bool
) -> None:
    visitor = visit(organization, PHONE, scripts=scripts)
    visitor.log_in(*site.log_in(organization.expert.email), "/account")
    for path in ("/account", "/account/security", "/account/notices", "/account/payments"):
        visitor.open(path)
        expect(visitor.page.locator(".scroller > [aria-current]")).to_have_count(1)
        ((left, right),) = visitor.page.evaluate(_PLACES)
        assert left >= 0, (path, left)
        assert right >= 0, (path, right)
        assert visitor.page.evaluate("scrollY") == 0


def test_a_browser_that_does_not_know_the_style_is_helped(
    site: Site, visit: Callable[..., Visitor]
) -> None:
    organization = BOTH[1]
    visitor = visit(organization, PHONE)
    visitor.page.add_init_script("CSS.supports = () => false")
    visitor.page.route("**/static/*.css", _without_the_style)
    visitor.log_in(*site.log_in(organization.expert.email), "/account/payments")
    ((left, right),) = visitor.page.evaluate(_PLACES)
    assert left >= 0
    assert right >= 0
