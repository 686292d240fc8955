"""Hours that are kept for one way of meeting, or one place of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from tests.domains.experts.conftest import organization, service_wish
from tests.domains.search.conftest import expert

from cilis.domains import experts, scheduling
from cilis.domains.experts import ServiceMode, ServiceTerms
from cilis.domains.scheduling import (
    EVERYTHING,
    DayException,
    EntryKind,
    ExceptionKind,
    Period,
    Reason,
    Venue,
    WeeklyRule,
    service,
)
from cilis.domains.tenants import Organization
from cilis.infra import db
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput

__all__ = ["organization"]

Terms = Callable[..., ServiceTerms]
HOUR = timedelta(hours=1)
CLINIC, SCHOOL = "12 Lê Lợi, Huế", "3 Trần Phú, Đà Nẵng"
IN_PERSON = Venue("in_person")
AT_THE_CLINIC = Venue("in_person", CLINIC)
AT_THE_SCHOOL = Venue("in_person", SCHOOL)


@pytest.fixture
def video(tenant: Tenant, terms: Terms) -> ServiceTerms:
    del tenant
    return terms()


@pytest.fixture
def clinic(video: ServiceTerms) -> ServiceTerms:
    """Of the same expert, in person at one place."""
    return replace(video, id=ids.new(), mode=ServiceMode.IN_PERSON, place=CLINIC)


@pytest.fixture
def school(video: ServiceTerms) -> ServiceTerms:
    """Of the same expert, in person at another place."""
    return replace(video, id=ids.new(), mode=ServiceMode.IN_PERSON, place=SCHOOL)


@pytest.fixture
def phone(video: ServiceTerms) -> ServiceTerms:
    return replace(video, id=ids.new(), mode=ServiceMode.PHONE)


def monday_rule(start: int, end: int, venue: Venue = EVERYTHING) -> WeeklyRule:
    return WeeklyRule(0, start * 60, end * 60).kept_for(venue)


def keep(
    terms: ServiceTerms, *rules: WeeklyRule, exceptions: tuple[DayException, ...] = ()
) -> None:
    """Set the week as a pack does: places need no services of the expert in the database."""
    with transaction() as session:
        scheduling.import_hours(session, terms.expert_id, rules, exceptions, step_minutes=60)


def day_of(terms: ServiceTerms, instant: datetime) -> date:
    return instant.astimezone(ZoneInfo(terms.time_zone)).date()


def free(terms: ServiceTerms, monday: datetime) -> list[int]:
    """The hours of the Monday at which a service may begin; all that are asked agree."""
    with reading() as session:
        found = scheduling.free_starts(session, terms, (monday, monday + 24 * HOUR))
        told = scheduling.explain_day(session, terms, day_of(terms, monday))
        assert [one.starts_at for one in told if one.is_free] == found
        for hour in range(24):
            start = monday + hour * HOUR
            assert scheduling.is_offered(session, terms, start) == (start in found)
            if not any(one.reason is Reason.TAKEN for one in told[hour].against):
                assert scheduling.is_open(session, terms, start) == (start in found)
        upcoming = scheduling.next_starts(session, [terms], 30, monday, 1)
        assert upcoming[terms.id] == found
    return [round((one - monday) / HOUR) for one in found]


def against(terms: ServiceTerms, starts_at: datetime) -> list[scheduling.Because]:
    with reading() as session:
        return list(scheduling.explain(session, terms, starts_at).against)


@contextmanager
def counted() -> Iterator[list[str]]:
    found: list[str] = []

    def count(*arguments: object) -> None:
        found.append(str(arguments[2]))

    sa.event.listen(db.engine(), "before_cursor_execute", count)
    try:
        yield found
    finally:
        sa.event.remove(db.engine(), "before_cursor_execute", count)


class TestFreeTimes:
    def test_hours_for_one_mode_are_offered_for_it_alone(
        self,
        video: ServiceTerms,
        phone: ServiceTerms,
        clinic: ServiceTerms,
        school: ServiceTerms,
        monday: datetime,
    ) -> None:
        keep(
            video,
            monday_rule(8, 10),
            monday_rule(10, 12, IN_PERSON),
            monday_rule(13, 15, AT_THE_CLINIC),
            monday_rule(15, 17, Venue("video")),
        )
        assert free(video, monday) == [8, 9, 15, 16]
        assert free(phone, monday) == [8, 9]
        assert free(clinic, monday) == [8, 9, 10, 11, 13, 14]
        assert free(school, monday) == [8, 9, 10, 11]

    def test_a_session_may_cross_from_common_hours_into_its_own(
        self, video: ServiceTerms, clinic: ServiceTerms, monday: datetime
    ) -> None:
        keep(video, monday_rule(8, 9), monday_rule(9, 10, IN_PERSON))
        long = timedelta(hours=2)
        assert free(replace(clinic, length=long), monday) == [8]
        assert free(replace(video, length=long), monday) == []

    def test_one_time_may_be_kept_for_two_ways(
        self, video: ServiceTerms, phone: ServiceTerms, clinic: ServiceTerms, monday: datetime
    ) -> None:
        keep(video, monday_rule(8, 10, Venue("video")), monday_rule(9, 11, AT_THE_CLINIC))
        assert free(video, monday) == [8, 9]
        assert free(clinic, monday) == [9, 10]
        assert free(phone, monday) == []
        with transaction() as session:
            assert scheduling.claim(session, video, monday + 9 * HOUR, ids.new())
        assert free(clinic, monday) == [10]  # one person, whatever the way

    def test_extra_hours_for_one_place_win_over_a_day_off_there_alone(
        self, video: ServiceTerms, clinic: ServiceTerms, school: ServiceTerms, monday: datetime
    ) -> None:
        day = day_of(video, monday)
        keep(
            video,
            monday_rule(8, 12),
            exceptions=(
                DayException(day, 0, 1440, ExceptionKind.OFF),
                DayException(day, 540, 660, ExceptionKind.EXTRA).kept_for(AT_THE_CLINIC),
            ),
        )
        assert free(video, monday) == []
        assert free(school, monday) == []
        assert free(clinic, monday) == [9, 10]

    def test_only_the_expert_who_keeps_hours_is_concerned(
        self, video: ServiceTerms, terms: Terms, monday: datetime
    ) -> None:
        other = terms()
        keep(video, monday_rule(8, 10, IN_PERSON))
        keep(other, monday_rule(8, 10))
        with reading() as session:
            found = scheduling.next_starts(session, [video, other], 5, monday, 1)
        assert found[video.id] == []
        assert found[other.id] == [monday + 8 * HOUR, monday + 9 * HOUR]

    def test_one_query_however_many_ways_are_asked_for(
        self,
        video: ServiceTerms,
        phone: ServiceTerms,
        clinic: ServiceTerms,
        school: ServiceTerms,
        monday: datetime,
    ) -> None:
        keep(
            video,
            monday_rule(8, 9),
            monday_rule(9, 10, IN_PERSON),
            monday_rule(10, 11, AT_THE_SCHOOL),
        )
        with reading() as session, counted() as queries:
            found = scheduling.next_starts(session, [video, phone, clinic, school], 9, monday, 1)
        assert len(queries) == 1
        assert [len(found[one.id]) for one in (video, phone, clinic, school)] == [1, 1, 2, 3]

    def test_a_mode_that_this_release_does_not_know_is_for_nobody(
        self, video: ServiceTerms, clinic: ServiceTerms, monday: datetime
    ) -> None:
        keep(video, monday_rule(8, 9), monday_rule(9, 10, IN_PERSON))
        with transaction() as session:
            session.execute(sa.text("UPDATE weekly_rules SET mode = 'hologram' WHERE mode <> ''"))
        assert free(video, monday) == [8]
        assert free(clinic, monday) == [8]

    def test_limits_count_every_way(
        self, video: ServiceTerms, clinic: ServiceTerms, monday: datetime
    ) -> None:
        keep(video, monday_rule(8, 10), monday_rule(10, 12, IN_PERSON))
        scheduling.set_limits(video.expert_id, step_minutes=60, most_per_day=1, most_per_week=0)
        with transaction() as session:
            assert scheduling.claim(session, clinic, monday + 11 * HOUR, ids.new())
        with reading() as session:
            assert not scheduling.is_open(session, video, monday + 8 * HOUR)


class TestReasons:
    def test_hours_for_another_mode_are_named(
        self, video: ServiceTerms, clinic: ServiceTerms, school: ServiceTerms, monday: datetime
    ) -> None:
        day = day_of(video, monday)
        keep(
            video,
            monday_rule(8, 10, AT_THE_CLINIC),
            exceptions=(DayException(day, 900, 960, ExceptionKind.EXTRA).kept_for(IN_PERSON),),
        )
        for terms in (video, school):
            (why,) = against(terms, monday + 8 * HOUR)
            assert why.reason is Reason.OTHER_VENUE
            assert why.rule
            assert (why.rule.start_minute, why.venue) == (480, AT_THE_CLINIC)
        (why,) = against(video, monday + 15 * HOUR)
        assert why.reason is Reason.OTHER_VENUE
        assert why.exception
        assert (why.exception.day, why.venue) == (day, IN_PERSON)
        assert not against(clinic, monday + 8 * HOUR)
        assert [why.reason for why in against(video, monday + 20 * HOUR)] == [Reason.CLOSED]

    def test_a_session_that_runs_into_them_is_told_so_too(
        self, video: ServiceTerms, monday: datetime
    ) -> None:
        keep(video, monday_rule(8, 9), monday_rule(9, 10, IN_PERSON))
        (why,) = against(replace(video, length=2 * HOUR), monday + 8 * HOUR)
        assert (why.reason, why.at) == (Reason.OTHER_VENUE, monday + 9 * HOUR)

    def test_what_opens_an_hour_is_only_what_is_for_it(
        self, clinic: ServiceTerms, monday: datetime
    ) -> None:
        keep(clinic, monday_rule(8, 10, Venue("video")), monday_rule(8, 10, AT_THE_CLINIC))
        with reading() as session:
            found = scheduling.explain(session, clinic, monday + 8 * HOUR)
        assert [one.venue for one in found.rules] == [AT_THE_CLINIC]


class TestCalendar:
    def test_hours_for_one_way_stand_apart_as_far_as_not_all_is_open(
        self, video: ServiceTerms, monday: datetime
    ) -> None:
        day = day_of(video, monday)
        keep(
            video,
            monday_rule(8, 10),
            monday_rule(12, 15, IN_PERSON),
            exceptions=(
                DayException(day, 540, 660, ExceptionKind.EXTRA).kept_for(Venue("phone")),
                DayException(day, 840, 900, ExceptionKind.OFF),
            ),
        )
        with reading() as session:
            window = monday, monday + 24 * HOUR
            found = scheduling.entries(session, video.expert_id, video.time_zone, window)
        opened = [
            (one.start_minute, one.end_minute, one.venue)
            for one in found
            if one.kind is EntryKind.OPEN
        ]
        assert opened == [
            (480, 600, EVERYTHING),
            (600, 660, Venue("phone")),
            (720, 840, IN_PERSON),
        ]
        assert [one.venue for one in found if one.kind is EntryKind.EXTRA] == [Venue("phone")]


class TestWriting:
    @pytest.fixture
    def minh(self, organization: Organization) -> UUID:
        """Holds sessions by video, and in person at the clinic."""
        del organization
        services = [
            service_wish(),
            service_wish(mode=ServiceMode.IN_PERSON, place=CLINIC),
        ]
        return expert("Minh", hours=[], topics=(), services=services)

    def test_a_pattern_has_its_venue_and_keeps_it(self, minh: UUID) -> None:
        usual = [WeeklyRule(0, 480, 720)]
        apart = [WeeklyRule(1, 480, 720).kept_for(AT_THE_CLINIC)]
        scheduling.set_week(minh, usual)
        scheduling.set_pattern(minh, None, Period(), apart)
        patterns = hours_of(minh).patterns
        assert [(one.period, one.venue) for one in patterns] == [
            (Period(), EVERYTHING),
            (Period(), AT_THE_CLINIC),
        ]
        changed = [WeeklyRule(1, 480, 720).kept_for(IN_PERSON)]
        scheduling.set_pattern(minh, Period(), Period(), changed, was_for=AT_THE_CLINIC)
        assert [one.venue for one in hours_of(minh).patterns] == [EVERYTHING, IN_PERSON]
        scheduling.set_pattern(minh, Period(), Period(), [], was_for=IN_PERSON)
        assert list(hours_of(minh).weekly) == usual

    def test_instead_pauses_what_is_kept_for_one_place_and_gives_it_back(self, minh: UUID) -> None:
        scheduling.set_week(minh, [WeeklyRule(1, 480, 720).kept_for(AT_THE_CLINIC)])
        summer = Period(date(2027, 6, 1), date(2027, 8, 31))
        scheduling.set_pattern(minh, None, summer, [WeeklyRule(1, 480, 540)], instead=True)
        assert [(one.period, one.venue) for one in hours_of(minh).patterns] == [
            (Period(None, date(2027, 5, 31)), AT_THE_CLINIC),
            (summer, EVERYTHING),
            (Period(date(2027, 9, 1), None), AT_THE_CLINIC),
        ]

    @pytest.mark.parametrize(
        ("one", "other", "clash"),
        [
            (EVERYTHING, IN_PERSON, True),
            (IN_PERSON, AT_THE_CLINIC, True),
            (AT_THE_CLINIC, AT_THE_CLINIC, True),
            (Venue("video"), AT_THE_CLINIC, False),
            (Venue("video"), Venue("phone"), False),
        ],
    )
    def test_hours_overlap_only_where_a_session_could_use_both(
        self, minh: UUID, one: Venue, other: Venue, *, clash: bool
    ) -> None:
        rules = [monday_rule(8, 10, one), monday_rule(9, 11, other)]
        if not clash:
            scheduling.set_week(minh, rules)
            assert {rule.venue for rule in hours_of(minh).weekly} == {one, other}
            return
        with pytest.raises(InvalidInput) as refusal:
            scheduling.set_week(minh, rules)
        assert refusal.value.fields == {"rules": ["overlapping"]}

    @pytest.mark.parametrize(
        ("venue", "field", "code"),
        [
            (Venue("telepathy"), "mode", "not_a_choice"),
            (Venue("video", CLINIC), "place", "in_person_only"),
            (Venue("", CLINIC), "place", "in_person_only"),
            (AT_THE_SCHOOL, "place", "not_a_choice"),
        ],
    )
    def test_what_cannot_be_is_refused_by_its_field(
        self, minh: UUID, monday: datetime, venue: Venue, field: str, code: str
    ) -> None:
        rule = monday_rule(8, 10, venue)
        extra = DayException(monday.date(), 480, 600, ExceptionKind.EXTRA).kept_for(venue)
        writes: list[tuple[str, Callable[[], object]]] = [
            (f"rules.0.{field}", lambda: scheduling.set_week(minh, [rule])),
            (field, lambda: scheduling.set_pattern(minh, None, Period(), [rule])),
            (field, lambda: scheduling.add_exception(minh, extra)),
        ]
        for name, write in writes:
            with pytest.raises(InvalidInput) as refusal:
                write()
            assert refusal.value.fields == {name: [code]}
        assert not hours_of(minh).weekly
        assert not hours_of(minh).exceptions

    def test_hours_off_are_off_for_everything(self, minh: UUID, monday: datetime) -> None:
        off = DayException(monday.date(), 480, 600, ExceptionKind.OFF).kept_for(IN_PERSON)
        with pytest.raises(InvalidInput) as refusal:
            scheduling.add_exception(minh, off)
        assert refusal.value.fields == {"mode": ["extra_hours_only"]}

    def test_hours_at_a_place_that_a_service_has_left_may_stay(self, minh: UUID) -> None:
        kept = WeeklyRule(1, 480, 720).kept_for(AT_THE_CLINIC)
        scheduling.set_week(minh, [kept])
        day = clock.now().date() + timedelta(days=3)
        extra = DayException(day, 480, 600, ExceptionKind.EXTRA).kept_for(AT_THE_CLINIC)
        made = scheduling.add_exception(minh, extra)
        with transaction() as session:
            session.execute(sa.text("UPDATE services SET place = :new"), {"new": SCHOOL})
        scheduling.set_week(minh, [kept, WeeklyRule(2, 480, 720)])
        service.change_rule(
            minh, hours_of(minh).weekly[0].id or minh, replace(kept, end_minute=660)
        )
        scheduling.change_exception(minh, made, replace(extra, end_minute=660))
        assert [one.end_minute for one in hours_of(minh).exceptions] == [660]
        with pytest.raises(InvalidInput):
            scheduling.add_exception(minh, extra)
        with reading() as session:
            assert experts.places_of(session, minh) == {SCHOOL}

    def test_weeks_without_places_ask_no_more_than_they_did(self, minh: UUID) -> None:
        with counted() as plain:
            scheduling.set_week(minh, [WeeklyRule(0, 480, 720)])
        with counted() as kept:
            scheduling.set_week(minh, [WeeklyRule(0, 480, 720).kept_for(IN_PERSON)])
        assert not any("FROM services" in one for one in [*plain, *kept])


def hours_of(expert_id: UUID) -> scheduling.Hours:
    with reading() as session:
        return scheduling.hours(session, expert_id)
