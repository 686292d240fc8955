from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from cilis.domains import analytics, bookings, identity, payments
from cilis.domains.analytics import Measure, Period
from cilis.domains.analytics.models import (
    BookingFactRow,
    DayRow,
    ExpertDayRow,
    ExpertFactRow,
    OpenDayRow,
)
from cilis.domains.analytics.service import BOOKINGS, take_again
from cilis.domains.bookings import BookingState, PastBooking
from cilis.domains.payments.service.moves import move_refund
from cilis.domains.payments.types import Step
from cilis.infra import db
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock, ids
from cilis.kit.money import Money
from cilis.testing.scene import Scene, open_scene

DAY = date(2026, 5, 12)


@pytest.fixture
def scene(tenant: Tenant) -> Scene:
    del tenant
    return open_scene()


def past(scene: Scene, at: datetime, state: BookingState, price: int = 500_000) -> PastBooking:
    return PastBooking(
        service_id=scene.service,
        expert_id=scene.expert,
        expert_person_id=scene.expert_person,
        client_id=scene.client,
        starts_at=at,
        ends_at=at + timedelta(hours=1),
        price=Money(price, "VND"),
        service_name={"vi": "Tư vấn"},
        state=state,
        booked_at=at - timedelta(days=2),
    )


def put(scene: Scene, *rows: PastBooking) -> list[UUID]:
    del scene
    with db.transaction() as session:
        return bookings.import_past(session, rows)


def values(period: Period) -> dict[Measure, float | None]:
    with db.reading() as session:
        found = analytics.figures(session, period)
    return {one.measure: one.value for one in found.series}


def sums() -> tuple[object, object]:
    with db.reading() as session:
        days = session.execute(sa.select(*DayRow.__table__.c).order_by(DayRow.day)).all()
        theirs = session.execute(
            sa.select(*ExpertDayRow.__table__.c).order_by(ExpertDayRow.day, ExpertDayRow.expert_id)
        ).all()
    return (
        [tuple(row) for row in days if any(row[1:-1])],
        [  # the last is the currency
            tuple(row) for row in theirs if any(row[2:-1])
        ],
    )


def test_a_fact_counts_once_however_often_it_comes(scene: Scene) -> None:
    noon = datetime(2026, 5, 12, 5, tzinfo=UTC)
    ids = put(scene, past(scene, noon, BookingState.COMPLETED))
    assert take_again(BOOKINGS, ids) == 1
    once = sums()
    assert take_again(BOOKINGS, ids) == 0
    assert sums() == once
    found = values(Period(DAY, DAY))
    assert found[Measure.SESSIONS] == found[Measure.COMPLETED] == 1
    assert found[Measure.BOOKINGS] == 0, "it was made two days earlier"
    assert values(Period(DAY - timedelta(days=2), DAY))[Measure.BOOKINGS] == 1


def test_a_changed_fact_moves_its_share(scene: Scene) -> None:
    noon = datetime(2026, 5, 12, 5, tzinfo=UTC)
    ids = put(scene, past(scene, noon, BookingState.COMPLETED))
    take_again(BOOKINGS, ids)
    with db.transaction() as session:
        session.execute(sa.update(bookings.Booking).values(state=BookingState.NO_SHOW))
    assert take_again(BOOKINGS, ids) == 1
    found = values(Period(DAY, DAY))
    assert (found[Measure.COMPLETED], found[Measure.NO_SHOWS], found[Measure.SESSIONS]) == (0, 1, 1)


def test_amounts_stand_beside_their_currency(scene: Scene) -> None:
    noon = datetime(2026, 5, 12, 5, tzinfo=UTC)
    take_again(BOOKINGS, put(scene, past(scene, noon, BookingState.COMPLETED)))
    for again in (False, True):
        if again:
            analytics.rebuild()
        with db.reading() as session:
            for table in (BookingFactRow, DayRow, ExpertDayRow):
                assert set(session.scalars(sa.select(table.currency))) == {"VND"}


def test_a_refund_that_the_bank_sends_back_is_not_counted(
    scene: Scene, deliver: Callable[[], int]
) -> None:
    at = datetime(2026, 5, 12, 5, tzinfo=UTC)
    refund = payments.PastRefund(
        amount=Money(200_000, "VND"), reason="a kindness", asked_at=at, settled_at=at
    )
    paid = payments.PastPayment(
        id=ids.new(), subject_id=ids.new(), payer_id=scene.client, payee_id=scene.expert_person,
        provider="gate", amount=Money(500_000, "VND"), description="", created_at=at,
        settled_at=at, provider_reference="G-1", refunds=(refund,),
    )  # fmt: skip
    with db.transaction() as session:
        payments.import_payments(session, [paid])
    analytics.rebuild()
    found = values(Period(DAY, DAY))
    assert (found[Measure.REVENUE], found[Measure.REFUNDS]) == (500_000, 200_000)
    with db.transaction() as session:
        attempt = payments.attempt(session, paid.id)
        (sent,) = payments.refunds_of(session, [paid.id])[paid.id]
        step = Step(payments.Cause.NOTICE)
        assert move_refund(session, attempt, sent, payments.RefundState.REFUSED, step)
    deliver()
    found = values(Period(DAY, DAY))
    assert (found[Measure.REVENUE], found[Measure.REFUNDS]) == (500_000, 0)
    by_events = sums()
    analytics.rebuild()
    assert sums() == by_events, "a recount says the same"


