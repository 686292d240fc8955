from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from flask import Flask
from tests.web.pages.conftest import words

from cilis.domains import experts, search
from cilis.domains.experts.service import saving
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant
from cilis.testing.fixtures import Browser, browser_on
from cilis.testing.scene import PASSWORD, Scene, open_scene

Browse = Callable[..., Browser]
MANY = 14
HX = {"HX-Request": "true"}


@pytest.fixture
def scene(tenant: Tenant) -> Scene:
    """More experts than a page of the list shows."""
    del tenant
    made = open_scene(experts_count=MANY)
    search.rebuild()
    return made


@pytest.fixture
def everyone(scene: Scene) -> list[UUID]:
    del scene
    with reading() as session:
        return experts.ids_page(session, None, MANY)


def hearts(page: str) -> dict[str, bool]:
    """Whose hearts are on a page, and whether they are full."""
    found = re.findall(r'id="save-([0-9a-f-]{36})" aria-pressed="(true|false)"', page)
    return {expert_id: pressed == "true" for expert_id, pressed in found}


def press(browser: Browser, page: str, expert_id: UUID | str, **more: str) -> str:
    """Press a heart as a browser without scripts does; where it leads."""
    form = re.search(
        rf'<form class="save" method="post" action="([^"]+)"(?:(?!</form>).)*id="save-{expert_id}"',
        page,
        re.DOTALL,
    )
    assert form
    onward = re.search(r'name="next" value="([^"]*)"', form[0])
    assert onward
    answer = browser.submit(form[1], next=onward[1].replace("&amp;", "&"), **more)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_hearts_are_where_experts_are(browse: Browse, scene: Scene) -> None:
    browser = browse()
    for path, count in (("/", 6), ("/experts", 12), (f"/experts/{scene.slug}", 1)):
        found = hearts(browser.get(path).text)
        assert len(found) == count, path
        assert not any(found.values())
    assert "Set-Cookie" not in browser.get("/experts").headers  # looking needs no session


def test_a_heart_works_without_scripts(browse: Browse, scene: Scene) -> None:
    browser = browse()
    address = "/experts?sort=soonest&lang=en"
    page = browser.get(address).text
    expert_id = next(iter(hearts(page)))
    assert press(browser, page, expert_id) == f"{address}#save-{expert_id}"
    page = browser.get(address).text
    assert hearts(page)[expert_id] is True
    listed = browser.get("/saved?lang=en").text
    assert hearts(listed) == {expert_id: True}
    assert listed.count('class="slot"') == 3
    assert "This browser keeps your list for a week" in listed
    assert press(browser, listed, expert_id) == f"/saved?lang=en#save-{expert_id}"
    assert hearts(browser.get("/saved").text) == {}


def test_a_heart_changes_at_once_with_scripts(browse: Browse, everyone: list[UUID]) -> None:
    browser, one = browse(), everyone[0]
    for path, state in ((f"/saved/{one}", True), (f"/saved/{one}/removal", False)):
        for _ in range(2):  # pressed twice
            answer = browser.post(
                path, data={"next": "/experts", "words": "1", "_csrf": token(browser)}, headers=HX
            )
            assert answer.status_code == 200
            assert hearts(answer.text) == {str(one): state}
            assert "<html" not in answer.text
            assert 'name="words"' in answer.text
            assert f'action="/saved/{one}{"/removal" if state else ""}"' in answer.text


def token(browser: Browser) -> str:
    found = re.search(r'name="_csrf" value="([^"]+)"', browser.get("/experts").text)
    assert found
    return found[1]


def test_the_list_is_there_after_signing_up(
    app: Flask, browse: Browse, scene: Scene, everyone: list[UUID], deliver: Callable[[], int]
) -> None:
    browser = browse()
    for one in everyone[:2]:
        browser.submit(f"/saved/{one}", next="/experts")
    entered = browser.submit("/sign-up", name="Hoa", email="hoa@example.org", password=PASSWORD)
    assert entered.status_code == 303, entered.text
    assert len(hearts(browser.get("/saved").text)) == 2  # before anything was delivered
    deliver()
    page = browser.get("/saved").text
    assert len(hearts(page)) == 2
    assert "keeps your list for a week" not in page
    elsewhere = browser_on(app, scene.tenant)
    elsewhere.submit("/log-in", email="hoa@example.org", password=PASSWORD)
    assert len(hearts(elsewhere.get("/saved").text)) == 2
    assert hearts(browse().get("/saved").text) == {}


