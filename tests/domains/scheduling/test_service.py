from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from cilis.domains import scheduling
from cilis.domains.experts import ServiceTerms
from cilis.domains.scheduling import DayException, ExceptionKind, WeeklyRule
from cilis.domains.scheduling.models import Claim
from cilis.infra import db
from cilis.infra.db import reading, transaction, violates
from cilis.infra.outbox import Event
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput

Emitted = Callable[[], list[Event]]
HOUR = timedelta(hours=1)


class Lost(Exception):
    """The hour went to somebody else: roll back."""


def claim(terms: ServiceTerms, starts_at: datetime) -> UUID | None:
    with transaction() as session:
        return scheduling.claim(session, terms, starts_at, ids.new())


def offered(terms: ServiceTerms, starts_at: datetime) -> bool:
    with reading() as session:
        return scheduling.is_offered(session, terms, starts_at)


class TestClaims:
    def test_a_claim_takes_the_hour_once(
        self, weekdays: ServiceTerms, monday: datetime, emitted: Emitted
    ) -> None:
        first = claim(weekdays, monday + 9 * HOUR)

        assert first is not None
        assert claim(weekdays, monday + 9.5 * HOUR) is None
        taken = [one for one in emitted() if isinstance(one, scheduling.ClaimTaken)]
        assert [(one.expert_id, one.claim_id) for one in taken] == [(weekdays.expert_id, first)]

    def test_touching_claims_do_not_clash(self, weekdays: ServiceTerms, monday: datetime) -> None:
        assert claim(weekdays, monday + 9 * HOUR)
        assert claim(weekdays, monday + 10 * HOUR)

    def test_buffers_add_up(
        self, tenant: Tenant, terms: Callable[..., ServiceTerms], monday: datetime
    ) -> None:
        ten = timedelta(minutes=10)
        service = terms(before=ten, after=ten)
        assert claim(service, monday + 9 * HOUR)
        assert claim(service, monday + 10 * HOUR + timedelta(minutes=19)) is None
        assert claim(service, monday + 10 * HOUR + timedelta(minutes=20))

    def test_released_time_is_free_again(
        self, weekdays: ServiceTerms, monday: datetime, emitted: Emitted
    ) -> None:
        first = claim(weekdays, monday + 9 * HOUR)
        assert first
        with transaction() as session:
            assert scheduling.release(session, first)
        with transaction() as session:
            assert not scheduling.release(session, first)

        assert claim(weekdays, monday + 9 * HOUR)
        assert len([one for one in emitted() if isinstance(one, scheduling.ClaimReleased)]) == 1

    def test_a_claim_can_be_taken_again_or_not(
        self, weekdays: ServiceTerms, monday: datetime
    ) -> None:
        first = claim(weekdays, monday + 9 * HOUR)
        assert first
        with transaction() as session:
            scheduling.release(session, first)
            second = scheduling.retake(session, first)
            assert second
            assert scheduling.retake(session, first) is None

    def test_a_move_may_overlap_its_own_old_time(
        self, weekdays: ServiceTerms, monday: datetime
    ) -> None:
        first = claim(weekdays, monday + 9 * HOUR)
        assert first
        with transaction() as session:
            moved = scheduling.move(session, first, weekdays, monday + 9.5 * HOUR, ids.new())
        assert moved
        assert claim(weekdays, monday + 8.5 * HOUR)
        assert claim(weekdays, monday + 10 * HOUR) is None

    def test_postgresql_itself_refuses_an_overlap(
        self, weekdays: ServiceTerms, monday: datetime
    ) -> None:
        claim(weekdays, monday + 9 * HOUR)
        with reading() as session:
            during = session.query(Claim).one().during
        with pytest.raises(IntegrityError) as clash, transaction() as session:
            session.add(
                Claim(
                    id=ids.new(),
                    expert_id=weekdays.expert_id,
                    during=during,
                    live=True,
                    holder_id=ids.new(),
                )
            )
        assert violates(clash.value, "claims_no_overlap")

    def test_of_many_at_once_one_wins_and_none_waits_for_ever(
        self, tenant: Tenant, weekdays: ServiceTerms, monday: datetime
    ) -> None:
        results: list[UUID | None] = []
        moves: list[UUID | None] = []
        swaps = [claim(weekdays, monday + hour * HOUR) for hour in (9, 10)]

        def take(number: int) -> None:
            with serving(tenant):
                for step in range(8):
                    start = monday + timedelta(days=1, hours=9, minutes=15 * (number % 3))
                    results.append(claim(weekdays, start + step * HOUR))

        def swap(own: int, wanted: int) -> None:
            claim_id = swaps[own]
            assert claim_id
            start = monday + wanted * HOUR
            with serving(tenant), suppress(Lost), db.transaction() as session:
                moved = scheduling.move(session, claim_id, weekdays, start, ids.new())
                moves.append(moved)
                raise Lost

        threads = [threading.Thread(target=take, args=(number,)) for number in range(6)]
        threads += [threading.Thread(target=swap, args=pair) for pair in ((0, 10), (1, 9))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)

        won = [one for one in results if one]
        assert 0 < len(won) <= 8
        assert len(results) == 48
        assert moves == [None, None]
        with reading() as session:
            live = session.query(Claim).filter(Claim.live).all()
        spans = sorted((one.during.lower, one.during.upper) for one in live)
        assert all(before[1] <= after[0] for before, after in pairwise(spans))


