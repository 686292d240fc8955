"""Switched off means off: no route answers, no hook runs, no job is queued."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.web.pages.conftest import Gate, booked, browse, client, gate, held, scene

from cilis.domains import bookings, extensions, payments
from cilis.domains.notifications import Kind, service
from cilis.hooks.manager import plugins
from cilis.infra.db import reading, transaction
from cilis.infra.outbox import Event
from cilis.kit import clock, ids
from cilis.kit.errors import DomainError
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

__all__ = ["booked", "browse", "gate", "held", "scene"]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every call of a plugin's method."""
    seen: list[str] = []
    known = plugins.call

    def call(kind: str, key: str, *args: Any, **more: Any) -> Any:
        seen.append(f"{kind}/{key}")
        return known(kind, key, *args, **more)

    monkeypatch.setattr(plugins, "call", call)
    return seen


def token(kind: str, key: str) -> str:
    with reading() as session:
        return extensions.hook_token(session, kind, key)


def test_a_gateway(
    scene: Scene,
    gate: Gate,
    held: Callable[..., bookings.Booking],
    browse: Callable[..., Browser],
    deliver: Callable[[], int],
    clock_forward: Callable[[timedelta], None],
    calls: list[str],
) -> None:
    del gate
    address = f"/hooks/payments/gate/{token('payments', 'gate')}"
    booking = held(3)
    bookings.start_payment(booking.id, "gate", client(scene), "127.0.0.1")
    extensions.switch("payments", "gate", False, {}, scene.viewer("admin"))
    calls.clear()

    for method in ("get", "post"):
        assert getattr(browse(), method)(address).status_code in {404, 405}
    with reading() as session:
        assert [one.key for one in payments.methods(session, "VND")] == []
    with pytest.raises(DomainError):
        bookings.start_payment(booking.id, "gate", client(scene), "127.0.0.1")
    clock_forward(timedelta(minutes=30))
    deliver()
    assert calls == []


def test_a_channel(scene: Scene, calls: list[str], emitted: Callable[[], list[Event]]) -> None:
    settings = {"host": "127.0.0.1", "port": "2525", "security": "none"}
    extensions.switch("notifications", "email", True, settings, scene.viewer("admin"))
    extensions.switch("notifications", "email", False, {}, scene.viewer("admin"))
    before = len(emitted())
    service.tell_person(Kind.PASSWORD_CHANGED, "changed", scene.client, ids.new())
    assert len(emitted()) == before
    assert calls == []


def test_what_was_queued_before_is_dropped(
    scene: Scene, deliver: Callable[[], int], calls: list[str]
) -> None:
    settings = {"host": "127.0.0.1", "port": "2525", "security": "none"}
    extensions.switch("notifications", "email", True, settings, scene.viewer("admin"))
    service.tell_person(Kind.PASSWORD_CHANGED, "changed", scene.client, ids.new())
    extensions.switch("notifications", "email", False, {}, scene.viewer("admin"))
    deliver()
    assert calls == []


def test_video_rooms(
    scene: Scene,
    booked: Callable[..., bookings.Booking],
    deliver: Callable[[], int],
    calls: list[str],
) -> None:
    """Without a provider a booking is confirmed all the same; its room waits."""
    booking = booked(40)
    with transaction() as session:
        assert bookings.get(session, booking.id).state == bookings.BookingState.CONFIRMED
    deliver()
    assert not [call for call in calls if call.startswith("meetings/")]
    assert clock.now() < booking.starts_at
