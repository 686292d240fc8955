"""Why (not)? A day in words, for the expert and for staff; nobody else reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from tests.web.pages.conftest import words

from cilis.domains import scheduling
from cilis.domains.bookings import Booking
from cilis.domains.scheduling import DayException, ExceptionKind, WeeklyRule
from cilis.infra.db import reading, transaction
from cilis.kit import clock
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]
Booked = Callable[..., Booking]


def nine_to_noon(scene: Scene) -> None:
    rules = [WeeklyRule(weekday, 540, 720) for weekday in range(7)]
    scheduling.set_week(scene.expert, rules, step_minutes=15)


def test_a_day_is_told_span_by_span(browse: Browse, scene: Scene, booked: Booked) -> None:
    booking = booked(30)
    day = (booking.starts_at + timedelta(hours=7)).date()  # in Hà Nội
    page = browse("expert").get(f"/desk/why?service={scene.service}&day={day}").text
    assert f'href="/bookings/{booking.id}"' in page
    assert "Session with Alpha Client" in words(page)
    assert "Can be booked" in page


def test_hours_and_exceptions_lead_to_where_they_are_changed(browse: Browse, scene: Scene) -> None:
    nine_to_noon(scene)
    day = (clock.now() + timedelta(days=3)).date()
    scheduling.add_exception(scene.expert, DayException(day, 600, 660, ExceptionKind.OFF))
    page = browse("expert").get(f"/desk/why?day={day}").text
    assert re.search(r'href="/desk/hours#exceptions"[^>]*>Time off, 10:00–11:00', page)
    assert re.search(r'href="/desk/hours"[^>]*>Weekly hours, \w+ 09:00–12:00', page)
    assert "Outside the working hours" in page
    with reading() as session:
        zone = scheduling.explain_day(
            session, scheduling.terms_to_explain(session, scene.service, scene.viewer("admin")), day
        )
    free = [one.wall.strftime("%H:%M") for one in zone if one.is_free]
    assert words(page).count("Can be booked") == 2  # before the time off, and after it
    assert free[0] == "09:00"
    assert free[-1] in page


@pytest.mark.parametrize(
    ("day", "walls", "told"),
    [
        ("2027-03-28", "02:00–02:45", "This time does not exist on this day"),
        ("2027-10-31", "02:00–02:45", "This hour comes twice on this day"),
    ],
)
def test_a_day_on_which_the_clock_changes(
    browse: Browse, scene: Scene, day: str, walls: str, told: str
) -> None:
    with transaction() as session:
        session.execute(sa.text("UPDATE experts SET time_zone = 'Europe/Berlin'"))
    del scene
    page = words(browse("expert").get(f"/desk/why?day={day}").text)
    before, _, after = page.partition(told)
    assert after
    assert f"{walls} Not offered" in before[-100:]  # other reasons may stand between


def test_limits_and_what_is_too_soon_or_too_far(browse: Browse, scene: Scene) -> None:
    desk = browse("expert")
    far = (clock.now() + timedelta(days=900)).date()
    assert "Too far" in desk.get(f"/desk/why?day={far}").text
    past = (clock.now() - timedelta(days=9)).date()
    assert "Already over" in desk.get(f"/desk/why?day={past}").text


def test_a_day_that_is_none_is_said_so(browse: Browse, scene: Scene) -> None:
    del scene
    desk = browse("expert")
    for wrong in ("yesterday", "2026-02-31", "1999-12-31", "%00"):
        page = desk.get(f"/desk/why?day={wrong}")
        assert page.status_code == 200
        assert 'class="error"' in page.text


def test_staff_reads_it_from_the_person(browse: Browse, scene: Scene) -> None:
    for role in ("admin", "support"):
        staff = browse(role)
        why = f"/admin/experts/{scene.expert}/why"
        assert why in staff.get(f"/admin/people/{scene.expert_person}").text
        soon = (clock.now() + timedelta(days=2)).date()  # of today all may be over
        assert "Can be booked" in staff.get(f"{why}?day={soon}").text
        assert "/desk/hours" not in staff.get(why).text
        assert staff.get(f"/admin/experts/{scene.client}/why").status_code == 404
    assert browse("client").get(f"/admin/experts/{scene.expert}/why").status_code == 403


def test_the_number_of_queries_is_constant(
    browse: Browse, scene: Scene, booked: Booked, queries: list[str]
) -> None:
    del scene
    desk = browse("expert")
    desk.get("/desk/why")  # what a process reads once is read
    counts = []
    for place in (30, 34, 38):
        day = (booked(place).starts_at + timedelta(hours=7)).date()
        queries.clear()
        desk.get(f"/desk/why?day={day}")
        counts.append(len(queries))
    assert len(set(counts)) == 1
