"""Hours for one way of meeting at the expert's desk: the form, the preview, the calendar."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.web.pages.conftest import words

from cilis.domains import experts, scheduling
from cilis.domains.experts import ServiceMode
from cilis.domains.scheduling import (
    EVERYTHING,
    DayException,
    ExceptionKind,
    Period,
    Venue,
    WeeklyRule,
)
from cilis.infra import db
from cilis.kit import clock
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]
CLINIC, SCHOOL = "12 Lê Lợi, Huế", 'Nhà 3 / "B", Đà Nẵng'
AT_THE_CLINIC = Venue("in_person", CLINIC)
AT_THE_SCHOOL = Venue("in_person", SCHOOL)
TUESDAY = {"d1_0_from": "08:00", "d1_0_until": "11:00"}
IN_PERSON_HOURS = {"was": "new-kept", "held": f"in_person|{CLINIC}", **TUESDAY}


def add_service(
    scene: Scene, name: str, mode: ServiceMode, place: str = ""
) -> experts.ServiceTerms:
    wish = experts.ServiceWish(
        names={"vi": name, "en": name}, minutes=60, price_minor=1, mode=mode, place=place
    )
    return experts.add_service(wish, scene.viewer("expert")).terms


@pytest.fixture
def clinic(scene: Scene) -> experts.ServiceTerms:
    """A service at the clinic, beside the one by video and one at a school; weekdays but Tuesday."""
    add_service(scene, "Lesson", ServiceMode.IN_PERSON, SCHOOL)
    week = [WeeklyRule(day, 9 * 60, 17 * 60) for day in (0, 2, 3, 4)]
    scheduling.set_week(scene.expert, week)
    return add_service(scene, "Visit", ServiceMode.IN_PERSON, CLINIC)


def patterns(scene: Scene) -> list[tuple[Period, Venue, int]]:
    with db.reading() as session:
        found = scheduling.hours(session, scene.expert).patterns
    return [(one.period, one.venue, len(one.rules)) for one in found]


def the_form(page: str, key: str) -> str:
    """The form that changes a week, by what it replaces."""
    return page.partition(f'name="was" value="{key}"')[2].partition("</form>")[0]


def test_who_holds_all_services_alike_is_not_asked(browse: Browse, scene: Scene) -> None:
    page = browse("expert").get("/desk/hours").text
    assert 'name="held"' not in page
    assert "new-kept" not in page


class TestWeeks:
    def test_hours_for_one_place_are_added_shown_and_removed(
        self, browse: Browse, scene: Scene, clinic: experts.ServiceTerms
    ) -> None:
        desk = browse("expert")
        for _ in range(2):  # twice is as once
            assert desk.submit("/desk/hours", **IN_PERSON_HOURS).status_code == 303
        more = {"d3_0_from": "18:00", "d3_0_until": "20:00"}
        assert desk.submit("/desk/hours", **IN_PERSON_HOURS | more).status_code == 303
        assert patterns(scene) == [
            (Period(), EVERYTHING, 4),
            (Period(), AT_THE_CLINIC, 2),
        ]
        page = desk.get("/desk/hours").text
        assert f"Only for: In person, {CLINIC}" in words(page)
        form = the_form(page, f"_/in_person|{CLINIC}")
        assert f'<option value="in_person|{CLINIC}" selected>' in form
        gone = desk.submit("/desk/hours", was=f"_/in_person|{CLINIC}")
        assert gone.status_code == 303
        assert patterns(scene) == [(Period(), EVERYTHING, 4)]

    def test_a_week_is_kept_for_another_way(
        self, browse: Browse, scene: Scene, clinic: experts.ServiceTerms
    ) -> None:
        desk = browse("expert")
        desk.submit("/desk/hours", **IN_PERSON_HOURS)
        key = f"_/in_person|{CLINIC}"
        changed = desk.submit("/desk/hours", was=key, held=f"in_person|{SCHOOL}", **TUESDAY)
        assert changed.status_code == 303
        assert patterns(scene)[1][1] == AT_THE_SCHOOL
        page = desk.get("/desk/hours").text  # with a slash and quotes in its name it is found again
        key = f"_/in_person|{SCHOOL}"
        assert desk.submit("/desk/hours", was=key, held="in_person", **TUESDAY).status_code == 303
        assert patterns(scene)[1][1] == Venue("in_person")
        assert "&#34;B&#34;" in page

    def test_without_the_choice_a_week_stays_for_what_it_was(
        self, browse: Browse, scene: Scene, clinic: experts.ServiceTerms
    ) -> None:
        desk = browse("expert")
        desk.submit("/desk/hours", **IN_PERSON_HOURS)
        later = TUESDAY | {"d1_0_until": "12:00"}
        assert desk.submit("/desk/hours", was=f"_/in_person|{CLINIC}", **later).status_code == 303
        assert patterns(scene)[1] == (Period(), AT_THE_CLINIC, 1)

    @pytest.mark.parametrize(
        ("form", "told"),
        [
            ({"held": ""}, "kept-held"),
            ({"held": "telepathy"}, "kept-held"),
            ({"held": "video|Somewhere"}, "kept-held"),
            ({"held": "in_person|Nowhere"}, "kept-held"),
            ({"d0_0_from": "10:00", "d0_0_until": "12:00"}, "Two of these times overlap"),
        ],
    )
    def test_what_cannot_be_is_refused_where_it_was_typed(
        self,
        browse: Browse,
        scene: Scene,
        clinic: experts.ServiceTerms,
        form: dict[str, str],
        told: str,
    ) -> None:
        before = patterns(scene)
        answer = browse("expert").submit("/desk/hours", **IN_PERSON_HOURS | form)
        assert answer.status_code == 422
        new = answer.text.partition('id="new-kept"')[2].partition("</section>")[0]
        assert "<details open>" in new
        assert 'value="11:00"' in new
        if told == "kept-held":
            assert 'id="kept-held-error-1"' in new
            assert 'aria-describedby="kept-held-error-1"' in new
        else:
            assert told in new
        assert patterns(scene) == before

    def test_hours_that_no_service_can_use_are_told(
        self, browse: Browse, scene: Scene, clinic: experts.ServiceTerms
    ) -> None:
        desk = browse("expert")
        desk.submit("/desk/hours", **IN_PERSON_HOURS)
        warning = "None of your services is held like this"
        assert warning not in desk.get("/desk/hours").text
        experts.remove_service(clinic.id, scene.viewer("expert"))
        page = desk.get("/desk/hours").text
        assert warning in page
        assert f'<option value="in_person|{CLINIC}" selected>' in page

    def test_the_preview_follows_the_service(
        self, browse: Browse, scene: Scene, clinic: experts.ServiceTerms
    ) -> None:
        desk = browse("expert")
        desk.submit("/desk/hours", **IN_PERSON_HOURS)
        shown = {
            service: desk.get(f"/desk/hours?service={service}").text.partition('id="preview"')[2]
            for service in (scene.service, clinic.id)
        }
        assert "Held: By video." in words(shown[scene.service])
        assert f"Held: In person, {CLINIC}." in words(shown[clinic.id])
        free = {key: re.findall(r"<b>(\d+|–)</b>", text) for key, text in shown.items()}
        first = clock.now().astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).weekday()
        tuesdays = [number for number in range(len(free[clinic.id])) if (number + first) % 7 == 1]
        whole = tuesdays[1:]  # of the first one some starts may be over
        assert {free[scene.service][one] for one in whole} == {"–"}
        assert {free[clinic.id][one] for one in whole} == {"9"}


class TestExceptions:
    def test_extra_hours_have_the_choice_and_time_off_has_none(
        self, browse: Browse, scene: Scene, clinic: experts.ServiceTerms
    ) -> None:
        desk = browse("expert")
        day = (clock.now() + timedelta(days=3)).date()
        form = {"day": day.isoformat(), "from": "18:00", "until": "20:00"}
        place = f"in_person|{CLINIC}"
        extra = desk.submit("/desk/hours/exceptions", kind="extra", held=place, **form)
        assert extra.status_code == 303
        off = desk.submit(
            "/desk/hours/exceptions", kind="off", held=place, **form | {"from": "19:00"}
        )
        assert off.status_code == 303
        with db.reading() as session:
            made = scheduling.hours(session, scene.expert).exceptions
        assert [one.venue for one in made] == [AT_THE_CLINIC, EVERYTHING]
        page = desk.get("/desk/hours").text
        assert f"18:00–20:00 · In person, {CLINIC}" in words(page)
        wrong = desk.submit("/desk/hours/exceptions", kind="extra", held="in_person|Mars", **form)
        assert wrong.status_code == 422
        assert 'id="x-held-error-1"' in wrong.text


class TestCalendar:
    def test_the_list_and_the_script_say_what_hours_are_for(
        self, browse: Browse, scene: Scene, clinic: experts.ServiceTerms
    ) -> None:
        desk = browse("expert")
        desk.submit("/desk/hours", **IN_PERSON_HOURS)
        monday = clock.now().date() + timedelta(days=7 - clock.now().weekday())
        day = monday + timedelta(days=1)
        extra = DayException(day, 1080, 1200, ExceptionKind.EXTRA).kept_for(Venue("video"))
        scheduling.add_exception(scene.expert, extra)
        page = desk.get(f"/desk/calendar?week={monday}")
        told = f"08:00–11:00 (In person, {CLINIC}), 18:00–20:00 (By video)"
        assert told in words(page.text)
        window = f"from={day}&until={day + timedelta(days=1)}"
        items = desk.get(f"/desk/calendar/entries?{window}").json
        assert items
        assert [(one["kind"], one["title"], one["held"]) for one in items] == [
            ("open", f"In person, {CLINIC}", f"in_person|{CLINIC}"),
            ("extra", "Extra hours: By video", "video"),
            ("open", "By video", "video"),
        ]
        assert (items[0]["mode"], items[0]["place"]) == ("in_person", CLINIC)


def test_why_not_names_the_hours_and_what_they_are_for(
    browse: Browse, scene: Scene, clinic: experts.ServiceTerms
) -> None:
    desk = browse("expert")
    desk.submit("/desk/hours", **IN_PERSON_HOURS)
    day = clock.now().date() + timedelta(days=8 - clock.now().weekday())
    told = f"Weekly hours, Tuesday 08:00–11:00, only for: In person, {CLINIC}"
    for path in ("/desk/why", f"/admin/experts/{scene.expert}/why"):
        reader = desk if path == "/desk/why" else browse("support")
        spans = {
            service: reasons(reader.get(f"{path}?day={day}&service={service}").text)
            for service in (scene.service, clinic.id)
        }
        assert ("08:00–10:45", f"Not offered {told}") in spans[scene.service]
        assert ("08:00–10:00", f"Can be booked {told}") in spans[clinic.id]


def reasons(page: str) -> list[tuple[str, str]]:
    """The spans of a day: when, and what is said of it."""
    rows = re.findall(
        r'(?s)<li class="is-\w+"><span class="reason-at num">(.*?)</span>(.*?)</li>', page
    )
    return [(words(when).strip(), words(text).strip()) for when, text in rows]
