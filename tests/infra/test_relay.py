from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import ClassVar
from uuid import UUID

import pytest

from cilis import relay as carrier
from cilis.hooks import TryLater
from cilis.infra import clocksync, letters, outbox, relay, tasks, turns
from cilis.infra.db import transaction
from cilis.infra.outbox import Event, emit, listens_to
from cilis.infra.tenancy import Tenant, current_tenant
from cilis.kit import clock, ids

heard: list[tuple[str, UUID, str]] = []
failures: list[Exception] = []


@dataclass(frozen=True, kw_only=True)
class Rang(Event):
    name: ClassVar[str] = "tests.rang.v1"
    bell_id: UUID


@listens_to(Rang)
def write_down(event: Rang) -> None:
    if failures:
        raise failures.pop()
    heard.append((event.name, event.bell_id, current_tenant().slug))


@pytest.fixture(autouse=True)
def _forget() -> None:
    heard.clear()
    failures.clear()


def ring(**more: object) -> UUID:
    bell = ids.new()
    with transaction() as session:
        emit(session, Rang(bell_id=bell), **more)  # type: ignore[arg-type]
    return bell


def test_an_event_reaches_its_listener_once_and_in_its_tenant(tenant: Tenant) -> None:
    bell = ring()
    assert relay.run_due() == 1
    assert relay.run_due() == 0
    assert heard == [("tests.rang.v1", bell, tenant.slug)]


def test_a_rolled_back_event_is_never_heard(tenant: Tenant) -> None:
    with pytest.raises(KeyError), transaction() as session:
        emit(session, Rang(bell_id=ids.new()))
        raise KeyError
    assert relay.run_due() == 0


def test_a_timer_waits_for_its_time(
    tenant: Tenant, clock_forward: Callable[[timedelta], None]
) -> None:
    ring(at=clock.now() + timedelta(hours=1))
    assert relay.run_due() == 0
    clock_forward(timedelta(hours=1, seconds=1))
    assert relay.run_due() == 1


