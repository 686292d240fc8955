from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

import pytest
from flask import Flask

from cilis.domains import content, experts, search, tenants
from cilis.domains.content.service import pages as texts
from cilis.domains.content.types import PageWish
from cilis.infra.db import transaction
from cilis.infra.http.policies import policy_of
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock
from cilis.testing.fixtures import Browser, browser_on
from cilis.testing.scene import Scene, open_scene
from cilis.web.pages import sitemap
from cilis.web.views import browse as browsing

Browse = Callable[..., Browser]
MANY = 5
NAMES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "x": "http://www.w3.org/1999/xhtml",
}


@pytest.fixture
def scene(tenant: Tenant) -> Scene:
    del tenant
    made = open_scene(experts_count=MANY)
    search.rebuild()
    return made


def read(browser: Browser, path: str) -> ET.Element:
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.text)
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    return ET.fromstring(answer.data)


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def parts(browser: Browser) -> list[str]:
    found = read(browser, "/sitemap.xml").findall("s:sitemap/s:loc", NAMES)
    return [path_of(one.text or "") for one in found]


def entries(browser: Browser) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Every address of every part, when it changed, and the same page in other languages."""
    for part in parts(browser):
        for one in read(browser, part).findall("s:url", NAMES):
            others = {
                link.attrib["hreflang"]: link.attrib["href"]
                for link in one.findall("x:link", NAMES)
            }
            yield one.findtext("s:loc", "", NAMES), one.findtext("s:lastmod", "", NAMES), others


def head(page: str) -> dict[str, str]:
    """What the head of a page says to search engines."""
    found = dict(re.findall(r'hreflang="([^"]+)" href="([^"]+)"', page))
    canonical = re.search(r'rel="canonical" href="([^"]+)"', page)
    robots = re.search(r'<meta name="robots" content="([^"]+)"', page)
    found["canonical"] = canonical[1] if canonical else ""
    found["robots"] = robots[1] if robots else ""
    return {name: value.replace("&amp;", "&") for name, value in found.items()}


def linked(page: str) -> dict[str, dict[str, Any]]:
    """The structured data of a page by type; all of it is JSON."""
    found: dict[str, dict[str, Any]] = {}
    for text in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL):
        data = json.loads(text)
        assert data["@context"] == "https://schema.org"
        for thing in data.get("@graph", [data]):
            found[thing["@type"]] = thing
    return found


class TestTheListOfPages:
    def test_every_page_is_in_it_once_per_language(self, browse: Browse, scene: Scene) -> None:
        browser = browse()
        found = list(entries(browser))
        addresses = [address for address, _, _ in found]
        assert len(set(addresses)) == len(addresses)
        paths = {path_of(one) for one in addresses}
        assert {"/", "/?lang=en", "/experts", "/experts?field=tax&lang=en"} <= paths
        assert len([one for one in paths if re.fullmatch(r"/experts/[a-z0-9-]+", one)]) == MANY
        for address, _, others in found:
            assert set(others) == {"vi", "en", "x-default"}
            assert address in others.values()
            assert others["x-default"] == others["vi"]
            assert address.startswith("http")
            assert urlsplit(address).hostname == scene.tenant.host

    def test_pages_say_of_themselves_what_the_list_says(self, browse: Browse, scene: Scene) -> None:
        browser = browse()
        for address, _, others in entries(browser):
            page = browser.get(path_of(address), headers={"Accept-Language": "vi"})
            assert page.status_code == 200, address
            said = head(page.text)
            assert said["robots"] == "", address
            assert said["canonical"] == address
            assert {name: said[name] for name in others} == others
            assert linked(page.text)

    def test_it_says_when_a_profile_changed(
        self, browse: Browse, scene: Scene, clock_forward: Callable[[timedelta], None]
    ) -> None:
        def changed_at() -> datetime:
            return next(
                datetime.fromisoformat(at)
                for address, at, _ in entries(browse())
                if path_of(address) == f"/experts/{scene.slug}"
            )

        before = changed_at()
        clock_forward(timedelta(days=2))
        experts.edit_profile(
            experts.ProfileChange(headline={"en": "Something new"}), scene.viewer("expert")
        )
        assert changed_at() - before >= timedelta(days=2)
        assert abs(changed_at() - clock.now()) < timedelta(minutes=1)

    def test_who_is_hidden_is_not_in_it(self, browse: Browse, scene: Scene) -> None:
        experts.suspend(scene.expert, "a test", scene.viewer("admin"))
        assert not any(scene.slug in address for address, _, _ in entries(browse()))

    def test_fields_without_anybody_are_not_in_it(self, browse: Browse, scene: Scene) -> None:
        wish = experts.TopicWish(names={"vi": "Trống", "en": "Empty"}, slug="empty")
        experts.add_topic(wish, scene.viewer("admin"))
        assert not any("field=empty" in address for address, _, _ in entries(browse()))
        assert head(browse().get("/experts?field=empty").text)["robots"] == "noindex, follow"

    def test_large_ones_have_several_parts(
        self, browse: Browse, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sitemap, "MOST_ADDRESSES", 4)  # two experts in two languages
        browser = browse()
        assert len(parts(browser)) == 1 + 3
        for part in parts(browser)[1:]:
            assert len(read(browser, part).findall("s:url", NAMES)) <= 4
        found = [path_of(address) for address, _, _ in entries(browser)]
        assert len([one for one in found if one.startswith("/experts/")]) == 2 * MANY

    def test_nobody_from_there_on_is_not_found(self, browse: Browse, scene: Scene) -> None:
        last = "ffffffff-ffff-4fff-bfff-ffffffffffff"
        assert browse().get(f"/sitemaps/experts/{last}.xml").status_code == 404
        assert browse().get("/sitemaps/experts/x.xml").status_code == 404

    def test_an_organization_of_one_language_names_no_others(
        self, app: Flask, other_tenant: Tenant
    ) -> None:
        with serving(other_tenant):
            open_scene(marker="Beta", experts_count=1)
            _speak_only("en")
            search.rebuild()
        browser = browser_on(app, other_tenant)
        assert all(others == {} for _, _, others in entries(browser))
        assert "hreflang" not in browser.get("/").text

    def test_what_is_known_already_is_not_sent_again(self, browse: Browse, scene: Scene) -> None:
        browser = browse()
        for path in ("/robots.txt", "/sitemap.xml", *parts(browser)):
            first = browser.get(path)
            assert first.headers["Cache-Control"] == "public, max-age=3600"
            assert "Set-Cookie" not in first.headers
            mark = {"If-None-Match": first.headers["ETag"]}
            again = browser.get(path, headers=mark)
            assert (again.status_code, again.data) == (304, b""), path
            assert browser.head(path).status_code == 200
        experts.suspend(scene.expert, "a test", scene.viewer("admin"))
        assert browser.get(parts(browser)[1], headers=mark).status_code == 200

    def test_it_costs_the_same_however_many(
        self, app: Flask, scene: Scene, other_tenant: Tenant, queries: list[str]
    ) -> None:
        with serving(other_tenant):
            open_scene(marker="Beta", experts_count=1)
        counts = []
        for tenant in (scene.tenant, other_tenant):
            browser = browser_on(app, tenant)
            for path in ("/sitemap.xml", *parts(browser)):
                tries = []
                for _ in range(3):
                    queries.clear()
                    browser.get(path)
                    tries.append(len(queries))
                counts.append(min(tries))
        assert counts[:3] == counts[3:]
        assert max(counts) <= 6, counts


def _speak_only(language: str) -> None:
    with transaction() as session:
        found = tenants.organization(session)
        tenants.save_organization(
            session, replace(found, languages=(language,), default_language=language)
        )
    tenants.forget_organizations()


class TestRobots:
    def refused(self, browser: Browser) -> list[re.Pattern[str]]:
        text = browser.get("/robots.txt").text
        assert text.startswith("User-agent: *\n")
        rules = re.findall(r"^Disallow: (\S+)$", text, re.MULTILINE)
        return [re.compile(re.escape(rule).replace(r"\*", ".*")) for rule in rules]

    def test_what_needs_a_log_in_or_a_secret_is_refused(
        self, app: Flask, browse: Browse, scene: Scene
    ) -> None:
        refused = self.refused(browse())
        for rule in app.url_map.iter_rules():
            found = policy_of(app, rule.endpoint)
            secret = "token" in rule.arguments
            if "GET" in (rule.methods or ()) and (found.signed_in or found.foreign or secret):
                assert any(one.match(rule.rule) for one in refused), rule.rule

    def test_what_is_listed_is_not_refused(self, browse: Browse, scene: Scene) -> None:
        refused = self.refused(browse())
        needed = [path_of(address) for address, _, _ in entries(browse())]
        page = browse().get(f"/experts/{scene.slug}").text
        needed += re.findall(r'(?:href|src)="(/(?:static|brand|media)[^"]+)"', page)
        for path in needed:
            assert not any(one.match(unquote(path)) for one in refused), path

    def test_narrowed_lists_are_refused(self, browse: Browse, scene: Scene) -> None:
        refused = self.refused(browse())
        for query in ("when=today", "field=tax&sort=price", "q=a&max=3", "after=x"):
            assert any(one.match(f"/experts?{query}") for one in refused), query

    def test_the_list_of_pages_is_named(self, browse: Browse, scene: Scene) -> None:
        text = browse().get("/robots.txt").text
        found = re.search(r"^Sitemap: (\S+)$", text, re.MULTILINE)
        assert found
        assert urlsplit(found[1]).hostname == scene.tenant.host
        assert path_of(found[1]) == "/sitemap.xml"


class TestOneAddress:
    @pytest.mark.parametrize(
        ("asked", "one"),
        [
            ("/experts?sort=price", "/experts"),
            ("/experts?utm_source=x", "/experts"),
            ("/experts?field=tax&max=900000&when=week", "/experts?field=tax"),
            ("/experts?field=tax&lang=en", "/experts?field=tax&lang=en"),
            ("/experts?lang=vi", "/experts"),
            ("/experts?lang=xx", "/experts"),
            ("/?lang=en&utm_source=x", "/?lang=en"),
        ],
    )
    def test_noise_is_left_out(self, browse: Browse, scene: Scene, asked: str, one: str) -> None:
        said = head(browse().get(asked).text)
        assert path_of(said["canonical"]) == one
        assert said["robots"] == ""

    @pytest.mark.parametrize(
        "asked",
        ["/experts?q=expert", "/experts?max=1", "/saved", "/log-in", "/sign-up", "/nowhere"],
    )
    def test_what_nobody_should_find_by_a_search_engine(
        self, browse: Browse, scene: Scene, asked: str
    ) -> None:
        said = head(browse().get(asked).text)
        assert said["robots"].startswith("noindex")
        assert said["canonical"] == ""

    def test_later_pages_of_a_list_are_not_found(
        self, browse: Browse, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(browsing, "PAGE", 2)
        more = re.search(r'id="more" href="([^"]+)"', browse().get("/experts").text)
        assert more
        assert head(browse().get(more[1].replace("&amp;", "&")).text)["robots"].startswith(
            "noindex"
        )

    def test_pieces_of_pages_are_not_found(self, browse: Browse, scene: Scene) -> None:
        assert browse().get("/experts/completions?q=al").headers["X-Robots-Tag"] == "noindex"

    def test_an_expert_who_is_hidden_is_not_found(self, browse: Browse, scene: Scene) -> None:
        experts.suspend(scene.expert, "a test", scene.viewer("admin"))
        page = browse("admin").get(f"/experts/{scene.slug}")
        assert page.status_code in {200, 404}
        assert head(page.text)["robots"].startswith("noindex")


class TestStructuredData:
    def test_the_first_page_says_who_and_how_to_search(self, browse: Browse, scene: Scene) -> None:
        found = linked(browse().get("/").text)
        assert set(found) == {"Organization", "WebSite"}
        site = found["WebSite"]
        assert site["publisher"] == {"@id": found["Organization"]["@id"]}
        action = site["potentialAction"]
        assert action["@type"] == "SearchAction"
        assert action["query-input"] == "required name=search_term_string"
        template = action["target"]["urlTemplate"]
        page = browse().get(path_of(template.replace("{search_term_string}", "expert")))
        assert page.status_code == 200
        assert "Alpha" in page.text

    def test_an_expert_without_reviews_has_no_rating(self, browse: Browse, scene: Scene) -> None:
        found = linked(browse().get(f"/experts/{scene.slug}").text)
        practice = found["ProfessionalService"]
        assert "aggregateRating" not in practice
        assert "review" not in practice
        assert practice["makesOffer"][0]["priceCurrency"] == "VND"
        assert found["Person"]["@id"] == practice["employee"]["@id"]
        assert practice["parentOrganization"]["@type"] == "Organization"

    @pytest.mark.parametrize(
        ("path", "steps"),
        [
            ("/experts", ["/", "/experts"]),
            ("/experts?field=tax", ["/", "/experts", "/experts?field=tax"]),
            ("/pages/terms", ["/", "/pages/terms"]),
        ],
    )
    def test_the_way_to_a_page(
        self, browse: Browse, scene: Scene, path: str, steps: list[str]
    ) -> None:
        if path.startswith("/pages"):
            wish = PageWish(
                slug="terms", title={"vi": "Điều khoản"}, body={"vi": "Xin chào."}, is_shown=True
            )
            texts.add_page(wish, scene.viewer("admin"))
            content.forget_frame()
        found = linked(browse().get(path).text)["BreadcrumbList"]["itemListElement"]
        assert [one["position"] for one in found] == list(range(1, len(steps) + 1))
        assert [path_of(one["item"]) for one in found] == steps
        assert all(one["name"] for one in found)

    def test_the_way_to_an_expert_leads_by_the_field(self, browse: Browse, scene: Scene) -> None:
        found = linked(browse().get(f"/experts/{scene.slug}").text)["BreadcrumbList"]
        paths = [path_of(one["item"]) for one in found["itemListElement"]]
        assert paths == ["/", "/experts", "/experts?field=tax", f"/experts/{scene.slug}"]

    def test_a_list_names_who_is_in_it(self, browse: Browse, scene: Scene) -> None:
        page = browse().get("/experts").text
        items = linked(page)["ItemList"]["itemListElement"]
        shown = re.findall(r'class="name"><a href="([^"]+)"', page)
        assert [path_of(one["url"]) for one in items] == shown