def test_nobody_saved_says_how(browse: Browse, scene: Scene) -> None:
    page = browse().get("/saved?lang=en").text
    assert "Nobody saved yet" in page
    assert 'content="noindex"' in page
    assert 'href="/saved"' in page  # in the menu


def test_pages_of_the_list_show_everybody_once(browse: Browse, everyone: list[UUID]) -> None:
    browser, address, seen = browse(), "/saved", []
    for one in everyone:
        browser.submit(f"/saved/{one}")
    while address:
        page = browser.get(address).text
        seen += list(hearts(page))
        more = re.search(r'id="more" href="([^"]+)"', page)
        address = more[1].replace("&amp;", "&") if more else ""
    assert sorted(seen) == sorted(map(str, everyone))
    assert browser.get("/saved?after=nonsense").status_code == 200


def test_who_is_hidden_is_not_in_the_list_and_comes_back(
    browse: Browse, scene: Scene, everyone: list[UUID]
) -> None:
    browser = browse()
    for one in everyone[:2]:
        browser.submit(f"/saved/{one}")
    experts.suspend(everyone[0], "a test", scene.viewer("admin"))
    assert list(hearts(browser.get("/saved").text)) == [str(everyone[1])]
    experts.reinstate(everyone[0], scene.viewer("admin"))
    assert len(hearts(browser.get("/saved").text)) == 2


def test_refusals_are_said_on_the_page(
    browse: Browse, everyone: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "MAX_SAVED", 1)
    browser = browse()
    browser.submit(f"/saved/{everyone[0]}")
    refused = browser.submit(f"/saved/{everyone[1]}", next="/experts?lang=en&sort=price")
    assert refused.headers["Location"] == "/experts?lang=en&sort=price"
    browser.submit(f"/saved/{everyone[1]}?lang=en", next="/experts")
    assert "at most 1 experts" in words(browser.get("/experts?lang=en").text)
    swift = browser.post(f"/saved/{everyone[1]}", data={"_csrf": token(browser)}, headers=HX)
    assert swift.status_code == 204
    assert swift.headers["HX-Refresh"] == "true"
    unknown = browser.submit(f"/saved/{uuid4()}", next="//evil.example")
    assert unknown.headers["Location"] == "/saved"


def test_a_browser_without_a_list_may_take_off(browse: Browse, everyone: list[UUID]) -> None:
    browser = browse()
    answer = browser.submit(f"/saved/{everyone[0]}/removal", next="/experts")
    assert answer.status_code == 303
    assert "session" not in str(answer.headers.getlist("Set-Cookie"))


def test_somebody_who_tires_of_pressing_is_told(browse: Browse, everyone: list[UUID]) -> None:
    browser = browse()
    for _ in range(120):
        browser.submit(f"/saved/{everyone[0]}", next="/experts")
    answer = browser.submit(f"/saved/{everyone[1]}", next="/experts")
    assert answer.headers["Location"] == "/experts"
    assert len(hearts(browser.get("/saved").text)) == 1


def test_it_costs_the_same_however_many(
    browse: Browse, everyone: list[UUID], queries: list[str]
) -> None:
    browser, counts = browse("client"), {}
    for many in (1, 6, 12):
        for one in everyone[:many]:
            browser.submit(f"/saved/{one}")
        for path in ("/saved", "/experts", "/"):
            tries = []
            for _ in range(3):
                queries.clear()
                assert browser.get(path).status_code == 200
                tries.append(len(queries))
            counts.setdefault(path, set()).add(min(tries))
    assert {path: len(found) for path, found in counts.items()} == dict.fromkeys(counts, 1), counts
    assert max(counts["/saved"]) <= 14
