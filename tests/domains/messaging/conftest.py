"""A client and an expert who have met, with a conversation that is open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest

from cilis.domains import bookings, messaging
from cilis.domains.bookings import Booking
from cilis.domains.messaging import Message, MessageWish
from cilis.infra import limits
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant
from cilis.kit import ids
from cilis.testing.scene import Scene, open_scene

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def scene(tenant: Tenant) -> Iterator[Scene]:
    """An organization whose one expert works for nothing."""
    del tenant
    yield open_scene(price_minor=0)
    limits.forget_everything()


@pytest.fixture
def book(scene: Scene, deliver: Callable[[], int]) -> Callable[..., Booking]:
    """A booking that is confirmed at once."""

    def make(role: str = "client", place: int = 0) -> Booking:
        wish = bookings.HoldWish(scene.service, scene.starts(place + 1)[place])
        booking = bookings.hold(wish, scene.viewer(role))
        bookings.start_payment(booking.id, "", scene.viewer(role), "203.0.113.7")
        deliver()
        with reading() as session:
            return bookings.get(session, booking.id)

    return make


@pytest.fixture
def talk(scene: Scene, book: Callable[..., Booking]) -> UUID:
    """The conversation of the scene's client with its expert."""
    booking = book()
    with reading() as session:
        found = messaging.conversation_of_booking(session, scene.viewer("client"), booking.id)
    assert found is not None
    return found


@pytest.fixture
def write(scene: Scene, talk: UUID) -> Callable[..., Message]:
    """Somebody of the scene writes."""

    def send(role: str, text: str = "", **more: Any) -> Message:
        wish = MessageWish(more.pop("sending_id", ids.new()), text, **more)
        return messaging.send(talk, wish, scene.viewer(role))

    return send
