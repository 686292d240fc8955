"""Why an hour is offered or not; and that the explanation and the offer never disagree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cilis.domains import scheduling
from cilis.domains.experts import ServiceTerms
from cilis.domains.scheduling import (
    DayException,
    ExceptionKind,
    Place,
    Reason,
    Venue,
    WeeklyRule,
    engine,
)
from cilis.domains.scheduling.types import Entry, EntryKind
from cilis.infra.db import reading, transaction
from cilis.kit import clock, ids

EPOCH = date(1970, 1, 1)
HOUR = timedelta(hours=1)
ZONES = sorted(available_timezones() - {"localtime"})
quarters = st.integers(0, 96).map(lambda quarter: quarter * 15)
HELD = [("video", ""), ("phone", ""), ("in_person", "A"), ("in_person", "B")]
KEPT = st.sampled_from([("", ""), ("", ""), ("in_person", ""), *HELD])
spans = st.tuples(quarters, quarters).filter(lambda two: two[0] < two[1])


class TestAgainstTheEngine:
    """The slow explanation and the quick engine answer for every start of some days."""

    @settings(max_examples=150)
    @given(st.data())
    def test_in_any_zone_and_year(self, data: st.DataObject) -> None:
        zone = data.draw(st.sampled_from(ZONES))
        day = data.draw(st.one_of(*_days(zone, data.draw(st.integers(2020, 2040)))))
        diary, wish = _case(data, zone, day)
        slowly = [one for one in engine.explain_day(diary, wish, day) if one.is_free]
        assert [one.starts_at for one in slowly] == list(_quickly(diary, wish, day))


def _days(zone: str, year: int) -> Iterator[st.SearchStrategy[date]]:
    """Days of the year on which the zone's clock changes, and any others."""
    changes = engine.changes(zone, year)
    if changes:
        yield st.sampled_from(changes).map(
            lambda at: datetime.fromtimestamp(at - 1, ZoneInfo(zone)).date()
        )
    yield st.dates(date(year, 1, 2), date(year, 12, 30))


def _case(data: st.DataObject, zone: str, day: date) -> tuple[engine.Diary, engine.Wish]:
    near = st.sampled_from([day + timedelta(days=shift) for shift in (-1, 0, 1)])
    rules = data.draw(
        st.lists(
            st.builds(
                lambda weekday, span, since, kept: WeeklyRule(
                    weekday, *span, valid_from=since, mode=kept[0], place=kept[1]
                ),
                st.integers(0, 6), spans, st.one_of(st.none(), near), KEPT,
            ), max_size=6,
        )
    )  # fmt: skip
    special = data.draw(
        st.lists(
            st.builds(
                lambda when, span, kind, kept: DayException(when, *span, kind).kept_for(Venue(*kept))
                if kind is ExceptionKind.EXTRA else DayException(when, *span, kind),
                near, spans, st.sampled_from(ExceptionKind), KEPT,
            ), max_size=3,
        )
    )  # fmt: skip
    midnight = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    begins = data.draw(st.lists(st.integers(-300, 1700), max_size=4))
    taken = [
        Entry(
            EntryKind.TAKEN,
            midnight + timedelta(minutes=at),
            midnight + timedelta(minutes=at + data.draw(st.integers(1, 200))),
        )
        for at in begins
    ]
    notice = midnight + timedelta(minutes=data.draw(st.integers(-600, 1200)))
    diary = engine.Diary(
        ZoneInfo(zone), rules, special, taken, [one.starts_at for one in taken],
        step_minutes=data.draw(st.sampled_from([15, 30, 45, 60, 120])),
        most_per_day=data.draw(st.sampled_from([0, 0, 2])),
        most_per_week=data.draw(st.sampled_from([0, 0, 3])),
    )  # fmt: skip
    wish = engine.Wish(
        timedelta(minutes=data.draw(st.sampled_from([15, 30, 60, 150]))),
        timedelta(minutes=data.draw(st.sampled_from([0, 10]))),
        timedelta(minutes=data.draw(st.sampled_from([0, 25]))),
        now=notice - HOUR,
        earliest=notice,
        latest=midnight + timedelta(hours=data.draw(st.sampled_from([12, 48]))),
        venue=Venue(*data.draw(st.sampled_from(HELD))),
    )
    return diary, wish