class TestHours:
    def test_a_week_is_kept_and_reported(
        self, tenant: Tenant, terms: Callable[..., ServiceTerms], emitted: Emitted
    ) -> None:
        expert_id = ids.new()
        rules = [WeeklyRule(0, 540, 720), WeeklyRule(0, 780, 1440, date(2026, 1, 1), None)]
        scheduling.set_week(expert_id, rules, step_minutes=30)
        with reading() as session:
            kept = scheduling.hours(session, expert_id)

        assert kept.weekly == tuple(rules)
        assert kept.step_minutes == 30
        assert scheduling.HoursChanged(expert_id=expert_id) in emitted()

    @pytest.mark.parametrize(
        "rules",
        [
            [WeeklyRule(7, 540, 720)],
            [WeeklyRule(0, 720, 720)],
            [WeeklyRule(0, -1, 720)],
            [WeeklyRule(0, 540, 1441)],
            [WeeklyRule(0, 540, 720), WeeklyRule(0, 700, 800)],
            [WeeklyRule(0, 540, 720, date(2026, 2, 1), date(2026, 1, 1))],
        ],
    )
    def test_a_week_that_makes_no_sense_is_refused(
        self, tenant: Tenant, rules: list[WeeklyRule]
    ) -> None:
        with pytest.raises(InvalidInput):
            scheduling.set_week(ids.new(), rules)

    def test_the_same_hours_in_different_seasons_do_not_overlap(self, tenant: Tenant) -> None:
        scheduling.set_week(
            ids.new(),
            [
                WeeklyRule(0, 540, 720, None, date(2026, 6, 30)),
                WeeklyRule(0, 540, 720, date(2026, 7, 1), None),
            ],
        )

    def test_an_unknown_grid_is_refused(self, tenant: Tenant) -> None:
        with pytest.raises(InvalidInput):
            scheduling.set_week(ids.new(), [], step_minutes=7)

    def test_exceptions_come_and_go(self, weekdays: ServiceTerms, monday: datetime) -> None:
        day = (monday + timedelta(hours=7)).date()
        off = scheduling.add_exception(
            weekdays.expert_id, DayException(day, 0, 1440, ExceptionKind.OFF)
        )
        scheduling.add_exception(
            weekdays.expert_id, DayException(day, 19 * 60, 21 * 60, ExceptionKind.EXTRA)
        )
        assert not offered(weekdays, monday + 9 * HOUR)
        assert offered(weekdays, monday + 19 * HOUR)

        scheduling.remove_exception(weekdays.expert_id, off)
        assert offered(weekdays, monday + 9 * HOUR)
        with pytest.raises(scheduling.ExceptionNotFound):
            scheduling.remove_exception(ids.new(), off)


