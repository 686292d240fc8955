"""Both organizations of the demo, every page as everybody: no foreign word, nothing untranslated.

The browser tests look at the running demo; this one looks at far more pages, inside the process,
so that it also hears which texts are asked for and have no translation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from cilis.domains import bookings, content, identity, notifications, tenants
from cilis.domains.notifications import service as notices
from cilis.domains.notifications.service import composing, rendering
from cilis.domains.notifications.types import Kind
from cilis.domains.tenants.service.apply_pack import _changes
from cilis.infra import files, hosts, i18n
from cilis.infra.db import reading, transaction
from cilis.infra.i18n import catalogues, speaking, texts
from cilis.infra.tenancy import serving
from cilis.kit import clock
from cilis.testing import house as houses
from cilis.testing.fixtures import Browser, browser_on
from cilis.testing.scene import PASSWORD, Scene, open_scene

PACKS = Path(__file__).parents[2] / "tenants"
ROLES = ("", "client", "expert", "support", "admin")
MOST_PAGES = 140
PROPER_NAMES = {"VNPay", "Stripe", "Jitsi", "STARTTLS (port 587)", "TLS (port 465)"}
MARKS = {
    "antam": ("an tâm", "antam", "0f6b57", "nguyễn khắc nhu", "bình yên"),
    "atlas": ("atlas", "linienstraße", "2f2b7f", "charlottenburg"),
}
SKIPPED = ("/api/", "/static/", "/media/", "/log-out", "/hooks/", "/health")


@pytest.fixture(scope="module")
def sites(app: Flask, house: houses.House) -> Iterator[dict[str, Scene]]:
    """The two packs in the run's two tenants, with people, a booking, notices, announcements."""
    del app
    found = {}
    for slug, tenant in zip(("antam", "atlas"), house.tenants, strict=False):
        with serving(hosts.by_slug(tenant.slug)):
            found[slug] = _site(PACKS / slug)
    yield found
    houses.empty(*house.tenants)
    houses.empty_node()
    tenants.forget_organizations()


def _site(path: Path) -> Scene:
    pack = tenants.read_pack(path)
    scene = open_scene(marker="Omega", currency=pack.organization.currency)
    for file in pack.brand_files:
        files.save_public(file.content, file.content_type)
    with transaction() as session:
        _changes(session, pack, write=True)
    tenants.forget_organizations()
    start = scene.starts(20)[10]
    booking = bookings.hold(bookings.HoldWish(scene.service, start), scene.viewer("client"))
    for kind in (Kind.BOOKING_CONFIRMED, Kind.REMINDER_DAY, Kind.BOOKING_MOVED):
        notices.tell_both(kind, booking.id)
    notices.tell_staff(Kind.VERIFICATION_SUBMITTED, "v", scene.expert, about={"name": "Omega"})
    words = dict.fromkeys(pack.organization.languages, "Omega")
    content.announce(
        content.AnnouncementWish(texts=words, starts_at=clock.now() - timedelta(hours=1)),
        scene.viewer("admin"),
    )
    return scene


