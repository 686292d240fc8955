from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.web.pages.conftest import words

from cilis.domains import identity
from cilis.domains.bookings import Booking
from cilis.domains.identity import PeopleQuestion, PersonStatus
from cilis.infra.db import reading, transaction
from cilis.kit import ids
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]


def page_of(scene: Scene, person: str) -> str:
    return f"/admin/people/{getattr(scene, person)}"


def status(person_id: Any) -> PersonStatus:
    with reading() as session:
        return identity.person(session, person_id).status


class TestList:
    def test_staff_finds_people_by_name_mail_and_code(
        self, scene: Scene, browse: Browse, held: Callable[..., Booking]
    ) -> None:
        booking = held()
        for role in ("admin", "support"):
            browser = browse(role)
            assert scene.emails["client"] in browser.get("/admin/people").text
            found = browser.get(f"/admin/people?q={scene.emails['expert']}").text
            assert scene.emails["client"] not in found
            assert scene.emails["expert"] in found
            by_code = browser.get(f"/admin/people?q={booking.reference.lower()}").text
            assert f"/bookings/{booking.id}" in by_code
            assert "Nobody found" in browser.get("/admin/people?q=xyzzy").text
            assert browser.get("/admin/people?which=support").text.count("face-48") == 1
            assert browser.get("/admin/people?cursor=x").status_code == 422
            assert browser.get("/admin/people?q=%00'").status_code == 200

    def test_a_page_leads_to_the_next(self, scene: Scene, browse: Browse) -> None:
        with transaction() as session:
            for number in range(30):
                identity.import_person(
                    session, email=f"n{number}@example.vn", name=f"Neighbour {number:02}"
                )
        browser = browse("admin")
        first = browser.get("/admin/people?q=neigh").text
        more = re.search(r'href="(/admin/people\?[^"]*cursor=[^"]+)"', first)
        assert more is not None
        second = browser.get(more[1].replace("&amp;", "&")).text
        names = re.findall(r"Neighbour \d\d", words(first)) + re.findall(
            r"Neighbour \d\d", words(second)
        )
        assert names == [f"Neighbour {number:02}" for number in range(30)]

    def test_as_many_questions_for_many_as_for_few(
        self, scene: Scene, browse: Browse, queries: list[str]
    ) -> None:
        browser = browse("admin")
        counts = []
        for size in (1, 15):
            with transaction() as session:
                for number in range(size):
                    identity.import_person(session, email=f"{ids.new()}@x.vn", name=f"N {number}")
            browser.get("/admin/people?q=n")
            queries.clear()
            browser.get("/admin/people?q=n")
            # What every page remembers for some seconds is asked again now and then.
            counts.append(sum("people" in asked for asked in queries))
        assert counts[0] == counts[1]