class TestStarts:
    def test_the_week_is_offered_less_what_is_taken(
        self, weekdays: ServiceTerms, monday: datetime
    ) -> None:
        claim(weekdays, monday + 10 * HOUR)
        with reading() as session:
            window = monday, monday + 24 * HOUR
            found = scheduling.free_starts(session, weekdays, window)

        assert found[0] == monday + 9 * HOUR
        assert found[1] == monday + 11 * HOUR
        assert found[-1] == monday + 16 * HOUR
        assert len(found) == 1 + 4 * 5 + 1

    def test_notice_and_window_bound_the_starts(
        self,
        tenant: Tenant,
        terms: Callable[..., ServiceTerms],
        monday: datetime,
        clock_forward: Callable[[timedelta], None],
    ) -> None:
        service = terms(notice=timedelta(hours=24), window=timedelta(days=30))
        every_day = [WeeklyRule(day, 0, 1440) for day in range(7)]
        scheduling.set_week(service.expert_id, every_day)
        now = clock.now()
        with reading() as session:
            found = scheduling.free_starts(session, service, (now, now + timedelta(days=60)))
        assert now + timedelta(hours=24) <= found[0] < now + timedelta(hours=24, minutes=16)
        assert found[-1] <= now + timedelta(days=30)

    def test_only_starts_on_the_grid_are_offered(
        self, weekdays: ServiceTerms, monday: datetime
    ) -> None:
        nine = monday + 9 * HOUR
        assert offered(weekdays, nine)
        assert not offered(weekdays, nine + timedelta(minutes=5))
        assert not offered(weekdays, nine + timedelta(seconds=1))
        assert not offered(weekdays, monday + 16.5 * HOUR)
        scheduling.set_week(weekdays.expert_id, [WeeklyRule(0, 540, 720)], step_minutes=5)
        assert offered(weekdays, nine + timedelta(minutes=5))

    def test_many_services_are_answered_by_one_query(
        self, tenant: Tenant, terms: Callable[..., ServiceTerms], monday: datetime
    ) -> None:
        services = [terms() for _ in range(5)]
        services.append(terms(services[0].expert_id, length=timedelta(minutes=30)))
        for number, service in enumerate(services[:5]):
            scheduling.set_week(service.expert_id, [WeeklyRule(0, 540 + 15 * number, 720)])
        claim(services[0], monday + 9 * HOUR)
        counted: list[str] = []

        def count(*arguments: object) -> None:
            counted.append(str(arguments[2]))

        sa.event.listen(db.engine(), "before_cursor_execute", count)
        try:
            with reading() as session:
                found = scheduling.next_starts(session, services, count=2, after=monday)
        finally:
            sa.event.remove(db.engine(), "before_cursor_execute", count)

        assert len(counted) == 1
        quarter = timedelta(minutes=15)
        assert found[services[0].id] == [monday + 10 * HOUR, monday + 10 * HOUR + quarter]
        assert found[services[2].id] == [monday + 9.5 * HOUR, monday + 9.75 * HOUR]
        assert found[services[5].id] == [monday + 10 * HOUR, monday + 10 * HOUR + quarter]
        with reading() as session:
            assert scheduling.next_starts(session, []) == {}

    def test_near_starts_are_the_closest(self, weekdays: ServiceTerms, monday: datetime) -> None:
        claim(weekdays, monday + 12 * HOUR)
        with reading() as session:
            found = scheduling.near_starts(session, weekdays, monday + 12 * HOUR)

        assert found == [monday + 10.75 * HOUR, monday + 11 * HOUR, monday + 13 * HOUR]

    def test_another_tenant_sees_no_claims(
        self, weekdays: ServiceTerms, other_tenant: Tenant, monday: datetime
    ) -> None:
        claim(weekdays, monday + 9 * HOUR)
        with serving(other_tenant), reading() as session:
            assert session.query(Claim).count() == 0
