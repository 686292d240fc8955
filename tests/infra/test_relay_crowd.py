"""The relay among many: two relays, several tenants, events in order, a closed organization."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

import pytest
import sqlalchemy as sa

from cilis.hooks import TryLater
from cilis.infra import hosts, outbox, provisioning, relay, turns
from cilis.infra.db import reading, transaction
from cilis.infra.outbox import Event, emit, listens_to
from cilis.infra.routing_models import OutboxRow, ReceiptRow
from cilis.infra.tenancy import PLATFORM, RELAY, Tenant, current_tenant, serving
from cilis.kit import clock, ids
from cilis.kit.errors import NotFound

heard: list[tuple[str, int]] = []
failing: set[int] = set()
_lock = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Stepped(Event):
    name: ClassVar[str] = "tests.stepped.v1"
    number: int


@dataclass(frozen=True, kw_only=True)
class Marched(Event):
    name: ClassVar[str] = "tests.marched.v1"
    number: int


@dataclass(frozen=True, kw_only=True)
class Ignored(Event):
    name: ClassVar[str] = "tests.ignored.v1"


@dataclass(frozen=True, kw_only=True)
class Paid(Event):
    name: ClassVar[str] = "payments.tests.v1"


def _note(number: int) -> None:
    with _lock:
        heard.append((current_tenant().slug, number))
    if number in failing:
        raise TryLater("not yet", after=timedelta(minutes=5))


@listens_to(Stepped)
def count_steps(event: Stepped) -> None:
    _note(event.number)


@listens_to(Marched, in_order=True)
def keep_pace(event: Marched) -> None:
    _note(event.number)


@listens_to(Marched)
def watch(event: Marched) -> None:
    del event


@listens_to(Paid)
def bank(event: Paid) -> None:
    del event
    _note(-1)


@pytest.fixture(autouse=True)
def _forget() -> None:
    heard.clear()
    failing.clear()


def step(
    numbers: range, *, kind: type[Stepped | Marched] = Stepped, subject: UUID | None = None
) -> None:
    for number in numbers:
        with transaction() as session:
            emit(session, kind(number=number), subject=subject)


def states() -> Counter[str]:
    with serving(RELAY), reading() as session:
        return Counter(session.scalars(sa.select(OutboxRow.state)))


def test_two_relays_at_once_deliver_each_event_exactly_once(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    with transaction() as session:
        for number in range(30):
            emit(session, Stepped(number=number))
    with serving(other_tenant), transaction() as session:
        for number in range(30):
            emit(session, Stepped(number=number))
    ready, all_done = threading.Barrier(3), time.monotonic() + 20

    def carry() -> int:
        ready.wait(10)
        ran = 0
        while len(heard) < 60 and time.monotonic() < all_done:
            ran += relay.run_due(limit=5)
        return ran + relay.run_due()

    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(carry) for _ in range(3)]
        ran = [job.result(30) for job in jobs]
    assert sum(ran) == 60
    assert sum(1 for count in ran if count) > 1  # more than one of them had work
    assert Counter(heard) == {
        (slug, number): 1 for slug in (tenant.slug, other_tenant.slug) for number in range(30)
    }
    assert states() == {"done": 60}


def test_a_second_relay_takes_what_stands_behind_the_firsts(tenant: Tenant) -> None:
    with transaction() as session:
        for number in range(4):
            emit(session, Stepped(number=number))
    holding, done = threading.Event(), threading.Event()

    def first() -> int:
        with serving(RELAY), transaction() as session:
            held = turns.due(session, clock.now(), 2)
            holding.set()
            done.wait(10)
            return len(held)

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(first)
        assert holding.wait(10)
        relay.run_due(limit=2)
        done.set()
        assert other.result(10) == 2
    assert sorted(number for _, number in heard) == [2, 3]


def test_a_busy_organization_does_not_keep_a_quiet_one_waiting(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    with transaction() as session:
        for number in range(150):
            emit(session, Stepped(number=number))
    with serving(other_tenant):
        step(range(2))
    relay.run_due(limit=10)
    served = Counter(slug for slug, _ in heard)
    assert served == {tenant.slug: 8, other_tenant.slug: 2}


def test_a_backlog_of_any_length_is_shared_fairly(tenant: Tenant, other_tenant: Tenant) -> None:
    _backlog(tenant, 3_000)
    with serving(other_tenant):
        step(range(1))
    claimed = relay.claim_due(limit=10)
    with serving(RELAY), reading() as session:
        rows = session.scalars(
            sa.select(OutboxRow.tenant).where(
                OutboxRow.id.in_([delivery.event_id for delivery in claimed])
            )
        ).all()
    assert other_tenant.role in rows


def _backlog(tenant: Tenant, count: int) -> None:
    with provisioning.owner() as connection:
        connection.execute(
            "INSERT INTO node.outbox (id, tenant, event, payload, created_at, deliver_at, state)"
            " SELECT gen_random_uuid(), %s, 'tests.stepped.v1', '{\"number\": 0}',"
            " now() - interval '1 hour', now() - interval '1 hour', 'waiting'"
            " FROM generate_series(1, %s)",
            (tenant.role, count),
        )


def test_events_of_one_subject_wait_for_the_earlier_one(
    tenant: Tenant, clock_forward: Callable[[timedelta], None]
) -> None:
    one, other = ids.new(), ids.new()
    failing.add(1)
    step(range(1, 4), kind=Marched, subject=one)
    step(range(11, 13), kind=Marched, subject=other)
    relay.run_due()
    clock_forward(timedelta(seconds=2))
    relay.run_due()
    assert [number for _, number in heard] == [1, 11, 12]  # 2 and 3 wait for 1
    failing.clear()
    for _ in range(8):
        clock_forward(timedelta(minutes=1))
        relay.run_due()
    assert [number for _, number in heard] == [1, 11, 12, 1, 2, 3]


def test_an_earlier_event_in_another_relays_hands_is_waited_for(tenant: Tenant) -> None:
    """The first relay has claimed it and not yet committed; the second must not run ahead."""
    subject = ids.new()
    step(range(1, 3), kind=Marched, subject=subject)
    with serving(RELAY), reading() as session:
        first, second = session.scalars(
            sa.select(OutboxRow.id).order_by(OutboxRow.created_at)
        ).all()
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with serving(RELAY), transaction() as session:
            session.get(OutboxRow, first, with_for_update=True)
            holding.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    assert holding.wait(10)
    claimed = relay.claim_due()
    assert {delivery.event_id for delivery in claimed} == {second}
    for delivery in claimed:
        relay.deliver(delivery.event_id, delivery.listener)
    assert heard == []
    done.set()
    thread.join()
    relay.run_due()
    assert [number for _, number in heard] == [1, 2]  # the second right behind it


def test_a_dead_letter_does_not_stop_those_behind_it(
    tenant: Tenant, clock_forward: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "MAX_ATTEMPTS", 1)
    failing.add(1)
    step(range(1, 3), kind=Marched, subject=ids.new())
    for _ in range(3):
        relay.run_due()
        clock_forward(timedelta(seconds=2))
    assert [number for _, number in heard] == [1, 2]
    assert len(relay.dead_letters()) == 1
    assert states() == {"done": 2}


def test_a_closed_organization_waits_but_its_money_does_not(
    tenant: Tenant, clock_forward: Callable[[timedelta], None]
) -> None:
    step(range(1))
    with transaction() as session:
        emit(session, Paid())
    provisioning.set_status(tenant.slug, "suspended")
    try:
        hosts.refresh()
        relay.run_due()
        assert heard == [(tenant.slug, -1)]
        clock_forward(timedelta(minutes=9))
        assert relay.run_due() == 0
    finally:
        provisioning.set_status(tenant.slug, "active")
        hosts.refresh()
    clock_forward(timedelta(minutes=2))
    relay.run_due()
    assert heard == [(tenant.slug, -1), (tenant.slug, 0)]
    with serving(RELAY), reading() as session:  # waiting was no failure
        assert set(session.scalars(sa.select(ReceiptRow.attempts))) == {0}


def test_a_pause_ends_when_it_said_not_when_the_lease_does(
    tenant: Tenant, clock_forward: Callable[[timedelta], None]
) -> None:
    failing.add(7)
    step(range(7, 8))
    relay.run_due()
    for _ in range(4):
        clock_forward(timedelta(minutes=1))
        assert relay.run_due() == 0
    clock_forward(timedelta(seconds=61))
    assert relay.run_due() == 1


def test_what_the_broker_did_not_take_comes_again_alone(
    tenant: Tenant, clock_forward: Callable[[timedelta], None]
) -> None:
    step(range(1, 2), kind=Marched)
    claimed = relay.claim_due()
    assert len(claimed) == 2
    relay.give_back(claimed[:1])
    clock_forward(timedelta(seconds=3))
    assert relay.claim_due() == claimed[:1]
    clock_forward(relay.LEASE)
    assert {*relay.claim_due()} == {*claimed}


def test_nobody_listening_is_done_and_swept_in_the_end(
    tenant: Tenant, clock_forward: Callable[[timedelta], None]
) -> None:
    with transaction() as session:
        emit(session, Ignored())
    step(range(1))
    relay.run_due()
    assert states() == {"done": 2}
    assert relay.sweep() == 0
    clock_forward(timedelta(days=15))
    assert relay.sweep() == 2
    assert states() == {}


def test_a_dead_letter_is_never_swept(
    tenant: Tenant, clock_forward: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "MAX_ATTEMPTS", 1)
    failing.add(0)
    step(range(1))
    relay.run_due()
    clock_forward(timedelta(days=60))
    assert relay.sweep() == 0
    letter = relay.dead_letters()[0]
    assert (letter.tenant, letter.error) == (tenant.role, "not yet")


def test_only_a_dead_delivery_is_replayed(tenant: Tenant) -> None:
    step(range(1))
    relay.run_due()
    with serving(RELAY), reading() as session:
        done = session.scalars(sa.select(ReceiptRow)).one()
    for event_id, name in ((done.event_id, done.listener), (ids.new(), "x")):
        with pytest.raises(NotFound):
            relay.replay(event_id, name)
    assert relay.run_due() == 0


def test_the_age_is_that_of_the_oldest_that_is_due(
    tenant: Tenant, clock_forward: Callable[[timedelta], None]
) -> None:
    assert relay.age() == timedelta()
    with transaction() as session:
        emit(session, Stepped(number=0), at=clock.now() + timedelta(hours=1))
    assert relay.age() == timedelta()
    clock_forward(timedelta(hours=1, minutes=2))
    assert timedelta(minutes=2) <= relay.age() < timedelta(minutes=3)
    relay.run_due()
    assert relay.age() == timedelta()


def test_the_operators_side_has_events_too(tenant: Tenant) -> None:
    with serving(PLATFORM), transaction() as session:
        emit(session, Stepped(number=3))
    relay.run_due()
    assert heard == [("console", 3)]


def test_a_delivery_whose_organization_is_not_known_yet_waits(
    tenant: Tenant, clock_forward: Callable[[timedelta], None]
) -> None:
    _backlog(Tenant("0badc0de", "x", "t_0badc0de", "t_0badc0de"), 1)
    relay.run_due()
    assert heard == []
    assert states() == {"waiting": 1}


def test_an_old_timer_is_due_at_once_and_a_nameless_event_is_refused(tenant: Tenant) -> None:
    with transaction() as session:
        emit(session, Stepped(number=1), at=clock.now() - timedelta(days=1))
        with pytest.raises(TypeError, match="no wire name"):
            emit(session, Event())
    assert relay.run_due() == 1


def test_a_listener_has_a_name_of_its_own() -> None:
    with pytest.raises(RuntimeError, match="two listeners are named"):
        listens_to(Stepped)(count_steps)
    assert [heard.name for heard in outbox.listeners_of("tests.stepped.v1")] == [
        f"{__name__}.count_steps"
    ]


@pytest.mark.parametrize(("tenants", "limit"), [(7, 20), (7, 5), (1, 20)])
def test_every_organization_has_the_same_share_of_a_batch(
    tenant: Tenant, tenants: int, limit: int
) -> None:
    for number in range(tenants):
        _backlog(_nobody(number), 3 if number == 0 and tenants > 1 else 60)
    shares = Counter(_claimed(limit))
    assert sum(shares.values()) == limit
    others = [count for name, count in shares.items() if name != _nobody(0).role]
    assert max(others, default=0) - min(others, default=0) <= 1
    if limit == 20 and tenants == 7:
        assert shares[_nobody(0).role] in (2, 3)
    if limit < tenants:
        assert set(shares.values()) == {1}


def test_with_more_organizations_than_places_nobody_is_always_the_last(tenant: Tenant) -> None:
    for number in range(12):
        _backlog(_nobody(number), 30)
    served: Counter[str] = Counter()
    for _ in range(30):
        served.update(_claimed(4))
    assert len(served) == 12


def test_claiming_reads_a_bounded_part_of_any_backlog(tenant: Tenant) -> None:
    """500,000 due events of 200 organizations: what one claim reads does not grow with them."""
    with provisioning.owner() as connection:
        connection.execute(
            "INSERT INTO node.outbox (id, tenant, event, payload, created_at, deliver_at, state)"
            " SELECT gen_random_uuid(), 't_' || lpad((n % 200)::text, 8, '0'), 'tests.stepped.v1',"
            " '{\"number\": 0}', at, at, 'waiting' FROM (SELECT n, now() - interval '1 hour'"
            " + n * interval '1 millisecond' AS at FROM generate_series(1, 500000) AS n) AS made"
        )
        connection.execute("ANALYZE node.outbox")
    read: list[int] = []
    shapes: list[str] = []

    def explain(
        connection: sa.Connection, _c: object, statement: str, values: object, _x: object, _m: bool
    ) -> None:
        if "node.outbox" in statement and statement.startswith(("SELECT", "WITH")):
            asked = f"EXPLAIN (ANALYZE, TIMING OFF) {statement}"
            with connection.connection.cursor() as cursor:
                cursor.execute(asked, values)
                plan = [str(row[0]) for row in cursor.fetchall()]
            shapes.extend(line for line in plan if "Scan" in line)
            read.extend(
                int(float(found[1]) * int(found[2]))
                for line in plan
                if "Scan" in line
                and (found := re.search(r"actual rows=([\d.]+) loops=(\d+)", line))
            )
            read.extend(
                int(found[1]) for line in plan if (found := re.search(r"by Filter: (\d+)", line))
            )

    with serving(RELAY), transaction() as session:
        session.execute(sa.text("SELECT 1"))  # the transaction's opening travels with the first
        sa.event.listen(session.connection(), "before_cursor_execute", explain)
        rows = turns.due(session, clock.now(), relay.BATCH)
    assert len(rows) == relay.BATCH
    assert len({row.tenant for row in rows}) == 200
    assert not [line for line in shapes if "Seq Scan on outbox" in line]
    assert sum(read) < 20 * relay.BATCH, shapes
    began = time.monotonic()
    assert len(relay.claim_due()) == relay.BATCH
    assert time.monotonic() - began < 0.5


def _nobody(number: int) -> Tenant:
    role = f"t_0000f{number:03d}"
    return Tenant(role[2:], "x", role, role)


def _claimed(limit: int) -> list[str]:
    """Whose events a relay takes; they stay claimed."""
    ids = {delivery.event_id for delivery in relay.claim_due(limit)}
    with serving(RELAY), reading() as session:
        return list(session.scalars(sa.select(OutboxRow.tenant).where(OutboxRow.id.in_(ids))))


def test_claiming_stays_quick_with_a_long_backlog(tenant: Tenant) -> None:
    _backlog(tenant, 10_000)
    with provisioning.owner() as connection:
        connection.execute("ANALYZE node.outbox")
    began = time.monotonic()
    assert len(relay.claim_due()) == relay.BATCH
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize("in_a_row", [20, 3])
def test_what_waited_for_an_earlier_event_follows_it_at_once(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, in_a_row: int
) -> None:
    """Ten that stand back need no second each: the first takes them along when it is done."""
    monkeypatch.setattr(relay, "IN_A_ROW", in_a_row)
    step(range(1, 11), kind=Marched, subject=ids.new())
    claimed = [one for one in relay.claim_due() if one.listener.endswith("keep_pace")]
    first = claimed[0]
    for delivery in claimed[1:]:  # another worker had them first
        relay.deliver(delivery.event_id, delivery.listener)
    assert heard == []
    relay.deliver(first.event_id, first.listener)
    assert [number for _, number in heard] == list(range(1, min(in_a_row, 10) + 1))
    for _ in range(4):  # no time passes
        relay.run_due()
    assert [number for _, number in heard] == list(range(1, 11))
