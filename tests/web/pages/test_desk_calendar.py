"""An expert's weeks in periods, limits, and the calendar: all of it without any script."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from tests.web.pages.conftest import words

from cilis.domains import bookings, experts, scheduling
from cilis.domains.bookings import Booking
from cilis.domains.scheduling import DayException, ExceptionKind, Period, WeeklyRule
from cilis.infra import db
from cilis.kit import clock
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]
Booked = Callable[..., Booking]
SUMMER = {"valid_from": "2027-06-01", "valid_until": "2027-08-31"}
MORNING = {"d0_0_from": "08:00", "d0_0_until": "11:00"}


def hours_of(scene: Scene) -> scheduling.Hours:
    with db.reading() as session:
        return scheduling.hours(session, scene.expert)


class TestWeeks:
    def test_a_week_for_the_summer_is_added_shown_changed_and_removed(
        self, browse: Browse, scene: Scene
    ) -> None:
        desk = browse("expert")
        added = desk.submit("/desk/hours", was="new", instead="1", **SUMMER, **MORNING)
        assert added.status_code == 303
        page = words(desk.get("/desk/hours").text)
        assert "1 Jun 2027 – 31 Aug 2027" in page
        assert "Until 31 May 2027" in page
        assert "nobody can book you" not in page  # every week has its dates now
        key = "2027-06-01_2027-08-31"
        changed = MORNING | {"d0_0_until": "12:00"}
        assert desk.submit("/desk/hours", was=key, **SUMMER, **changed).status_code == 303
        (summer,) = [
            one for one in hours_of(scene).patterns if one.period.until and one.period.since
        ]
        assert list(summer.rules) == [WeeklyRule(0, 480, 720).within(summer.period)]
        for _ in range(2):
            assert desk.submit("/desk/hours", was=key, **SUMMER).status_code == 303
        assert len(hours_of(scene).patterns) == 2

    def test_the_next_four_weeks_stand_beside_as_clients_see_them(
        self, browse: Browse, scene: Scene
    ) -> None:
        desk, zone = browse("expert"), ZoneInfo("Asia/Ho_Chi_Minh")
        rules = [WeeklyRule(weekday, 540, 600) for weekday in range(7)]
        scheduling.set_week(scene.expert, rules, step_minutes=15)
        today = clock.now().astimezone(zone).date()
        off = today + timedelta(days=10)
        scheduling.add_exception(scene.expert, DayException(off, 0, 1440, ExceptionKind.OFF))
        with db.reading() as session:
            terms = experts.service_terms(session, scene.service)
            window = clock.now(), clock.now() + timedelta(days=40)
            starts = scheduling.free_starts(session, terms, window)
        free = Counter(one.astimezone(zone).date() for one in starts)
        table = desk.get("/desk/hours").text.partition('<table class="free-weeks">')[2]
        table = table.partition("</table>")[0]
        rows = table.partition("<tbody>")[2].split("</tr>")[:-1]
        told = re.findall(r'<span class="tiny">(\d+)</span>(?:<b>(\d+|–)</b>)?', table)
        monday = today - timedelta(days=today.weekday())
        days = [monday + timedelta(days=number) for number in range(35)]
        assert (len(rows), len(told)) == (5, 35)  # what is left of this week, and four whole ones
        assert [int(number) for number, _ in told] == [day.day for day in days]
        assert [count for _, count in told] == [
            "" if day < today else str(free[day] or "–") for day in days
        ]
        assert told[days.index(off)][1] == "–"

    def test_saving_the_usual_week_leaves_the_others_alone(
        self, browse: Browse, scene: Scene
    ) -> None:
        period = Period(None, (clock.now() + timedelta(days=30)).date())
        scheduling.set_pattern(scene.expert, None, period, [WeeklyRule(6, 0, 60)], instead=True)
        before = len(hours_of(scene).weekly)
        assert browse("expert").submit("/desk/hours", **MORNING).status_code == 422  # they overlap
        assert len(hours_of(scene).weekly) == before

    @pytest.mark.parametrize(
        "form",
        [
            {"was": "new", **MORNING},
            {"was": "new", **SUMMER},
            {"was": "new", "valid_from": "2027-06-01", "valid_until": "2027-05-01", **MORNING},
            {"was": "new", "valid_from": "tomorrow", **MORNING},
            {"was": "new", "instead": "", **SUMMER, **MORNING},
        ],
    )
    def test_what_makes_no_sense_is_refused_where_it_was_typed(
        self, browse: Browse, scene: Scene, form: dict[str, str]
    ) -> None:
        before = hours_of(scene).weekly
        answer = browse("expert").submit("/desk/hours", **form)
        assert answer.status_code == 422
        new = answer.text.partition('id="new-week"')[2]
        assert "<details open>" in new
        assert 'class="error"' in new
        if form.get("d0_0_until"):
            assert 'value="11:00"' in new
        assert hours_of(scene).weekly == before

    def test_rhythm_and_limit(self, browse: Browse, scene: Scene) -> None:
        desk = browse("expert")
        right = {"step_minutes": "45", "most_per_day": "3", "most_per_week": "9"}
        assert desk.submit("/desk/hours/limits", **right).status_code == 303
        kept = hours_of(scene)
        assert (kept.step_minutes, kept.most_per_day, kept.most_per_week) == (45, 3, 9)
        for wrong in ({"step_minutes": "7"}, {"most_per_day": "999"}, {"most_per_week": "999"}):
            assert desk.submit("/desk/hours/limits", **right | wrong).status_code == 422

    def test_an_exception_is_changed_in_its_place(self, browse: Browse, scene: Scene) -> None:
        desk = browse("expert")
        day = (clock.now() + timedelta(days=3)).date()
        made = scheduling.add_exception(scene.expert, DayException(day, 0, 1440, ExceptionKind.OFF))
        place = f"/desk/hours/exceptions/{made}"
        form = {"kind": "extra", "day": day.isoformat(), "from": "18:00", "until": "20:00"}
        onward = "/desk/calendar?week=2026-11-23"
        answer = desk.submit(place, **form, next=onward)
        assert answer.headers["Location"] == onward
        assert hours_of(scene).exceptions == (
            DayException(day, 1080, 1200, ExceptionKind.EXTRA, made),
        )
        wrong = desk.submit(place, **form | {"until": "17:00"})
        assert wrong.status_code == 422
        assert 'value="17:00"' in wrong.text
        assert desk.submit(f"/desk/hours/exceptions/{uuid4()}", **form).status_code == 404
        away = desk.submit(place, **form, next="//evil.example/desk/calendar")
        assert away.headers["Location"].startswith("/desk/hours")


class TestCalendar:
    def test_a_week_names_who_comes_and_what_differs(
        self, browse: Browse, scene: Scene, booked: Booked
    ) -> None:
        booking = booked()
        day = booking.starts_at.astimezone(scene_zone()).date()
        scheduling.add_exception(scene.expert, DayException(day, 0, 60, ExceptionKind.OFF))
        page = browse("expert").get(f"/desk/calendar?week={day.isoformat()}").text
        shown = words(page)
        assert "Alpha Client" in shown
        assert "01:00–00:00" in shown  # open, less what is off
        assert f"/bookings/{booking.id}" in page
        assert "/removal" in page

    def test_the_script_gets_the_same(self, browse: Browse, scene: Scene, booked: Booked) -> None:
        booking = booked()
        bookings.hold(
            bookings.HoldWish(scene.service, scene.starts(41)[40]), scene.viewer("client")
        )
        first = clock.now().date()
        last = first + timedelta(days=14)
        found = browse("expert").get(f"/desk/calendar/entries?from={first}&until={last}").get_json()
        kinds = {item["kind"] for item in found}
        assert kinds == {"open", "booking"}
        (shown,) = [item for item in found if item.get("state") == "confirmed"]
        assert shown["href"] == f"/bookings/{booking.id}"
        begins = booking.starts_at.astimezone(scene_zone())
        assert shown["start"] == f"{begins:%Y-%m-%dT%H:%M}"
        (held,) = [item for item in found if item.get("state") == "held"]
        assert held["href"] == ""

    def test_nonsense_in_the_address(self, browse: Browse) -> None:
        desk = browse("expert")
        for week in ("", "x", "9999-12-31", "0001-01-01", "2026-02-30"):
            assert desk.get(f"/desk/calendar?week={week}").status_code == 200, week
        for query in (
            "",
            "from=2026-11-23",
            "from=2026-11-23&until=2026-11-23",
            "from=2026-11-23&until=2027-11-23",
            "from=x&until=y",
        ):
            assert desk.get(f"/desk/calendar/entries?{query}").status_code == 422, query

    def test_queries_do_not_grow_with_the_sessions(
        self, browse: Browse, booked: Booked, queries: list[str]
    ) -> None:
        desk = browse("expert")
        week = (booked().starts_at).date().isoformat()
        counts = []
        for place in (34, 36):
            tries = []
            for _ in range(3):  # what is remembered for seconds may run out in between
                queries.clear()
                assert desk.get(f"/desk/calendar?week={week}").status_code == 200
                assert desk.get("/desk/hours").status_code == 200
                tries.append(len(queries))
            counts.append(min(tries))
            booked(place)
        assert counts[0] == counts[1]


def test_a_zone_is_chosen_for_a_while(browse: Browse, scene: Scene) -> None:
    browser = browse()
    page = browser.get(f"/experts/{scene.slug}").text
    link = re.search(r'href="(/zone\?next=[^"]+)"', page)
    assert link
    assert "America/New_York" in browser.get(link[1]).text
    answer = browser.submit("/zone", zone="America/New_York", next=f"/experts/{scene.slug}")
    assert answer.headers["Location"] == f"/experts/{scene.slug}"
    page = browser.get(f"/experts/{scene.slug}").text
    assert "New York" in page
    assert "GMT+7" in page  # the expert's own
    assert "New York" not in browse().get(f"/experts/{scene.slug}").text
    browser.submit("/zone", zone="", next="//evil.example")
    assert "New York" not in browser.get(f"/experts/{scene.slug}").text


def scene_zone() -> object:
    from zoneinfo import ZoneInfo

    return ZoneInfo("Asia/Ho_Chi_Minh")


class TestHolidays:
    def test_a_country_is_chosen_and_its_days_are_taken_but_one(
        self, browse: Browse, scene: Scene
    ) -> None:
        desk = browse("expert")
        assert "Take these days off" not in words(desk.get("/desk/hours").text)
        page = desk.get("/desk/hours?country=DE&region=BE").text
        assert "German Unity Day" in words(page)
        days = re.findall(r'name="off" value="([\d-]+)" checked', page)
        assert days == re.findall(r'name="listed" value="([\d-]+)"', page)
        form = {"country": "DE", "region": "BE", "listed": days, "off": days[1:], "do": "take"}
        assert desk.submit("/desk/hours/holidays", **form).status_code == 303
        labelled = [one.day.isoformat() for one in hours_of(scene).exceptions if one.label]
        assert labelled == days[1:]
        page = desk.get("/desk/hours").text
        assert "You take the holidays of Germany, Berlin off" in words(page)
        assert re.findall(r'name="off" value="([\d-]+)" checked', page) == days[1:]
        names = {one.day.isoformat(): one.label for one in hours_of(scene).exceptions}
        week = desk.get(f"/desk/calendar?week={days[1]}").text
        assert names[days[1]] in words(week), "the calendar says which holiday it is"
        given = desk.get(f"/desk/calendar/entries?from={days[1]}&until={days[2]}").get_json()
        assert names[days[1]] in {one["title"] for one in given}
        gone = desk.submit("/desk/hours/holidays", country="DE", region="BE", do="none")
        assert gone.status_code == 303
        assert not hours_of(scene).exceptions

    def test_a_region_of_another_country_is_let_go(self, browse: Browse, scene: Scene) -> None:
        page = browse("expert").get("/desk/hours?country=VN&region=BE")
        assert page.status_code == 200
        assert 'name="country" value="VN"' in page.text
        assert 'name="region" value=""' in page.text

    def test_a_place_that_is_none_is_told(self, browse: Browse, scene: Scene) -> None:
        desk = browse("expert")
        assert desk.get("/desk/hours?country=XX").status_code == 200
        refused = desk.submit("/desk/hours/holidays", country="XX", do="take")
        assert refused.status_code == 422
        assert 'role="alert"' in refused.text