def _quickly(diary: engine.Diary, wish: engine.Wish, day: date) -> Iterator[datetime]:
    def rows(values: list[tuple[int, ...]], width: int) -> engine.Ints:
        return np.array(values, dtype=np.int64).reshape(-1, width)

    def second(at: datetime) -> int:
        return int(at.timestamp())

    def number(one: date | None, otherwise: int) -> int:
        return (one - EPOCH).days if one else otherwise

    def bounds(first: date, days: int) -> tuple[int, int]:
        ends = first, first + timedelta(days=days)
        return tuple(second(datetime.combine(one, time(), diary.zone)) for one in ends)  # type: ignore[return-value]

    def scope(venue: Venue) -> int:
        mode = ["", "video", "phone", "in_person"].index(venue.mode)
        return engine.scope_of(mode, ["", "A", "B"].index(venue.place))

    monday = day - timedelta(days=day.weekday())
    within = {
        (first, length): sum(low <= second(one) < high for one in diary.sessions)
        for first, length in ((day, 1), (monday, 7))
        for low, high in [bounds(first, length)]
    }
    limits = (diary.most_per_day, diary.most_per_week)
    full = [
        (0, *bounds(first, length))
        for ((first, length), count), limit in zip(within.items(), limits, strict=True)
        if limit and count >= limit
    ]
    diaries = engine.Diaries(
        rows([
            (0, one.weekday, one.start_minute, one.end_minute,
             number(one.valid_from, engine.ALWAYS[0]), number(one.valid_until, engine.ALWAYS[1]))
            for one in diary.rules
        ], 6),
        rows([
            (0, number(one.day, 0), one.start_minute, one.end_minute,
             one.kind is ExceptionKind.EXTRA) for one in diary.exceptions
        ], 5),
        rows([(0, second(one.starts_at), second(one.ends_at)) for one in diary.taken], 3),
        [str(diary.zone)],
        rows(full, 3),
        engine.Only(
            np.array([scope(one.venue) for one in diary.rules], dtype=np.int64),
            np.array([scope(one.venue) for one in diary.exceptions], dtype=np.int64),
        ),
    )  # fmt: skip
    lengths = (int(one.total_seconds()) for one in (wish.length, wish.before, wish.after))
    asks = engine.Asks(
        *rows(
            [
                (
                    0,
                    *lengths,
                    diary.step_minutes * 60,
                    second(wish.earliest),
                    second(wish.latest),
                    scope(wish.venue),
                )
            ],
            8,
        ).T
    )
    for start in engine.free_starts(diaries, asks, *bounds(day, 1))[0].tolist():
        yield datetime.fromtimestamp(start, UTC)


@pytest.mark.parametrize("year", range(2020, 2041))
def test_nine_is_nine_in_every_zone(year: int) -> None:
    """C1: a rule of nine o'clock never moves, whatever a zone's clock does."""
    since, until = (int(datetime(one, 1, 1, tzinfo=UTC).timestamp()) for one in (year, year + 1))
    count = len(ZONES)
    rules = np.array(
        [(n, weekday, 540, 600, *engine.ALWAYS) for n in range(count) for weekday in range(7)]
    )
    nothing = np.empty((0, 5), dtype=np.int64), np.empty((0, 3), dtype=np.int64)
    column = np.ones(count, dtype=np.int64)
    asks = engine.Asks(
        np.arange(count), column * 3600, column * 0, column * 0, column * 900,
        column * since, column * until,
    )  # fmt: skip
    found = engine.free_starts(engine.Diaries(rules, *nothing, ZONES), asks, since, until)
    days = (until - since) // engine.DAY
    for zone, starts in zip(ZONES, found, strict=True):
        wall = ZoneInfo(zone)
        told = {
            (one.hour, one.minute)
            for one in (datetime.fromtimestamp(at, wall) for at in starts.tolist())
        }
        assert told == {(9, 0)}, zone
        assert abs(len(starts) - days) <= 1, zone


