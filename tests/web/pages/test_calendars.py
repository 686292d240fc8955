"""Calendars elsewhere on the desk, the feed, and both over the API; without any script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from icalendar import Calendar
from tests.support.calendar_server import CalendarFile, event, file_of, serving_file
from tests.web.pages.conftest import words

from cilis.domains import bookings, calendars, experts, identity, scheduling
from cilis.domains.bookings import Booking
from cilis.infra.db import reading
from cilis.infra.tenancy import current_tenant
from cilis.kit import clock
from cilis.testing.fixtures import Browser, browser_on
from cilis.testing.scene import PASSWORD, Scene

Browse = Callable[..., Browser]
Booked = Callable[..., Booking]
Forward = Callable[[timedelta], None]
HOUR = timedelta(hours=1)
FORM = {"kind": "ics", "name": "Klinik", "when_unread": "open", "patience_minutes": "60"}


@pytest.fixture
def file() -> Iterator[CalendarFile]:
    with serving_file() as found:
        yield found


@pytest.fixture
def at() -> datetime:
    return (clock.now() + timedelta(days=1)).replace(hour=3, minute=0, second=0, microsecond=0)


@pytest.fixture
def desk(browse: Browse, file: CalendarFile, at: datetime) -> Browser:
    """The expert, with a calendar at hand that takes one hour tomorrow morning."""
    file.content = file_of(event("one", at, at + HOUR))
    return browse("expert")


def ours(scene: Scene) -> list[calendars.Connection]:
    with reading() as session:
        return list(calendars.of_expert(session, scene.expert))


def is_free(scene: Scene, at: datetime) -> bool:
    with reading() as session:
        return scheduling.is_offered(session, experts.service_terms(session, scene.service), at)


class TestDesk:
    def test_connected_shown_changed_and_disconnected(
        self, desk: Browser, scene: Scene, file: CalendarFile, at: datetime
    ) -> None:
        assert "No calendar is connected" in words(desk.get("/desk/calendars").text)
        assert desk.submit("/desk/calendars", **FORM, url=file.url).status_code == 303
        assert not is_free(scene, at)
        (found,) = ours(scene)
        page = desk.get("/desk/calendars").text
        shown = words(page)
        assert "Up to date" in shown
        assert "1 entry takes time." in shown
        assert "127.0.0.1" in shown
        assert "private-key" not in page  # the address is a secret
        place = f"/desk/calendars/{found.id}"
        changed = {"name": "Praxis", "when_unread": "closed", "patience_minutes": "180"}
        assert desk.submit(place, **changed, password="").status_code == 303
        (found,) = ours(scene)
        assert (found.name, found.when_unread, found.patience_minutes) == ("Praxis", "closed", 180)
        week = words(desk.get(f"/desk/calendar?week={at.date()}").text)
        assert "10:00–11:00 Praxis" in week
        entries = desk.get(
            f"/desk/calendar/entries?from={at.date()}&until={at.date() + timedelta(days=1)}"
        ).get_json()
        assert [one["title"] for one in entries if one["kind"] == "outside"] == ["Praxis"]
        for _ in range(2):
            assert desk.submit(f"{place}/removal").status_code == 303
        assert is_free(scene, at)

    def test_what_cannot_be_read_is_told_at_its_field(
        self, desk: Browser, scene: Scene, file: CalendarFile
    ) -> None:
        file.status = 404
        refused = desk.submit("/desk/calendars", **FORM, url=file.url, password="")
        assert refused.status_code == 422
        assert "Nothing lies at this address" in words(refused.text)
        assert "Klinik" in refused.text
        for url, text in (
            ("ics", "Please give a whole address"),
            ("http://10.0.0.7/x.ics", "is not on the public internet"),
        ):
            refused = desk.submit("/desk/calendars", **FORM, url=url)
            assert refused.status_code == 422
            assert text in words(refused.text)
        assert desk.submit("/desk/calendars", **{**FORM, "kind": "x"}, url="y").status_code == 422
        assert not ours(scene)

    def test_trying_keeps_nothing(self, desk: Browser, scene: Scene, file: CalendarFile) -> None:
        tried = desk.submit("/desk/calendars", **FORM, url=file.url, do="test", password="geheim")
        assert tried.status_code == 200
        assert "It can be read" in words(tried.text)
        assert "geheim" not in tried.text
        file.status = 500
        tried = desk.submit("/desk/calendars", **FORM, url=file.url, do="test")
        assert "It cannot be read" in words(tried.text)
        assert not ours(scene)

    @pytest.mark.parametrize("when_unread", ["open", "closed"])
    def test_the_banner_and_the_policy(
        self, desk: Browser, scene: Scene, file: CalendarFile, at: datetime,
        clock_forward: Forward, when_unread: str,
    ) -> None:  # fmt: skip
        form = FORM | {"when_unread": when_unread}
        desk.submit("/desk/calendars", **form, url=file.url)
        (found,) = ours(scene)
        later = at + 10 * HOUR
        pages = ("/desk", "/desk/calendar", "/desk/hours", "/desk/calendars")
        for page in pages:
            assert "could not be read" not in words(desk.get(page).text)
        file.status = 503
        clock_forward(timedelta(minutes=20))
        desk.submit(f"/desk/calendars/{found.id}/reading")
        for page in pages:
            shown = words(desk.get(page).text)
            assert "“Klinik” could not be read since" in shown
            assert "20 minutes ago" in shown
            assert "reports a failure of its own" in shown
        assert is_free(scene, later)
        clock_forward(timedelta(minutes=50))
        desk.submit(f"/desk/calendars/{found.id}/reading")
        shown = words(desk.get("/desk").text)
        closed = "None of your hours is offered until it is read again" in shown
        assert closed is (when_unread == "closed")
        assert is_free(scene, later) is (when_unread == "open")
        if when_unread == "closed":
            assert "cannot be read" in words(desk.get(f"/desk/calendar?week={at.date()}").text)
        file.status = 200
        desk.submit(f"/desk/calendars/{found.id}/reading")
        assert is_free(scene, later)
        assert "could not be read" not in words(desk.get("/desk").text)

    def test_only_experts_come_in(self, browse: Browse) -> None:
        assert browse("client").get("/desk/calendars").status_code == 403
        assert browse().get("/desk/calendars").status_code in {302, 303, 401}

    def test_the_eleventh_is_refused_with_a_sentence(
        self, desk: Browser, scene: Scene, file: CalendarFile
    ) -> None:
        for _ in range(10):
            desk.submit("/desk/calendars", **FORM, url=file.url)
        desk.submit("/desk/calendars", **FORM, url=file.url)
        assert len(ours(scene)) == 10
        assert "At most 10 calendars" in words(desk.get("/desk/calendars").text)


def feed_of(desk: Browser) -> str:
    found = re.search(r"/calendar-feeds/[\w-]+\.ics", desk.get("/desk/calendars").text)
    assert found
    return found[0]


class TestFeed:
    def test_made_told_more_renewed_and_ended(
        self, desk: Browser, browse: Browse, scene: Scene, booked: Booked
    ) -> None:
        booking = booked()
        assert desk.submit("/desk/calendars/feed", details="false").status_code == 303
        address = feed_of(desk)
        stranger = browse()
        answer = stranger.get(address)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        (entry,) = Calendar.from_ical(answer.data).walk("VEVENT")
        assert str(entry["UID"]) == f"{booking.id.hex}@{current_tenant().host}"
        assert (str(entry["SUMMARY"]), int(entry["SEQUENCE"])) == ("Busy", 0)
        assert entry["DTSTART"].dt == booking.starts_at
        assert "Client" not in answer.text
        assert "/bookings/" not in answer.text
        same = stranger.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert same.status_code == 304
        desk.submit("/desk/calendars/feed", details="true")
        more = stranger.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert more.status_code == 200
        (entry,) = Calendar.from_ical(more.data).walk("VEVENT")
        assert "Client" in str(entry["SUMMARY"])
        assert f"/bookings/{booking.id}" in str(entry["URL"])
        desk.submit("/desk/calendars/feed/renewal")
        assert stranger.get(address).status_code == 404
        renewed = feed_of(desk)
        assert stranger.get(renewed).status_code == 200
        desk.submit("/desk/calendars/feed/removal")
        assert stranger.get(renewed).status_code == 404
        assert scene

    def test_a_cancelled_session_goes_and_a_moved_one_follows(
        self, desk: Browser, browse: Browse, scene: Scene, booked: Booked
    ) -> None:
        booking = booked()
        desk.submit("/desk/calendars/feed", details="false")
        address = feed_of(desk)
        start = scene.starts(8)[-1]
        bookings.reschedule(booking.id, start, scene.viewer("client"))
        (entry,) = Calendar.from_ical(browse().get(address).data).walk("VEVENT")
        assert (entry["DTSTART"].dt, int(entry["SEQUENCE"])) == (start, 1)
        bookings.cancel(booking.id, scene.viewer("client"), "")
        assert not Calendar.from_ical(browse().get(address).data).walk("VEVENT")

    def test_the_same_queries_however_many_sessions(
        self, desk: Browser, browse: Browse, booked: Booked, queries: list[str]
    ) -> None:
        desk.submit("/desk/calendars/feed", details="true")
        address, stranger = feed_of(desk), browse()
        stranger.get(address)  # notes that somebody reads it
        counts = []
        for place in (30, 40):
            booked(place)
            queries.clear()
            assert stranger.get(address).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_a_suspended_experts_feed_is_gone(
        self, desk: Browser, browse: Browse, scene: Scene
    ) -> None:
        desk.submit("/desk/calendars/feed", details="true")
        address = feed_of(desk)
        gone = identity.StaffChanges(status=identity.PersonStatus.SUSPENDED, reason="why")
        identity.change_person(scene.expert_person, gone, scene.viewer("admin"))
        assert browse().get(address).status_code == 404

    @pytest.mark.parametrize("token", ["x", "x" * 500, str(UUID(int=1))])
    def test_guessed_addresses(self, browse: Browse, token: str) -> None:
        assert browse().get(f"/calendar-feeds/{token}.ics").status_code == 404

    def test_ones_own_feed_does_not_count_as_busy_here(
        self, desk: Browser, browse: Browse, scene: Scene, booked: Booked, file: CalendarFile
    ) -> None:
        booking = booked()
        desk.submit("/desk/calendars/feed", details="false")
        file.content = browse().get(feed_of(desk)).data
        desk.submit("/desk/calendars", **FORM, url=file.url)
        (found,) = ours(scene)
        assert found.entries == 0
        bookings.cancel(booking.id, scene.viewer("client"), "")
        assert is_free(scene, booking.starts_at)


class TestApi:
    @pytest.fixture
    def program(self, app: Flask, scene: Scene) -> Callable[..., Any]:
        browser = browser_on(app, scene.tenant)
        tokens = browser.post(
            "/api/v1/sessions", json={"email": scene.emails["expert"], "password": PASSWORD}
        )
        headers = {"Authorization": f"Bearer {tokens.get_json()['access_token']}"}

        def call(method: str, path: str, body: Any = None, status: int = 200, **more: str) -> Any:
            answer = browser.open(
                f"/api/v1/{path}", method=method, json=body, headers=headers | more
            )
            assert answer.status_code == status, (method, path, answer.text)
            return answer.get_json(silent=True)

        return call

    def test_everything_a_page_does(
        self, program: Callable[..., Any], scene: Scene, file: CalendarFile, at: datetime
    ) -> None:
        file.content = file_of(event("one", at, at + HOUR))
        wish = {"kind": "ics", "name": "Klinik", "url": file.url}
        where = {"kind": "ics", "url": file.url}
        tried = program("POST", "calendars/tests", where)
        assert tried == {"works": True, "reason": "", "entries": 1, "skipped": 0, "names": []}
        key = {"Idempotency-Key": "one-calendar"}
        made = program("POST", "calendars", wish, 201, **key)
        assert program("POST", "calendars", wish, 201, **key) == made
        assert program("GET", "calendars")["items"] == [made]
        assert (made["host"], made["reason"], made["entries"]) == ("127.0.0.1", "", 1)
        place = f"calendars/{made['id']}"
        changed = program("PATCH", place, {"when_unread": "closed", "patience_minutes": 5})
        assert (changed["name"], changed["when_unread"]) == ("Klinik", "closed")
        file.status = 401
        unread = program("POST", f"{place}/readings")
        assert unread["reason"] == "calendar_not_allowed"
        closes_at = datetime.fromisoformat(unread["closes_at"])
        assert closes_at == datetime.fromisoformat(unread["read_at"]) + timedelta(minutes=5)
        window = {"from": at.isoformat(), "until": (at + HOUR).isoformat()}
        query = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in window.items())
        items = program("GET", f"calendar-entries?{query}")["items"]
        assert [one["label"] for one in items if one["calendar_id"] == made["id"]] == ["Klinik"]
        program("DELETE", place, None, 204)
        program("DELETE", place, None, 404)
        program("GET", place, None, 404)
        assert is_free(scene, at)

    def test_refusals(self, program: Callable[..., Any], file: CalendarFile) -> None:
        wish = {"kind": "ics", "name": "Klinik", "url": file.url}
        file.status = 404
        refused = program("POST", "calendars", wish, 422)
        assert refused["code"] == "calendar_unreadable"
        assert refused["values"] == {"reason": "calendar_not_there"}
        for wrong, name in (
            ({"url": "x"}, "url"), ({"kind": "exchange"}, "kind"), ({"name": ""}, "name"),
            ({"patience_minutes": 1}, "patience_minutes"), ({"when_unread": "x"}, "when_unread"),
            ({"expert_id": str(uuid4())}, "expert_id"),
        ):  # fmt: skip
            refused = program("POST", "calendars", wish | wrong, 422)
            assert name in str(refused), refused
        assert (
            program("POST", "calendars/tests", {"kind": "ics", "url": file.url})["works"] is False
        )

    def test_the_feed(self, program: Callable[..., Any]) -> None:
        program("GET", "calendar-feed", None, 404)
        program("POST", "calendar-feed/renewals", None, 404)
        made = program("PUT", "calendar-feed", {"details": True})
        assert program("GET", "calendar-feed") == made
        assert program("PUT", "calendar-feed", {"details": False})["url"] == made["url"]
        assert program("POST", "calendar-feed/renewals")["url"] != made["url"]
        program("DELETE", "calendar-feed", None, 204)
        program("DELETE", "calendar-feed", None, 204)
        program("GET", "calendar-feed", None, 404)