def test_workers_at_once_count_once(scene: Scene) -> None:
    noon = datetime(2026, 5, 12, 5, tzinfo=UTC)
    rows = [past(scene, noon + timedelta(hours=2 * n), BookingState.COMPLETED) for n in range(20)]
    ids = put(scene, *rows)

    def work(order: list[UUID]) -> int:
        with serving(scene.tenant):
            return take_again(BOOKINGS, order)

    with ThreadPoolExecutor(4) as pool:
        changed = list(pool.map(work, [ids, ids[::-1], ids[5:], ids[:15]]))
    assert sum(changed) == 20, "each fact was written by one of them alone"
    assert values(Period(DAY, DAY + timedelta(days=3)))[Measure.COMPLETED] == 20


def test_days_begin_at_midnight_of_the_organization(scene: Scene) -> None:
    late = datetime(2026, 5, 11, 17, 30, tzinfo=UTC)  # 0:30 of the twelfth in Saigon
    take_again(BOOKINGS, put(scene, past(scene, late, BookingState.COMPLETED)))
    assert values(Period(DAY, DAY))[Measure.SESSIONS] == 1


def test_fields_add_up_in_the_days_before_too(scene: Scene) -> None:
    """A field without a session in these days still had some in those before."""
    topics = {expert: ids.new() for expert in (scene.expert, ids.new())}
    other = next(one for one in topics if one != scene.expert)
    with db.transaction() as session:
        for expert, topic in topics.items():
            session.merge(ExpertFactRow(id=expert, joined_on=None, topic_id=topic))
        for day, expert, count in ((2, scene.expert, 3), (1, scene.expert, 2), (1, other, 5)):
            session.add(
                ExpertDayRow(
                    day=date(2026, 3, day), expert_id=expert, sessions=count, cancelled=0,
                    value_minor=0,
                )
            )  # fmt: skip
    day = date(2026, 3, 2)
    with db.reading() as session:
        found = analytics.top_topics(session, Period(day, day))
        none = analytics.top_topics(session, Period(day, day).shifted(5))
    assert [(one.id, one.sessions, one.before) for one in found] == [
        (topics[scene.expert], 3, 2),
        (None, 0, 5),
    ]
    assert none == []


def test_shares_and_rates(scene: Scene) -> None:
    noon = datetime(2026, 5, 12, 5, tzinfo=UTC)
    states = [BookingState.COMPLETED] * 3 + [BookingState.CANCELLED]
    rows = [past(scene, noon + timedelta(hours=2 * n), one) for n, one in enumerate(states)]
    take_again(BOOKINGS, put(scene, *rows))
    found = values(Period(DAY, DAY))
    assert found[Measure.CANCELLATION_RATE] == 25
    assert found[Measure.FILL_RATE] is None, "nobody knows what was offered on that day"
    with db.transaction() as session:
        session.add(OpenDayRow(day=DAY, minutes=24 * 60, estimated=False))
    assert values(Period(DAY, DAY))[Measure.FILL_RATE] == 12.5


def test_a_rebuild_mends_whatever_is_wrong(scene: Scene) -> None:
    noon = datetime(2026, 5, 12, 5, tzinfo=UTC)
    rows = [past(scene, noon + timedelta(days=n), BookingState.COMPLETED) for n in range(5)]
    ids = put(scene, *rows)
    analytics.rebuild(batch=2)
    right = sums()
    assert right[1]
    with db.transaction() as session:
        session.execute(sa.update(DayRow).values(made=99, completed=7))
        session.execute(sa.delete(ExpertDayRow))
        session.execute(sa.delete(BookingFactRow).where(BookingFactRow.id == ids[0]))
    assert sums() != right
    analytics.rebuild()
    assert sums() == right


def test_a_stopped_rebuild_goes_on_where_it_was(scene: Scene) -> None:
    noon = datetime(2026, 5, 12, 5, tzinfo=UTC)
    put(scene, *[past(scene, noon + timedelta(days=n), BookingState.COMPLETED) for n in range(5)])

    class Stopped(Exception):
        pass

    def stop(kind: str, done: int) -> None:
        if (kind, done) == ("bookings", 4):
            raise Stopped

    with pytest.raises(Stopped):
        analytics.rebuild(batch=2, told=stop)
    counts = analytics.rebuild(batch=2)
    assert counts == {"bookings": 1, "payments": 0}
    assert values(Period(DAY, DAY + timedelta(days=4)))[Measure.COMPLETED] == 5
    assert analytics.rebuild()["bookings"] == 5, "the next one begins at the beginning"


def test_events_keep_the_figures(
    scene: Scene, deliver: Callable[[], int], clock_forward: Callable[[timedelta], None]
) -> None:
    start = scene.starts(1)[0]
    held = bookings.hold(bookings.HoldWish(scene.service, start), scene.viewer("client"))
    with db.transaction() as session:
        identity.import_person(session, email="x@example.vn", name="X")
    del clock_forward
    deliver()
    with db.reading() as session:
        today = analytics.today(session)
    assert values(Period(today, today))[Measure.BOOKINGS] == 0, "a hold is no booking"
    assert held.state == BookingState.HELD


def test_what_was_offered_is_kept_at_the_end_of_the_day(
    scene: Scene, deliver: Callable[[], int], clock_forward: Callable[[timedelta], None]
) -> None:
    analytics.rebuild()
    with db.reading() as session:
        today = analytics.today(session)
    for _ in range(2):
        clock_forward(timedelta(days=1))
        deliver()
    with db.reading() as session:
        rows = session.scalars(sa.select(OpenDayRow).order_by(OpenDayRow.day)).all()
    assert [(row.day, row.minutes, row.estimated) for row in rows] == [
        (today, 1440, False),
        (today + timedelta(days=1), 1440, False),
    ]
    assert clock.now().tzinfo is not None
