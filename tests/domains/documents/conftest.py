"""The world of bookings, with papers."""

from tests.domains.bookings.conftest import gate, world

__all__ = ["gate", "world"]
