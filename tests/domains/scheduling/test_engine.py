"""The engine against an obvious, slow second implementation, minute by minute."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cilis.domains.scheduling import engine

EPOCH = date(1970, 1, 1)
MINUTE = 60
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Ho_Chi_Minh",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Santiago",
    "Asia/Beirut",
    "Africa/Cairo",
]


@dataclass(frozen=True)
class Case:
    """One expert, one service, one window; times are whole seconds."""

    zone: str
    rules: tuple[tuple[int, int, int, int, int], ...]
    exceptions: tuple[tuple[int, int, int, bool], ...]
    busy: tuple[tuple[int, int], ...]
    length: int
    before: int
    after: int
    step: int
    since: int
    until: int
    full: tuple[tuple[int, int], ...] = ()
    held: tuple[int, int] = (1, 0)
    rules_for: tuple[tuple[int, int], ...] = ()
    exceptions_for: tuple[tuple[int, int], ...] = ()

    @property
    def of_rules(self) -> tuple[tuple[int, int], ...]:
        """The mode and the place of each rule; 0 is any."""
        return self.rules_for or ((0, 0),) * len(self.rules)

    @property
    def of_exceptions(self) -> tuple[tuple[int, int], ...]:
        return self.exceptions_for or ((0, 0),) * len(self.exceptions)

    def is_for_it(self, kept: tuple[int, int]) -> bool:
        """Whether hours kept for a mode and a place are for this service."""
        mode, place = kept
        return mode == 0 or (mode == self.held[0] and place in (0, self.held[1]))


def wall_is_open(case: Case, local: datetime) -> bool:
    """Whether this minute of the wall clock is open: rules, less off, and extra above all."""
    if local.fold:
        return False  # the doubled hour is offered once
    minute = local.hour * 60 + local.minute
    day = (local.date() - EPOCH).days
    special = [
        (is_extra, case.is_for_it(kept))
        for (when, start, end, is_extra), kept in zip(
            case.exceptions, case.of_exceptions, strict=True
        )
        if when == day and start <= minute < end
    ]
    if any(is_extra and for_it for is_extra, for_it in special):
        return True
    if any(not is_extra for is_extra, _ in special):
        return False
    return any(
        weekday == local.weekday()
        and start <= minute < end
        and first <= day <= last
        and case.is_for_it(kept)
        for (weekday, start, end, first, last), kept in zip(case.rules, case.of_rules, strict=True)
    )


def slowly(case: Case) -> list[int]:
    """Every start, tried one by one, with every minute of its session looked up."""
    zone = ZoneInfo(case.zone)
    opened: dict[int, bool] = {}

    def is_open(instant: int) -> bool:
        if instant not in opened:
            opened[instant] = wall_is_open(case, datetime.fromtimestamp(instant, zone))
        return opened[instant]

    found = []
    for start in range(-(-case.since // MINUTE) * MINUTE, case.until, MINUTE):
        local = datetime.fromtimestamp(start, zone)
        if (local.hour * 60 + local.minute) % (case.step // MINUTE):
            continue
        if not all(is_open(at) for at in range(start, start + case.length, MINUTE)):
            continue
        if any(low <= start < high for low, high in case.full):
            continue
        low, high = start - case.before, start + case.length + case.after
        if all(high <= taken[0] or taken[1] <= low for taken in case.busy):
            found.append(start)
    return found


def quickly(*cases: Case) -> list[list[int]]:
    """The same questions, all at once, by the engine. They share one window."""

    asks = engine.Asks(
        *rows(
            [
                (
                    *(n, case.length, case.before, case.after, case.step, case.since, case.until),
                    engine.scope_of(*case.held),
                )
                for n, case in enumerate(cases)
            ],
            8,
        ).T
    )
    found = engine.free_starts(diary_of(*cases), asks, cases[0].since, cases[0].until)
    return [starts.tolist() for starts in found]


def diary_of(*cases: Case) -> engine.Diaries:
    """What is known of the experts of some cases, as the engine has it."""
    numbered = list(enumerate(cases))
    return engine.Diaries(
        rows([(n, *rule) for n, case in numbered for rule in case.rules], 6),
        rows([(n, *one) for n, case in numbered for one in case.exceptions], 5),
        rows([(n, *taken) for n, case in numbered for taken in case.busy], 3),
        [case.zone for case in cases],
        rows([(n, *day) for n, case in numbered for day in case.full], 3),
        only(cases),
    )


def rows(values: list[tuple[int, ...]], width: int) -> engine.Ints:
    return np.array(values, dtype=np.int64).reshape(-1, width)


def only(cases: tuple[Case, ...]) -> engine.Only | None:
    """For which sessions hours are kept, as the engine has it; None where all are for all."""
    rules = [engine.scope_of(*kept) for case in cases for kept in case.of_rules]
    special = [engine.scope_of(*kept) for case in cases for kept in case.of_exceptions]
    if not any(rules) and not any(special):
        return None
    return engine.Only(np.array(rules, dtype=np.int64), np.array(special, dtype=np.int64))


def seconds(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())  # type: ignore[arg-type,misc]


minutes_of_day = st.integers(0, 24 * 4).map(lambda quarter: quarter * 15)
spans = st.lists(minutes_of_day, min_size=2, max_size=2, unique=True).map(
    lambda two: tuple(sorted(two))
)


def around_changes(zone: str) -> list[int]:
    """Days of 2020 to 2040 on which the zone's clock changes."""
    return [at // engine.DAY for year in range(2020, 2041) for at in engine.changes(zone, year)]


@st.composite
def cases(draw: st.DrawFn, window: tuple[int, int] | None = None) -> Case:
    zone = draw(st.sampled_from(ZONES))
    changes = around_changes(zone)
    any_day = st.integers((date(2020, 1, 1) - EPOCH).days, (date(2040, 12, 1) - EPOCH).days)
    day = draw(st.one_of(st.sampled_from(changes), any_day) if changes else any_day)
    since = day * engine.DAY - draw(st.integers(0, 26)) * 3600 + draw(st.integers(0, 59))
    since, until = window or (since, since + draw(st.integers(1, 60)) * 3600)
    near = st.integers(since // engine.DAY - 1, until // engine.DAY + 1)
    limits = st.one_of(
        st.just(engine.ALWAYS), st.tuples(near, near).map(lambda pair: tuple(sorted(pair)))
    )
    rules = st.tuples(st.integers(0, 6), spans, limits).map(lambda it: (it[0], *it[1], *it[2]))
    exceptions = st.tuples(near, spans, st.booleans()).map(lambda it: (it[0], *it[1], it[2]))
    taken = st.tuples(
        st.integers(since // MINUTE - 300, until // MINUTE + 300), st.integers(1, 300)
    ).map(lambda it: (it[0] * MINUTE, (it[0] + it[1]) * MINUTE))
    weekly = tuple(draw(st.lists(rules, max_size=8)))
    special = tuple(draw(st.lists(exceptions, max_size=3)))
    kept = st.sampled_from([(0, 0), (0, 0), (1, 0), (2, 0), (3, 0), (3, 1), (3, 2)])
    keeps = draw(st.booleans())
    return Case(
        zone=zone,
        rules=weekly,
        exceptions=special,
        busy=tuple(draw(st.lists(taken, max_size=4))),
        length=draw(st.sampled_from([15, 30, 45, 60, 90, 150])) * MINUTE,
        before=draw(st.sampled_from([0, 5, 10, 60])) * MINUTE,
        after=draw(st.sampled_from([0, 10, 25])) * MINUTE,
        step=draw(st.sampled_from([5, 15, 30, 45, 60, 120])) * MINUTE,
        since=since,
        until=until,
        full=tuple(draw(st.lists(taken, max_size=1))),
        held=draw(st.sampled_from([(1, 0), (2, 0), (3, 1), (3, 2), (3, 3)])),
        rules_for=tuple(draw(kept) for _ in weekly) if keeps else (),
        exceptions_for=tuple(draw(kept) if is_extra else (0, 0) for *_, is_extra in special)
        if keeps
        else (),
    )


ALL_WEEK = tuple((weekday, 0, 1440, *engine.ALWAYS) for weekday in range(7))


def open_always(zone: str, since: int, hours: int, step: int = 15) -> Case:
    return Case(zone, ALL_WEEK, (), (), 1800, 0, 0, step * 60, since, since + hours * 3600)


@settings(max_examples=250)
@given(cases())
@example(open_always("Europe/Berlin", seconds(2026, 10, 24, 20), 12))
@example(open_always("Europe/Berlin", seconds(2026, 3, 28, 20), 12))
@example(open_always("Australia/Lord_Howe", seconds(2026, 4, 4, 10), 12, 60))
@example(open_always("Pacific/Apia", seconds(2020, 4, 4, 8), 12, 120))
def test_the_engine_agrees_with_the_slow_one(case: Case) -> None:
    assert quickly(case) == [slowly(case)]


@settings(max_examples=40)
@given(st.data())
def test_experts_do_not_disturb_each_other(data: st.DataObject) -> None:
    window = seconds(2026, 10, 24, 6), seconds(2026, 10, 26, 6)
    several = data.draw(st.lists(cases(window), min_size=2, max_size=5))

    assert quickly(*several) == [quickly(case)[0] for case in several]


@settings(max_examples=60)
@given(cases(), st.lists(st.sampled_from([(1, 0), (2, 0), (3, 1), (3, 2)]), min_size=2, max_size=4))
def test_services_of_one_expert_have_each_their_own_hours(
    case: Case, held: list[tuple[int, int]]
) -> None:
    """One diary, several questions: what one service may use does not leak into another's."""
    services = [replace(case, held=one) for one in held]
    table = np.array(
        [
            (
                *(0, case.length, case.before, case.after, case.step, case.since, case.until),
                engine.scope_of(*one),
            )
            for one in held
        ],
        dtype=np.int64,
    )
    found = engine.free_starts(diary_of(case), engine.Asks(*table.T), case.since, case.until)
    assert [starts.tolist() for starts in found] == [slowly(one) for one in services]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", [2020, 2026, 2033, 2040])
def test_nine_stays_nine_all_year(zone: str, year: int) -> None:
    since, until = seconds(year, 1, 2), seconds(year, 12, 30)
    rules = tuple((weekday, 9 * 60, 10 * 60, *engine.ALWAYS) for weekday in range(7))
    case = Case(zone, rules, (), (), 3600, 0, 0, 900, since, until)

    local = [datetime.fromtimestamp(start, ZoneInfo(zone)) for start in quickly(case)[0]]

    assert {(one.hour, one.minute) for one in local} == {(9, 0)}
    days = [one.date() for one in local]
    assert all(after - before == timedelta(days=1) for before, after in pairwise(days))


def test_an_hour_that_does_not_exist_is_skipped() -> None:
    case = open_always("Europe/Berlin", seconds(2026, 3, 28, 23), 24)
    labels = [_label(case, start) for start in quickly(case)[0]]

    assert "02:00" not in labels
    assert "02:45" not in labels
    assert labels.count("01:45") == labels.count("03:00") == 1


def test_an_hour_that_comes_twice_is_offered_once() -> None:
    case = open_always("Europe/Berlin", seconds(2026, 10, 24, 22), 24)
    labels = [_label(case, start) for start in quickly(case)[0]]

    assert [labels.count(one) for one in ("01:45", "02:00", "02:15", "03:00")] == [1, 1, 1, 1]


def test_buffers_add_up_and_may_lie_outside_the_hours() -> None:
    monday = seconds(2026, 11, 23)
    rules = ((0, 9 * 60, 12 * 60, *engine.ALWAYS),)
    taken = (monday + 10 * 3600, monday + 10 * 3600 + 40 * 60)  # 10:00-10:30 and 10 after
    case = Case("UTC", rules, (), (taken,), 1800, 600, 600, 300, monday, monday + engine.DAY)

    labels = [_label(case, start) for start in quickly(case)[0]]

    assert labels[0] == "09:00"  # its buffer before lies before the working hours
    assert labels[labels.index("09:20") + 1] == "10:50"  # 10:40 + 10 minutes before
    assert labels[-1] == "11:30"


def test_a_limit_gives_the_first_starts() -> None:
    monday = seconds(2026, 11, 23)
    case = open_always("Asia/Ho_Chi_Minh", monday, 48)
    every = quickly(case)[0]
    diaries = engine.Diaries(
        np.array([(0, *rule) for rule in ALL_WEEK]),
        np.empty((0, 5), dtype=np.int64),
        np.empty((0, 3), dtype=np.int64),
        [case.zone],
    )
    one = [np.array([value]) for value in (0, 1800, 0, 0, 900, monday, monday + 48 * 3600)]

    found = engine.free_starts(diaries, engine.Asks(*one), case.since, case.until, limit=3)

    assert found[0].tolist() == every[:3]


def _label(case: Case, start: int) -> str:
    return datetime.fromtimestamp(start, ZoneInfo(case.zone)).strftime("%H:%M")