def test_a_timer_is_never_heard_before_its_time(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The relay's clock is ahead of the worker's: the listener must not find it too early."""
    at = clock.now() + timedelta(hours=1)
    seen: list[bool] = []
    monkeypatch.setitem(
        globals(), "heard", SimpleNamespace(append=lambda _: seen.append(clock.now() >= at))
    )
    ring(at=at)
    true = clock.distance()
    clock.set_distance(true + timedelta(hours=1, milliseconds=100))
    (claimed,) = relay.claim_due()

    clock.set_distance(true)  # a worker that has not yet noticed
    monkeypatch.setattr(clocksync, "sync", lambda: clock.set_distance(true + timedelta(hours=1)))
    relay.deliver(claimed.event_id, claimed.listener)
    assert seen == [True]
    clock.set_distance(true)


def test_a_task_that_was_put_off_meanwhile_does_nothing(
    tenant: Tenant, clock_forward: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clocksync, "sync", lambda: None)
    bell = ring()
    (claimed,) = relay.claim_due()
    failures.append(TryLater("busy", after=timedelta(minutes=10)))
    relay.deliver(claimed.event_id, claimed.listener)
    relay.deliver(claimed.event_id, claimed.listener)  # the same task twice in the broker
    assert heard == []
    clock_forward(timedelta(minutes=10, seconds=1))
    relay.run_due()
    assert [entry[1] for entry in heard] == [bell]


def test_a_failed_delivery_comes_again(
    tenant: Tenant, clock_forward: Callable[[timedelta], None]
) -> None:
    bell = ring()
    failures.append(ValueError("once"))
    relay.run_due()
    assert heard == []
    assert relay.run_due() == 0
    clock_forward(timedelta(seconds=5))
    relay.run_due()
    assert [entry[1] for entry in heard] == [bell]


def test_a_listener_may_choose_the_pause(
    tenant: Tenant, clock_forward: Callable[[timedelta], None]
) -> None:
    ring()
    failures.append(TryLater("busy", after=timedelta(minutes=10)))
    relay.run_due()
    clock_forward(timedelta(minutes=9))
    assert relay.run_due() == 0
    clock_forward(timedelta(minutes=2))
    assert relay.run_due() == 1


def test_a_worker_that_dies_costs_only_the_lease(
    tenant: Tenant, clock_forward: Callable[[timedelta], None]
) -> None:
    bell = ring()
    assert len(relay.claim_due()) == 1  # handed to a worker that is never heard of again
    assert relay.run_due() == 0
    clock_forward(relay.LEASE + timedelta(seconds=1))
    relay.run_due()
    assert [entry[1] for entry in heard] == [bell]


def test_a_hopeless_delivery_ends_as_a_dead_letter_and_can_be_replayed(
    tenant: Tenant, clock_forward: Callable[[timedelta], None]
) -> None:
    ring()
    for _ in range(relay.MAX_ATTEMPTS):
        failures.append(ValueError("always"))
        relay.run_due()
        clock_forward(timedelta(hours=2))
    assert relay.run_due() == 0
    dead = relay.dead_letters()
    assert [letter.error for letter in dead] == ["ValueError: always"]
    relay.replay(dead[0].event_id, dead[0].listener)
    assert relay.run_due() == 1
    assert len(heard) == 1


def test_unknown_fields_of_a_newer_version_are_left_out() -> None:
    bell = ids.new()
    assert Rang.revive({"bell_id": str(bell), "new": 1}) == Rang(bell_id=bell)


def test_an_event_of_a_newer_version_is_left_for_a_newer_relay(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    bell = ring()
    with monkeypatch.context() as older:
        older.setattr(turns, "known_events", lambda: ["bookings.held.v1"])
        assert relay.run_due() == 0
    assert relay.run_due() == 1
    assert [entry[1] for entry in heard] == [bell]


def test_a_delivery_to_a_listener_that_is_no_more_ends_as_a_dead_letter(
    tenant: Tenant, clock_forward: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ring()
    with monkeypatch.context() as newer:
        newer.setattr(relay, "listener", lambda _: None)
        for _ in range(relay.MAX_ATTEMPTS):
            assert relay.run_due() == 1
            clock_forward(timedelta(hours=2))
        assert relay.run_due() == 0
    assert [letter.error for letter in relay.dead_letters()] == ["no such listener in this version"]
    assert heard == []


@dataclass(frozen=True, kw_only=True)
class Posted(Event):
    name: ClassVar[str] = "tests.posted.v1"


@dataclass(frozen=True, kw_only=True)
class Printed(Event):
    name: ClassVar[str] = "tests.printed.v1"


@listens_to(Posted, slow=True)
def post_it(event: Posted) -> None:
    del event


@listens_to(Posted)
def show_it(event: Posted) -> None:
    del event


@listens_to(Printed, slow=True)
def print_it(event: Printed) -> None:
    del event


Lanes = dict[str, list[str]]


@pytest.fixture
def lanes(monkeypatch: pytest.MonkeyPatch) -> Lanes:
    """What the relay hands over, by lane; nothing lies in the broker."""
    sent: Lanes = {tasks.QUICK: [], tasks.SLOW: []}

    def take(*, kwargs: dict[str, str], queue: str, retry: bool) -> None:
        assert not retry
        sent[queue].append(kwargs["listener"].rpartition(".")[2])

    monkeypatch.setattr(carrier, "deliver", SimpleNamespace(apply_async=take))
    monkeypatch.setattr(tasks, "waiting", lambda _: 0)
    return sent


def lying(monkeypatch: pytest.MonkeyPatch, lane: str, count: int) -> None:
    monkeypatch.setattr(tasks, "waiting", lambda one: count if one == lane else 0)


def test_nothing_is_claimed_while_the_broker_is_full(
    tenant: Tenant, lanes: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring()
    lying(monkeypatch, tasks.QUICK, carrier.MOST_WAITING[tasks.QUICK])
    assert carrier._round() == 0
    assert lanes == {tasks.QUICK: [], tasks.SLOW: []}
    lying(monkeypatch, tasks.QUICK, carrier.MOST_WAITING[tasks.QUICK] - 1)
    assert carrier._round() == 1
    assert lanes == {tasks.QUICK: ["write_down"], tasks.SLOW: []}


def test_no_room_keeps_open_pages_waiting_and_mails_keep_nobody() -> None:
    hints = [name for name in outbox._by_name if ".sockets." in name]
    assert len(hints) >= 30
    assert {tasks.lane_of(name) for name in hints} == {tasks.QUICK}
    for name in ("bookings.listeners.confirm_paid_booking", "bookings.listeners.complete_session"):
        assert tasks.lane_of(f"cilis.domains.{name}") == tasks.QUICK
    for name in ("notifications.listeners.send", "payments.listeners.send_refund"):
        assert tasks.lane_of(f"cilis.domains.{name}") == tasks.SLOW


def test_slow_deliveries_go_by_a_lane_of_their_own(tenant: Tenant, lanes: Lanes) -> None:
    with transaction() as session:
        emit(session, Posted())
        emit(session, Printed())
    assert carrier._round() == 3
    assert lanes[tasks.QUICK] == ["show_it"]
    assert sorted(lanes[tasks.SLOW]) == ["post_it", "print_it"]


def test_a_full_slow_lane_holds_up_nothing_in_the_quick_one(
    tenant: Tenant,
    lanes: Lanes,
    monkeypatch: pytest.MonkeyPatch,
    clock_forward: Callable[[timedelta], None],
) -> None:
    lying(monkeypatch, tasks.SLOW, carrier.MOST_WAITING[tasks.SLOW])
    with transaction() as session:
        for _ in range(relay.BATCH + 1):
            emit(session, Printed())
    with transaction() as session:
        emit(session, Posted())
    carrier._round()
    assert lanes == {tasks.QUICK: ["show_it"], tasks.SLOW: []}
    lying(monkeypatch, tasks.SLOW, 0)
    for _ in range(3):
        carrier._round()
    assert lanes[tasks.SLOW] == ["print_it"] * (relay.BATCH + 1)
    clock_forward(relay.LEASE + timedelta(seconds=1))
    lanes[tasks.QUICK].clear()
    lanes[tasks.SLOW].clear()
    for _ in range(3):
        carrier._round()
    assert "post_it" in lanes[tasks.SLOW]


@pytest.mark.parametrize(("swept", "more"), [(0, False), (letters.SWEPT, True)])
def test_a_full_sweep_is_soon_followed_by_another(
    monkeypatch: pytest.MonkeyPatch, swept: int, more: bool
) -> None:
    monkeypatch.setattr(relay, "sweep", lambda: swept)
    assert carrier._quietly_sweep() is more
