"""Calendars outside take time: nowhere offered, not to be held, told once, in one query."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from tests.domains.scheduling.conftest import NINE_TO_FIVE

from cilis.domains import scheduling
from cilis.domains.experts import ServiceTerms
from cilis.domains.scheduling import EntryKind, HoursChanged, Outside
from cilis.infra import db, provisioning
from cilis.infra.db import reading, transaction
from cilis.infra.outbox import Event
from cilis.infra.tenancy import Tenant
from cilis.kit import ids

HOUR = timedelta(hours=1)
Emitted = Callable[[], list[Event]]


def put(terms: ServiceTerms, source: UUID, *spans: Outside, label: str = "Work") -> bool:
    with transaction() as session:
        return scheduling.put_outside(session, terms.expert_id, source, label, spans)


def free(terms: ServiceTerms, day: datetime) -> list[float]:
    """The free starts of a day as hours of the expert's clock."""
    with reading() as session:
        found = scheduling.free_starts(session, terms, (day, day + timedelta(days=1)))
    return [(start - day) / HOUR for start in found]


def is_open(terms: ServiceTerms, start: datetime) -> tuple[bool, bool]:
    with reading() as session:
        return (
            scheduling.is_open(session, terms, start),
            scheduling.is_offered(session, terms, start),
        )


@pytest.fixture
def source() -> UUID:
    return ids.new()


def test_what_a_calendar_takes_is_not_offered(
    weekdays: ServiceTerms, monday: datetime, source: UUID
) -> None:
    assert 10 in free(weekdays, monday)
    assert put(weekdays, source, Outside(monday + 10 * HOUR, monday + 11 * HOUR, "a"))
    starts = free(weekdays, monday)
    assert 9 in starts
    assert 11 in starts
    assert not [start for start in starts if 9 < start < 11]
    assert is_open(weekdays, monday + 10 * HOUR) == (False, False)
    assert is_open(weekdays, monday + 11 * HOUR) == (True, True)


def test_buffers_keep_their_distance(
    tenant: Tenant, terms: Callable[..., ServiceTerms], monday: datetime, source: UUID
) -> None:
    del tenant
    made = terms(before=timedelta(minutes=15), after=timedelta(minutes=30))
    scheduling.set_week(made.expert_id, [scheduling.WeeklyRule(0, 9 * 60, 17 * 60)])
    put(made, source, Outside(monday + 12 * HOUR, monday + 13 * HOUR))
    starts = free(made, monday)
    assert 10.5 in starts
    assert 10.75 not in starts
    assert 13 not in starts
    assert 13.25 in starts


def test_sources_are_replaced_one_by_one_and_told_only_of_change(
    weekdays: ServiceTerms, monday: datetime, source: UUID, emitted: Emitted
) -> None:
    def told() -> int:
        return sum(isinstance(one, HoursChanged) for one in emitted())

    other = ids.new()
    nine = Outside(monday + 9 * HOUR, monday + 10 * HOUR, "a")
    ten = Outside(monday + 10 * HOUR, monday + 11 * HOUR, "b")
    before = told()
    assert put(weekdays, source, nine, ten)
    assert not put(weekdays, source, ten, nine)
    assert told() == before + 1
    assert put(weekdays, other, nine)
    assert put(weekdays, source)
    assert 9 not in free(weekdays, monday)
    assert 10 in free(weekdays, monday)
    assert put(weekdays, other)
    assert not put(weekdays, other)
    assert told() == before + 4
    assert 9 in free(weekdays, monday)


def test_the_same_span_twice_and_one_that_is_empty(
    weekdays: ServiceTerms, monday: datetime, source: UUID
) -> None:
    span = Outside(monday + 9 * HOUR, monday + 10 * HOUR, "a")
    empty = Outside(monday + 12 * HOUR, monday + 12 * HOUR, "b")
    assert put(weekdays, source, span, span, empty)
    assert not put(weekdays, source, span, span)
    assert put(weekdays, source, span)
    assert 9 not in free(weekdays, monday)
    assert 12 in free(weekdays, monday)


def test_closing_offers_nothing_until_it_opens_again(
    weekdays: ServiceTerms, monday: datetime, source: UUID
) -> None:
    put(weekdays, source, Outside(monday + 10 * HOUR, monday + 11 * HOUR))

    def close() -> bool:
        with transaction() as session:
            return scheduling.close_calendar(
                session, weekdays.expert_id, source, "Work", monday - timedelta(days=1)
            )

    assert close()
    assert not close()
    assert free(weekdays, monday) == []
    assert free(weekdays, monday + timedelta(days=50)) == []
    assert is_open(weekdays, monday + 9 * HOUR) == (False, False)
    with transaction() as session:
        assert scheduling.reopen_calendar(session, weekdays.expert_id, source)
    with transaction() as session:
        assert not scheduling.reopen_calendar(session, weekdays.expert_id, source)
    assert 9 in free(weekdays, monday)
    assert 10 not in free(weekdays, monday)
    assert close()
    assert put(weekdays, source)  # read again, and empty: everything is open
    assert 10 in free(weekdays, monday)