@pytest.fixture
def misses(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every text that is asked for in a language other than English and is not there."""
    seen: set[str] = set()
    known, known_plural = catalogues.look_up, catalogues.look_up_plural

    def look_up(msgid: str) -> str:
        found = known(msgid)
        language = i18n.current_language()
        missing = msgid not in catalogues._catalogues.get(language, {}) and found == msgid
        if language != "en" and missing and msgid.strip() and not msgid.startswith("error."):
            seen.add(f"{language}: {msgid}")
        return found

    def look_up_plural(msgid: str, form: int) -> str | None:
        found = known_plural(msgid, form)
        if found is None and i18n.current_language() != "en":
            seen.add(f"{i18n.current_language()}: {msgid}")
        return found

    monkeypatch.setattr(texts, "look_up", look_up)
    monkeypatch.setattr(texts, "look_up_plural", look_up_plural)
    return seen


@pytest.mark.timeout(280)
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role or "visitor")
@pytest.mark.parametrize("slug", list(MARKS))
def test_every_page_speaks_of_its_own_house_in_its_own_language(
    app: Flask, sites: dict[str, Scene], slug: str, role: str, misses: set[str]
) -> None:
    scene = sites[slug]
    with serving(scene.tenant), reading() as session:
        languages = tenants.organization(session).languages
    foreign = [mark for other in MARKS if other != slug for mark in MARKS[other]]
    seen = 0
    for language in languages:
        browser = browser_on(app, scene.tenant)
        if role:
            entered = browser.submit("/log-in", email=scene.emails[role], password=PASSWORD)
            assert entered.status_code == 303
        for path, page in _pages(app, browser, language):
            seen += 1
            assert page.status_code < 500, (path, page.status_code)
            body = page.get_data(as_text=True)
            for place in (path, str(page.headers), body):
                assert "cilis" not in place.lower(), (path, _near(place, "cilis"))
            if "html" in (page.mimetype or ""):
                if "<html" in body and page.status_code == 200:
                    assert f'lang="{language}"' in body[:200], path
                shown = unescape(re.sub(r"<script.*?</script>|<[^>]+>", " ", body, flags=re.DOTALL))
                assert "%(" not in shown, (path, _near(shown, "%("))
                assert "error." not in shown, (path, _near(shown, "error."))
            for mark in foreign:
                assert mark not in body.lower(), (path, _near(body, mark))
    assert seen >= 2 * len(languages)
    untranslated = {text for text in misses if text.partition(": ")[2] not in PROPER_NAMES}
    assert not untranslated


@pytest.mark.parametrize("slug", list(MARKS))
def test_every_letter_speaks_of_its_own_house(
    sites: dict[str, Scene], slug: str, misses: set[str]
) -> None:
    scene = sites[slug]
    foreign = [mark for other in MARKS if other != slug for mark in MARKS[other]]
    with serving(scene.tenant), reading() as session:
        organization = tenants.organization(session)
        reader = identity.person(session, scene.client)
        rows = notifications.of_person(session, scene.client)
        for language in organization.languages:
            with speaking(language, "UTC", fallback=organization.default_language):
                letters = [composing.compose(session, row, reader, organization)
                           for row in rows]  # fmt: skip
                html = [rendering.html(letter[0], reader.name, organization, language)
                        for letter in letters if letter]  # fmt: skip
            for written in html:
                assert organization.name in written
                assert "cilis" not in written.lower()
                assert organization.brand["logo_png_key"] in written
                assert not [mark for mark in foreign if mark in written.lower()]
    assert not misses


def test_the_two_share_no_file(sites: dict[str, Scene]) -> None:
    kept = []
    for scene in sites.values():
        with serving(scene.tenant), reading() as session:
            brand = tenants.organization(session).brand
        kept.append({value for name, value in brand.items() if name.endswith("_key")})
    assert len(kept[0]) == len(kept[1]) == 3
    assert kept[0].isdisjoint(kept[1])


def _pages(app: Flask, browser: Browser, language: str) -> Iterator[tuple[str, TestResponse]]:
    """Every address without a part to fill in, and whatever their pages lead to."""
    waiting = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments
    ]
    kinds: dict[str, int] = {}
    known = set(waiting)
    while waiting and len(known) < 1000:
        path = waiting.pop(0)
        if path.startswith(SKIPPED) or sum(kinds.values()) >= MOST_PAGES:
            continue
        kind = re.sub(r"[0-9a-f-]{20,}|\d+", "*", path.partition("?")[0])
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] > 1:
            continue
        mark = "&" if "?" in path else "?"
        page = browser.get(f"{path}{mark}lang={language}")
        yield path, page
        if "html" not in (page.mimetype or ""):
            continue
        for link in re.findall(r'(?:href|src)="(/[^"#]*)', page.get_data(as_text=True)):
            target = unescape(link)
            parts = urlsplit(target)
            if not parts.netloc and target not in known:
                known.add(target)
                waiting.append(target)


def _near(text: str, word: str) -> str:
    place = text.lower().find(word)
    return text[max(0, place - 80) : place + 60]