class TestPerson:
    def test_support_sees_what_helps_and_nothing_else(
        self, scene: Scene, browse: Browse, booked: Callable[..., Booking]
    ) -> None:
        booking = booked()
        path = page_of(scene, "client")
        shown = browse("support").get(path).text
        assert scene.emails["client"] in shown
        assert booking.reference in shown
        for secret in ("127.0.0.1", "Suspend the account", "History", 'name="roles"', "/sessions/"):
            assert secret not in shown
        full = browse("admin").get(path).text
        for part in ("Suspend the account", "History", 'name="roles"', booking.reference):
            assert part in full

    def test_support_may_not_act(self, scene: Scene, browse: Browse) -> None:
        support, path = browse("support"), page_of(scene, "client")
        for act in ("roles", "suspension", "reopening", "sessions/end-all"):
            assert support.submit(f"{path}/{act}", reason="x", roles="admin").status_code == 403
        assert support.submit(f"{path}/sessions/{ids.new()}/end").status_code == 403

    def test_a_suspended_client_is_out_and_comes_back(self, scene: Scene, browse: Browse) -> None:
        client, admin, path = browse("client"), browse("admin"), page_of(scene, "client")
        assert client.get("/account").status_code == 200
        assert admin.submit(f"{path}/suspension", reason=" ").status_code == 422
        assert status(scene.client) is PersonStatus.ACTIVE
        assert admin.submit(f"{path}/suspension", reason="two bad cheques").status_code == 303
        assert client.get("/account").status_code == 303
        assert "two bad cheques" in admin.get(path).text
        assert admin.get("/admin/people?which=suspended").text.count("face-48") == 1

        assert admin.submit(f"{path}/reopening", reason="paid").status_code == 303
        assert status(scene.client) is PersonStatus.ACTIVE
        assert browse("client").get("/account").status_code == 200

    def test_roles_are_changed_with_a_reason(self, scene: Scene, browse: Browse) -> None:
        admin, path = browse("admin"), page_of(scene, "client")
        wish = {"roles": ["client", "support"], "reason": "helps on Fridays"}
        assert admin.submit(f"{path}/roles", **wish).status_code == 303
        shown = words(admin.get(path).text)
        assert "Client → Client, Support" in shown
        assert "helps on Fridays" in shown
        assert admin.submit(f"{path}/roles", roles=[], reason="x").status_code == 422
        assert admin.submit(f"{path}/roles", roles=["king"], reason="x").status_code == 422

    def test_admins_keep_their_own_rights(self, scene: Scene, browse: Browse) -> None:
        admin, path = browse("admin"), page_of(scene, "admin")
        refused = admin.submit(f"{path}/roles", roles=["client"], reason="tired")
        assert refused.status_code == 422
        assert "your own rights" in words(refused.text)
        assert admin.submit(f"{path}/suspension", reason="tired").status_code == 422
        assert "/suspension" not in admin.get(path).text

    def test_devices_are_ended(self, scene: Scene, browse: Browse) -> None:
        client, admin, path = browse("client"), browse("admin"), page_of(scene, "client")
        browse("client")
        shown = admin.get(path).text
        ends = re.findall(rf'action="({path}/sessions/[^"]+)"', shown)
        assert len(ends) == 3  # two of them, and all
        for _ in range(2):  # the second time it is out already
            assert admin.submit(ends[0]).status_code == 303
        assert admin.submit(f"{path}/sessions/end-all").status_code == 303
        assert client.get("/account").status_code == 303
        assert "Nowhere at the moment" in admin.get(path).text

    def test_unknown_ids_are_not_there(self, scene: Scene, browse: Browse) -> None:
        admin, path = browse("admin"), f"/admin/people/{ids.new()}"
        assert admin.get(path).status_code == 404
        for act in ("roles", "suspension", "reopening", "sessions/end-all"):
            assert admin.submit(f"{path}/{act}", reason="x", roles="client").status_code == 404


class TestFrame:
    @pytest.mark.parametrize("role", ["", "client", "admin"])
    def test_light_and_dark_for_everybody_without_script(
        self, scene: Scene, browse: Browse, role: str
    ) -> None:
        browser = browse(role)
        assert "data-theme=" not in browser.get("/").text
        chosen = browser.submit("/theme", theme="dark", next="/experts")
        assert (chosen.status_code, chosen.location) == (303, "/experts")
        for path in ("/", "/experts") if role else ("/", "/log-in"):
            shown = browser.get(path).text
            assert 'data-theme="dark"' in shown
            assert '<meta name="color-scheme" content="dark">' in shown
            assert 'value="dark" aria-pressed="true"' in shown
        browser.submit("/theme", theme="system", next="//evil.example")
        assert "data-theme=" not in browser.get("/").text
        browser.submit("/theme", theme='"><script>')
        assert "data-theme=" not in browser.get("/").text

    def test_a_choice_of_language_stays_with_the_account(
        self, scene: Scene, browse: Browse
    ) -> None:
        browser = browse("client")
        with reading() as session:
            spoken = identity.person(session, scene.client).language
        other = "vi" if spoken == "en" else "en"
        browser.submit("/language", language=other, next="/")
        assert f'<html lang="{other}"' in browser.get("/").text
        assert f'<html lang="{other}"' in browse("client").get("/").text
        browser.submit("/language", language="xx", next="/")
        assert f'<html lang="{other}"' in browser.get("/").text

    def test_the_header_shows_ones_own_picture(self, scene: Scene, browse: Browse) -> None:
        key = "0" * 32 + ".webp"
        with transaction() as session:
            identity.import_person(session, email=scene.emails["client"], name="C", picture_key=key)
        assert f"/media/{key}" in browse("client").get("/").text


def test_people_of_another_place_are_not_found(scene: Scene, browse: Browse, cast: Any) -> None:
    assert browse("admin").get(f"/admin/people/{cast.khang}").status_code == 404
    with reading() as session:
        assert identity.people_page(session, PeopleQuestion(words="khang")).items == []
