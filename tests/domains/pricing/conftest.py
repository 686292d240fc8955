"""An expert with services, as the tests of bookings have one."""

from tests.domains.bookings.conftest import gate, world

__all__ = ["gate", "world"]