class TestReasons:
    def test_what_opens_an_hour(self, weekdays: ServiceTerms, monday: datetime) -> None:
        found = explain(weekdays, monday + 10 * HOUR)
        assert found.is_free
        assert [rule.weekday for rule in found.rules] == [0]

    def test_each_reason_is_named(self, weekdays: ServiceTerms, monday: datetime) -> None:
        expert = weekdays.expert_id
        day = monday.astimezone(ZoneInfo(weekdays.time_zone)).date()
        tuesday = day + timedelta(days=1)
        scheduling.add_exception(expert, DayException(day, 600, 660, ExceptionKind.OFF))
        scheduling.add_exception(expert, DayException(day, 1200, 1320, ExceptionKind.EXTRA))
        booking = ids.new()
        with transaction() as session:
            assert scheduling.claim(session, weekdays, monday + 15 * HOUR, booking)
        scheduling.set_limits(expert, step_minutes=15, most_per_day=0, most_per_week=0)

        off = explain(weekdays, monday + 10 * HOUR).against[0]
        assert off.reason is Reason.OFF
        assert off.exception
        assert (off.exception.day, off.exception.start_minute) == (day, 600)
        extra = explain(weekdays, monday + 20 * HOUR)
        assert extra.is_free
        assert [one.start_minute for one in extra.extra] == [1200]
        taken = explain(weekdays, monday + 15 * HOUR).against[0]
        assert (taken.reason, taken.holder_id) == (Reason.TAKEN, booking)
        assert reasons(weekdays, monday + 23 * HOUR) == [Reason.CLOSED]
        assert reasons(weekdays, monday + 13 * HOUR + timedelta(minutes=7)) == [Reason.GRID]
        assert reasons(weekdays, clock.now() - HOUR)[0] is Reason.PAST
        assert Reason.TOO_FAR in reasons(weekdays, clock.now() + timedelta(days=400))
        scheduling.set_limits(expert, step_minutes=15, most_per_day=1, most_per_week=1)
        full = explain(weekdays, monday + 9 * HOUR).against
        assert [(one.reason, one.limit) for one in full] == [
            (Reason.DAY_FULL, 1),
            (Reason.WEEK_FULL, 1),
        ]
        assert reasons(weekdays, monday + 33 * HOUR) == [Reason.WEEK_FULL]
        assert tuesday.weekday() == 1

    def test_a_holiday_is_told_by_its_name(self, weekdays: ServiceTerms) -> None:
        scheduling.take_holidays(weekdays.expert_id, Place("VN"), leave=set(), language="en")
        with reading() as session:
            hours = scheduling.hours(session, weekdays.expert_id)
            day = next(one for one in hours.exceptions if one.label and one.day.weekday() < 5)
            found = scheduling.explain_day(session, weekdays, day.day)
        at_ten = next(one for one in found if one.wall.hour == 10)
        told = next(one for one in at_ten.against if one.reason is Reason.HOLIDAY)
        assert told.exception
        assert told.exception.label == day.label

    def test_a_week_is_that_of_the_experts_clock(
        self, weekdays: ServiceTerms, monday: datetime
    ) -> None:
        rules = [WeeklyRule(weekday, 0, 1440) for weekday in range(7)]
        scheduling.set_week(weekdays.expert_id, rules, most_per_week=1)
        with transaction() as session:
            assert scheduling.claim(session, weekdays, monday + 100 * HOUR, ids.new())
        start = monday + 5 * HOUR  # Monday morning in Hà Nội, still Sunday in Greenwich
        assert start.date() < start.astimezone(ZoneInfo(weekdays.time_zone)).date()
        assert reasons(weekdays, start) == [Reason.WEEK_FULL]

    def test_a_calendar_elsewhere_is_named(self, weekdays: ServiceTerms, monday: datetime) -> None:
        source, other = ids.new(), ids.new()
        busy = scheduling.Outside(monday + 10 * HOUR, monday + 11 * HOUR, "theirs")
        with transaction() as session:
            scheduling.put_outside(session, weekdays.expert_id, source, "Work", [busy])
            closed = monday + 24 * HOUR
            scheduling.close_calendar(session, weekdays.expert_id, other, "Home", closed)
        told = explain(weekdays, monday + 10 * HOUR).against
        assert [(one.reason, one.source_id, one.label) for one in told] == [
            (Reason.OUTSIDE, source, "Work")
        ]
        told = explain(weekdays, monday + 34 * HOUR).against
        assert [(one.reason, one.source_id, one.label) for one in told] == [
            (Reason.UNREADABLE, other, "Home")
        ]

    def test_a_day_is_told_in_a_few_queries(self, weekdays: ServiceTerms, monday: datetime) -> None:
        with reading() as session:
            day = monday.astimezone(ZoneInfo(weekdays.time_zone)).date()
            found = scheduling.explain_day(session, weekdays, day)
            offered = scheduling.free_starts(session, weekdays, (monday, monday + 24 * HOUR))
        assert len(found) == 96
        assert [one.starts_at for one in found if one.is_free] == offered


class TestClocks:
    """Both told in the trace: the hour that does not exist, and the one that comes twice."""

    def test_an_hour_that_is_skipped(self) -> None:
        told = _night(date(2026, 3, 29))
        skipped = [one.wall for one in told if one.against[:1] and one.starts_at is None]
        assert [one.hour for one in skipped] == [2, 2, 2, 2]
        assert all(one.against[0].reason is Reason.SKIPPED for one in told if not one.starts_at)

    def test_an_hour_that_comes_twice(self) -> None:
        told = [one for one in _night(date(2026, 10, 25)) if one.wall.hour == 2]
        assert [one.wall.minute for one in told] == [0, 0, 15, 15, 30, 30, 45, 45]
        assert [one.is_free for one in told] == [True, False] * 4
        assert {one.against[0].reason for one in told if not one.is_free} == {Reason.REPEATED}


def _night(day: date) -> list[scheduling.Explanation]:
    rules = [WeeklyRule(weekday, 0, 1440) for weekday in range(7)]
    diary = engine.Diary(ZoneInfo("Europe/Berlin"), rules, [], [], [], 15)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    minutes = timedelta(minutes=15)
    wish = engine.Wish(minutes, timedelta(), timedelta(), now, now, now + timedelta(days=400))
    return list(engine.explain_day(diary, wish, day))


def explain(terms: ServiceTerms, starts_at: datetime) -> scheduling.Explanation:
    with reading() as session:
        return scheduling.explain(session, terms, starts_at)


def reasons(terms: ServiceTerms, starts_at: datetime) -> list[Reason]:
    return [one.reason for one in explain(terms, starts_at).against]
