"""Weeks in periods, limits of a day, exceptions that move, and what a calendar shows of it all."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cilis.domains import scheduling
from cilis.domains.experts import ServiceTerms
from cilis.domains.scheduling import (
    DayException,
    EntryKind,
    ExceptionKind,
    Period,
    WeeklyRule,
    engine,
    service,
)
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput

HOUR = timedelta(hours=1)
ALWAYS = Period()
SUMMER = Period(date(2027, 6, 1), date(2027, 8, 31))
WEEK = [WeeklyRule(0, 540, 720), WeeklyRule(1, 540, 720)]


def week_of(expert_id: UUID) -> tuple[WeeklyRule, ...]:
    with reading() as session:
        return scheduling.hours(session, expert_id).weekly


def claim(terms: ServiceTerms, starts_at: datetime) -> UUID | None:
    with transaction() as session:
        return scheduling.claim(session, terms, starts_at, ids.new())


def is_open(terms: ServiceTerms, starts_at: datetime, instead_of: UUID | None = None) -> bool:
    with reading() as session:
        return scheduling.is_open(session, terms, starts_at, instead_of=instead_of)


class TestPatterns:
    @pytest.fixture
    def expert_id(self, tenant: Tenant) -> UUID:
        del tenant
        made = ids.new()
        scheduling.set_pattern(made, None, ALWAYS, WEEK)
        return made

    def test_a_week_of_one_period_adds_to_the_usual_one(self, expert_id: UUID) -> None:
        evening = WeeklyRule(0, 1080, 1200)
        scheduling.set_pattern(expert_id, None, SUMMER, [evening])
        with reading() as session:
            found = scheduling.hours(session, expert_id).patterns
        assert [(one.period, list(one.rules)) for one in found] == [
            (ALWAYS, WEEK),
            (SUMMER, [evening.within(SUMMER)]),
        ]

    def test_instead_of_the_usual_one_it_cuts_it_in_two(self, expert_id: UUID) -> None:
        scheduling.set_pattern(expert_id, None, SUMMER, [WeeklyRule(0, 600, 700)], instead=True)
        with reading() as session:
            periods = [one.period for one in scheduling.hours(session, expert_id).patterns]
        assert periods == [
            Period(None, date(2027, 5, 31)),
            SUMMER,
            Period(date(2027, 9, 1), None),
        ]

    def test_only_the_named_week_is_replaced_and_what_stays_keeps_its_id(
        self, expert_id: UUID
    ) -> None:
        scheduling.set_pattern(expert_id, None, SUMMER, [WeeklyRule(0, 1080, 1200)])
        before = {rule: rule.id for rule in week_of(expert_id)}
        scheduling.set_pattern(expert_id, ALWAYS, ALWAYS, [WEEK[0]])
        after = week_of(expert_id)
        assert set(after) == {WEEK[0], WeeklyRule(0, 1080, 1200).within(SUMMER)}
        assert all(before[rule] == rule.id for rule in after)
        scheduling.set_pattern(expert_id, SUMMER, SUMMER, [])
        assert week_of(expert_id) == (WEEK[0],)

    def test_hours_that_hold_twice_are_refused(self, expert_id: UUID) -> None:
        with pytest.raises(InvalidInput) as refusal:
            scheduling.set_pattern(expert_id, None, SUMMER, [WeeklyRule(0, 700, 800)])
        assert refusal.value.fields == {"rules": ["overlapping"]}
        backwards = Period(SUMMER.until, SUMMER.since)
        with pytest.raises(InvalidInput):
            scheduling.set_pattern(expert_id, None, backwards, WEEK)
        assert week_of(expert_id) == tuple(WEEK)

    def test_two_who_save_at_once_leave_one_of_both_weeks(
        self, tenant: Tenant, expert_id: UUID
    ) -> None:
        weeks = [[WeeklyRule(day, 540 + 15 * who, 720) for day in range(7)] for who in range(4)]

        def save(who: int) -> None:
            with serving(tenant):
                for _ in range(5):
                    scheduling.set_week(expert_id, weeks[who])

        threads = [threading.Thread(target=save, args=(who,)) for who in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert list(week_of(expert_id)) in weeks


class TestRulesOneByOne:
    def test_added_changed_and_removed(self, tenant: Tenant) -> None:
        expert_id = ids.new()
        made = service.add_rule(expert_id, WEEK[0])
        service.add_rule(expert_id, WEEK[1])
        service.change_rule(expert_id, made, WeeklyRule(0, 600, 660, SUMMER.since))
        assert [rule.start_minute for rule in week_of(expert_id)] == [600, 540]
        with pytest.raises(InvalidInput):
            service.change_rule(expert_id, made, WEEK[1])
        service.remove_rule(expert_id, made)
        assert week_of(expert_id) == (WEEK[1],)

    def test_only_ones_own(self, tenant: Tenant) -> None:
        made = service.add_rule(ids.new(), WEEK[0])
        with pytest.raises(scheduling.RuleNotFound):
            service.change_rule(ids.new(), made, WEEK[1])
        with pytest.raises(scheduling.RuleNotFound):
            service.remove_rule(ids.new(), made)


class TestExceptions:
    def test_moved_and_turned(self, weekdays: ServiceTerms, monday: datetime) -> None:
        day = (monday + 7 * HOUR).date()
        off = DayException(day, 0, 1440, ExceptionKind.OFF)
        made = scheduling.add_exception(weekdays.expert_id, off)
        assert not is_open(weekdays, monday + 9 * HOUR)
        evening = DayException(day, 1080, 1200, ExceptionKind.EXTRA)
        scheduling.change_exception(weekdays.expert_id, made, evening)
        assert is_open(weekdays, monday + 9 * HOUR)
        assert is_open(weekdays, monday + 18 * HOUR)
        with pytest.raises(scheduling.ExceptionNotFound):
            scheduling.change_exception(ids.new(), made, off)

    @pytest.mark.parametrize(("days", "code"), [(-3, "day_is_over"), (40_000, "out_of_range")])
    def test_days_that_are_over_or_far_away_are_refused(
        self, tenant: Tenant, days: int, code: str
    ) -> None:
        day = (clock.now() + timedelta(days=days)).date()
        with pytest.raises(InvalidInput) as refusal:
            scheduling.add_exception(ids.new(), DayException(day, 0, 60, ExceptionKind.OFF))
        assert refusal.value.fields == {"day": [code]}


class TestMostPerDay:
    @pytest.fixture
    def two_a_day(self, weekdays: ServiceTerms) -> ServiceTerms:
        scheduling.set_limits(weekdays.expert_id, step_minutes=15, most_per_day=2, most_per_week=0)
        return weekdays

    def test_a_full_day_offers_nothing_more(
        self, two_a_day: ServiceTerms, monday: datetime
    ) -> None:
        first = claim(two_a_day, monday + 9 * HOUR)
        assert is_open(two_a_day, monday + 11 * HOUR)
        claim(two_a_day, monday + 16 * HOUR)
        window = monday - 24 * HOUR, monday + 48 * HOUR
        with reading() as session:
            found = scheduling.free_starts(session, two_a_day, window)
            assert not scheduling.is_offered(session, two_a_day, monday + 11 * HOUR)
        assert found[0] == monday + 33 * HOUR  # Tuesday; Monday is full, Sunday is closed
        assert not is_open(two_a_day, monday + 11 * HOUR)
        assert is_open(two_a_day, monday + 11 * HOUR, instead_of=first)  # a move within the day
        assert first
        with transaction() as session:
            scheduling.release(session, first)
        assert is_open(two_a_day, monday + 11 * HOUR)

    def test_of_many_at_once_only_so_many_get_in(
        self, tenant: Tenant, two_a_day: ServiceTerms, monday: datetime
    ) -> None:
        won: list[datetime] = []

        def take(place: int) -> None:
            start = monday + (9 + place) * HOUR
            with serving(tenant), transaction() as session:
                if scheduling.is_open(session, two_a_day, start) and scheduling.claim(
                    session, two_a_day, start, ids.new()
                ):
                    won.append(start)

        threads = [threading.Thread(target=take, args=(place,)) for place in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert len(won) == 2

    def test_odd_limits_are_refused(self, tenant: Tenant) -> None:
        for name, most in [("day", -1), ("day", 51), ("week", -1), ("week", 251)]:
            limits = {"most_per_day": 0, "most_per_week": 0} | {f"most_per_{name}": most}
            with pytest.raises(InvalidInput) as refusal:
                scheduling.set_limits(ids.new(), step_minutes=15, **limits)
            assert refusal.value.fields == {f"most_per_{name}": ["out_of_range"]}


class TestMostPerWeek:
    @pytest.fixture
    def three_a_week(self, weekdays: ServiceTerms) -> ServiceTerms:
        scheduling.set_limits(weekdays.expert_id, step_minutes=15, most_per_day=2, most_per_week=3)
        return weekdays

    def test_a_full_week_offers_nothing_more(
        self, three_a_week: ServiceTerms, monday: datetime
    ) -> None:
        claim(three_a_week, monday + 9 * HOUR)
        claim(three_a_week, monday + 16 * HOUR)
        last = claim(three_a_week, monday + 33 * HOUR)  # on Tuesday
        friday = monday + (4 * 24 + 9) * HOUR
        with reading() as session:
            week = scheduling.free_starts(session, three_a_week, (monday, monday + 168 * HOUR))
            # A question about Friday alone has to know of Monday.
            alone = scheduling.free_starts(session, three_a_week, (friday, friday + HOUR))
            after = scheduling.next_starts(session, [three_a_week], 1, after=monday)
            assert not scheduling.is_offered(session, three_a_week, friday)
        assert week == alone == []
        assert after[three_a_week.id] == [monday + (7 * 24 + 9) * HOUR]
        assert not is_open(three_a_week, friday)
        assert is_open(three_a_week, friday, instead_of=last)  # a move within the week
        with transaction() as session:
            scheduling.release(session, last)
        assert is_open(three_a_week, friday)


class TestEntries:
    def test_a_day_shows_hours_exceptions_and_what_is_taken(
        self, weekdays: ServiceTerms, monday: datetime
    ) -> None:
        day = (monday + 7 * HOUR).date()
        off = DayException(day, 600, 660, ExceptionKind.OFF)
        made = scheduling.add_exception(weekdays.expert_id, off)
        holder = ids.new()
        with transaction() as session:
            scheduling.claim(session, weekdays, monday + 14 * HOUR, holder)
        with reading() as session:
            window = monday, monday + 24 * HOUR
            found = scheduling.entries(session, weekdays.expert_id, weekdays.time_zone, window)
        assert [(one.kind, one.starts_at - monday, one.ends_at - monday) for one in found] == [
            (EntryKind.OPEN, 9 * HOUR, 10 * HOUR),
            (EntryKind.OFF, 10 * HOUR, 11 * HOUR),
            (EntryKind.OPEN, 11 * HOUR, 17 * HOUR),
            (EntryKind.TAKEN, 14 * HOUR, 15 * HOUR),
        ]
        assert (found[1].id, found[3].holder_id) == (made, holder)

    def test_another_expert_has_another_calendar(
        self, weekdays: ServiceTerms, monday: datetime
    ) -> None:
        claim(weekdays, monday + 9 * HOUR)
        with reading() as session:
            window = monday, monday + 24 * HOUR
            assert scheduling.entries(session, ids.new(), weekdays.time_zone, window) == []


spans = st.lists(
    st.tuples(st.integers(0, 96), st.integers(1, 96)).map(
        lambda pair: (min(pair) * 15, max(pair) * 15 + 15)
    ),
    max_size=4,
).map(lambda found: [(low, min(high, 1440)) for low, high in found if low < min(high, 1440)])


@given(spans, spans, spans)
def test_the_days_shown_are_the_days_offered(
    rules: list[engine.Span], off: list[engine.Span], extra: list[engine.Span]
) -> None:
    day = (date(2026, 11, 23) - date(1970, 1, 1)).days
    special = [(0, day, *span, 0) for span in off] + [(0, day, *span, 1) for span in extra]
    diaries = engine.Diaries(
        np.array([(0, 0, *span, *engine.ALWAYS) for span in rules], np.int64).reshape(-1, 6),
        np.array(special, np.int64).reshape(-1, 5),
        np.empty((0, 3), dtype=np.int64),
        ["UTC"],
    )
    since = day * engine.DAY
    quarter = engine.Asks(*(np.array([one]) for one in (0, 900, 0, 0, 900, since, since * 2)))
    starts = engine.free_starts(diaries, quarter, since, since + engine.DAY)[0]
    shown = [
        minute
        for low, high in engine.open_spans(rules, off, extra)
        for minute in range(low, high, 15)
    ]
    assert [(start - since) // 60 for start in starts.tolist()] == shown


def test_what_is_left_of_a_period() -> None:
    day = date(2027, 1, 10)
    whole = Period()
    assert whole.without(whole) == []
    assert whole.without(Period(day, day)) == [
        Period(None, day - timedelta(days=1)),
        Period(day + timedelta(days=1), None),
    ]
    assert Period(day, day).without(Period(day + timedelta(days=1))) == [Period(day, day)]


def test_rules_know_their_days() -> None:
    monday = date(2027, 6, 7)
    rule = WeeklyRule(0, 540, 600).within(SUMMER)
    assert rule.holds_on(monday)
    assert not rule.holds_on(monday + timedelta(days=1))
    assert not rule.holds_on(monday - timedelta(days=7))
