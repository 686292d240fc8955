"""Public holidays: taken, left, kept up, and never against what an expert said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from cilis.domains import experts, scheduling
from cilis.domains.scheduling import ExceptionKind, Place, service
from cilis.domains.scheduling.engine import countries, holidays_of, is_known, regions
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.testing.scene import Scene, open_scene

BERLIN = Place("DE", "BE")
VIETNAM = Place("VN")


@pytest.fixture
def scene(tenant: Tenant) -> Iterator[Scene]:
    del tenant
    yield open_scene()
    clock.set_distance(timedelta())


def hours(scene: Scene) -> scheduling.Hours:
    with reading() as session:
        return scheduling.hours(session, scene.expert)


def taken(scene: Scene) -> dict[date, str]:
    return {one.day: one.label for one in hours(scene).exceptions if one.label}


def test_names_come_in_the_language_that_is_asked_for_where_there_is_one() -> None:
    day = date(2027, 10, 3)
    assert [one.name for one in holidays_of(BERLIN, day, day, "de")] == [
        "Tag der Deutschen Einheit"
    ]
    assert [one.name for one in holidays_of(BERLIN, day, day, "en")] == ["German Unity Day"]
    (national,) = holidays_of(VIETNAM, date(2027, 9, 2), date(2027, 9, 2), "vi")
    assert national.name == "Quốc khánh"


def test_a_region_has_its_own() -> None:
    women = date(2027, 3, 8)
    assert holidays_of(BERLIN, women, women, "de")
    assert not holidays_of(Place("DE", "BY"), women, women, "de")
    assert regions("DE")["BY"] == "Bayern"
    assert regions("XX") == {}
    assert {"DE", "VN", "US"} <= set(countries())
    assert is_known(BERLIN)
    assert not is_known(Place("DE", "ZZ"))
    assert not is_known(Place("XX"))


def test_holidays_are_days_off_but_those_on_which_somebody_works(scene: Scene) -> None:
    coming = holidays_of(BERLIN, clock.now().date(), clock.now().date() + timedelta(430), "de")
    works_on = coming[0].day
    scheduling.take_holidays(scene.expert, BERLIN, leave={works_on}, language="de")
    found = taken(scene)
    assert works_on not in found
    assert set(found) == {one.day for one in coming} - {works_on}
    assert hours(scene).holidays_of == BERLIN
    assert all(
        (one.start_minute, one.end_minute, one.kind) == (0, 1440, ExceptionKind.OFF)
        for one in hours(scene).exceptions
        if one.label
    )


def test_nothing_is_free_on_a_holiday_and_all_is_as_before_when_it_is_given_up(
    scene: Scene,
) -> None:
    with reading() as session:
        terms = experts.service_terms(session, scene.service)
        first = scheduling.free_starts(
            session, terms, (clock.now(), clock.now() + timedelta(days=50))
        )
    zone = ZoneInfo(terms.time_zone)
    day = first[len(first) // 2].astimezone(zone).date()
    place = next(
        Place(country)
        for country in countries()
        if any(one.day == day for one in holidays_of(Place(country), day, day, "en"))
    )
    scheduling.take_holidays(scene.expert, place)
    begin = datetime.combine(day, time(), zone).astimezone(UTC)
    with reading() as session:
        assert not scheduling.free_starts(session, terms, (begin, begin + timedelta(days=1)))
    scheduling.take_holidays(scene.expert, None)
    assert taken(scene) == {}
    assert hours(scene).holidays_of is None
    with reading() as session:
        again = scheduling.free_starts(session, terms, (first[0], first[-1] + timedelta(minutes=1)))
    assert again == first


def test_another_place_takes_the_holidays_of_the_first_away_but_no_day_of_ones_own(
    scene: Scene,
) -> None:
    own = clock.now().date() + timedelta(days=20)
    scheduling.add_exception(scene.expert, scheduling.DayException(own, 0, 1440, ExceptionKind.OFF))
    scheduling.take_holidays(scene.expert, BERLIN, language="de")
    scheduling.take_holidays(scene.expert, VIETNAM, language="vi")
    names = set(taken(scene).values())
    assert "Quốc khánh" in names
    assert "Tag der Deutschen Einheit" not in names
    assert own in {one.day for one in hours(scene).exceptions if not one.label}
    scheduling.take_holidays(scene.expert, VIETNAM, language="vi")
    assert len(taken(scene)) == len({one.day for one in hours(scene).exceptions if one.label})


def test_what_comes_into_sight_is_added_once_and_what_was_left_stays_left(scene: Scene) -> None:
    coming = holidays_of(BERLIN, clock.now().date(), clock.now().date() + timedelta(430), "de")
    left = coming[-1].day
    scheduling.take_holidays(scene.expert, BERLIN, leave={left}, language="de")
    before = taken(scene)
    assert service.keep_up_holidays("de") == 0
    clock.set_distance(timedelta(days=200))
    assert service.keep_up_holidays("de") == 1
    assert service.keep_up_holidays("de") == 0
    after = taken(scene)
    horizon = clock.now().date() + timedelta(days=430)
    assert left not in after
    assert max(after) > max(before)
    new = {day for day in after if day not in before}
    assert new == {
        one.day for one in holidays_of(BERLIN, coming[-1].day + timedelta(1), horizon, "de")
    }


@pytest.mark.parametrize(
    ("place", "field"),
    [(Place("XX"), "country"), (Place("DE", "ZZ"), "region"), (Place("de"), "country")],
)
def test_an_unknown_place_is_refused_by_its_field(scene: Scene, place: Place, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        scheduling.take_holidays(scene.expert, place)
    assert refused.value.fields == {field: ["not_a_choice"]}
    assert taken(scene) == {}


def test_a_changed_holiday_is_a_day_of_ones_own(scene: Scene) -> None:
    scheduling.take_holidays(scene.expert, VIETNAM, language="vi")
    one = next(one for one in hours(scene).exceptions if one.label)
    assert one.id is not None
    evening = scheduling.DayException(one.day, 1080, 1260, ExceptionKind.EXTRA)
    scheduling.change_exception(scene.expert, one.id, evening)
    scheduling.take_holidays(scene.expert, None)
    assert [each.day for each in hours(scene).exceptions] == [one.day]