def test_the_calendar_shows_what_takes_time_by_name(
    weekdays: ServiceTerms, monday: datetime, source: UUID
) -> None:
    put(weekdays, source, Outside(monday + 10 * HOUR, monday + 11 * HOUR, "a"))
    window = monday, monday + timedelta(days=7)
    with transaction() as session:
        scheduling.name_calendar(session, source, "Klinik")
        scheduling.close_calendar(session, weekdays.expert_id, source, "Klinik", monday + 30 * HOUR)
    with reading() as session:
        found = scheduling.entries(session, weekdays.expert_id, "Asia/Ho_Chi_Minh", window)
    outside = [one for one in found if one.source_id == source]
    assert [(one.kind, one.starts_at, one.ends_at, one.label) for one in outside] == [
        (EntryKind.OUTSIDE, monday + 10 * HOUR, monday + 11 * HOUR, "Klinik"),
        (EntryKind.UNREADABLE, monday + 30 * HOUR, window[1], "Klinik"),
    ]


def test_one_query_for_many_experts_whatever_they_have_elsewhere(
    tenant: Tenant, terms: Callable[..., ServiceTerms], monday: datetime
) -> None:
    del tenant
    many = [terms() for _ in range(5)]
    for made in many:
        scheduling.set_week(made.expert_id, [scheduling.WeeklyRule(0, 0, 1440)])
        put(made, ids.new(), Outside(monday, monday + 10 * HOUR))
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    sa.event.listen(db.engine(), "before_cursor_execute", note)
    try:
        with reading() as session:
            found = scheduling.next_starts(session, many, 1, after=monday)
    finally:
        sa.event.remove(db.engine(), "before_cursor_execute", note)
    assert len(asked) == 1
    assert {starts[0] for starts in found.values()} == {monday + 10 * HOUR}


def test_another_experts_calendar_changes_nothing(
    weekdays: ServiceTerms, terms: Callable[..., ServiceTerms], monday: datetime, source: UUID
) -> None:
    put(terms(), source, Outside(monday, monday + 24 * HOUR))
    assert 9 in free(weekdays, monday)


class TestPlan:
    """Two hundred experts' week among the calendars of two thousand."""

    SPANS = 60  # of each expert, one a day

    @pytest.fixture
    def asked(self, tenant: Tenant, monday: datetime) -> list[UUID]:
        every = [ids.new() for _ in range(2_000)]
        with provisioning.owner() as connection:
            provisioning.run(connection, f"SET search_path TO {tenant.schema}, ext")
            connection.execute(
                "INSERT INTO outside_spans (id, expert_id, source_id, during, closed, label, uid)"
                " SELECT md5(who::text || n)::uuid, who, who,"
                " tstzrange(%(first)s::timestamptz + n * interval '1 day',"
                " %(first)s::timestamptz + n * interval '1 day' + interval '1 hour'),"
                " false, '', n::text FROM unnest(%(every)s::uuid[]) who,"
                " generate_series(0, %(last)s) n",
                {
                    "first": monday + 10 * HOUR - timedelta(days=30),
                    "every": every,
                    "last": self.SPANS - 1,
                },
            )
            provisioning.run(connection, "ANALYZE outside_spans")
        return every[::10]

    def test_each_expert_is_one_look_into_the_index(
        self, asked: list[UUID], terms: Callable[..., ServiceTerms], monday: datetime
    ) -> None:
        """As PostgreSQL chooses by itself; nobody else's spans are read."""
        services = [terms(one) for one in asked]
        sent: list[tuple[str, object]] = []

        def note(_c: object, _cur: object, statement: str, values: object, *_more: object) -> None:
            sent.append((statement, values))

        with reading() as session:
            sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
            try:
                scheduling.next_starts(session, services, after=monday, days=7)
            finally:
                sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)
            ((statement, values),) = sent
            told = session.connection().exec_driver_sql(
                f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", values
            )
            steps = list(_steps(told.scalar_one()[0]["Plan"]))
        (looked,) = (one for one in steps if one.get("Relation Name") == "outside_spans")
        assert looked["Node Type"] in {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}
        names = {one.get("Index Name") for one in steps}
        assert "outside_spans_expert_id_during_idx" in names
        assert looked["Actual Loops"] == len(asked)
        assert 7 <= looked["Actual Rows"] <= 12  # a week and its edges, of sixty days

    def test_nothing_of_it_is_offered(
        self, asked: list[UUID], terms: Callable[..., ServiceTerms], monday: datetime
    ) -> None:
        scheduling.set_week(asked[0], NINE_TO_FIVE)
        starts = free(terms(asked[0]), monday)
        assert starts
        assert not [start for start in starts if 9 < start < 11]


def _steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _steps(below)
