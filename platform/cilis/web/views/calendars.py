"""Addresses from which a calendar program reads one booking again and again.

The address holds a mark that only we can make, for one booking and one of its two people; it
opens nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from uuid import UUID

from cilis.domains import bookings, identity
from cilis.infra.db import reading
from cilis.infra.secrets import signing_keys
from cilis.kit.viewer import Viewer

_BYTES = 20


def token(booking_id: UUID, person_id: UUID) -> str:
    """The mark in the address of one person's entry."""
    return _mark(signing_keys("calendar")[0], booking_id, person_id)


def reader_of(booking_id: UUID, given: str) -> Viewer:
    """Whose address it is; raises BookingNotFound for a mark that is not ours."""
    with reading() as session:
        booking = bookings.get(session, booking_id)
        for person_id in (booking.client_id, booking.expert_person_id):
            if person_id is not None and _is_of(booking_id, person_id, given):
                person = identity.person(session, person_id)
                return Viewer(
                    person_id, None, frozenset(), person.name, person.language, person.time_zone
                )
    raise bookings.BookingNotFound(f"not an address of {booking_id}")


def _is_of(booking_id: UUID, person_id: UUID, given: str) -> bool:
    return any(
        hmac.compare_digest(_mark(key, booking_id, person_id).encode(), given.encode())
        for key in signing_keys("calendar")
    )


def _mark(key: bytes, booking_id: UUID, person_id: UUID) -> str:
    said = f"{booking_id.hex}:{person_id.hex}".encode()
    digest = hmac.new(key, said, hashlib.sha256).digest()[:_BYTES]
    return base64.b32encode(digest).decode().lower().rstrip("=")
