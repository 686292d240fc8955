"""What a browser or a person holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.types import BookingState
from cilis.kit import clock
from cilis.kit.viewer import Viewer

_HELD = sa.select(Booking.session_id).where(
    Booking.state == BookingState.HELD,
    sa.or_(
        Booking.session_id == sa.bindparam("session", type_=sa.Uuid()),
        sa.and_(
            Booking.client_id == sa.bindparam("person", type_=sa.Uuid()),
            Booking.expert_id == sa.bindparam("expert", type_=sa.Uuid()),
        ),
    ),
)


class Held(NamedTuple):
    """What is held already when somebody wants another hour."""

    by_session: bool
    with_expert: int


def held_already(session: Session, viewer: Viewer, expert_id: UUID) -> Held:
    """Whether the viewer's browser holds an hour, and how many others of this expert they hold."""
    found = (
        session.connection()
        .execute(
            _HELD, {"session": viewer.session_id, "person": viewer.person_id, "expert": expert_id}
        )
        .all()
    )
    own = sum(row.session_id is not None and row.session_id == viewer.session_id for row in found)
    return Held(own > 0, len(found) - own)


def hold_of(session: Session, viewer: Viewer) -> Booking | None:
    """The hour that the viewer's browser holds (index: bookings_one_hold_per_session)."""
    if viewer.session_id is None:
        return None
    return session.scalars(
        sa.select(Booking).where(
            Booking.session_id == viewer.session_id,
            Booking.state == BookingState.HELD,
            Booking.held_until > clock.now(),
        )
    ).one_or_none()


def held_by_session(session: Session, session_id: UUID) -> Booking | None:
    """The hold of a browser, locked (index: bookings_one_hold_per_session)."""
    return session.scalars(
        sa.select(Booking)
        .where(Booking.session_id == session_id, Booking.state == BookingState.HELD)
        .with_for_update()
    ).one_or_none()


def nameless_of_session(session: Session, session_id: UUID) -> Sequence[Booking]:
    """Holds, live or gone, that a browser made before anybody signed in; locked."""
    return session.scalars(
        sa.select(Booking)
        .where(Booking.session_id == session_id, Booking.client_id.is_(None))
        .order_by(Booking.id)
        .with_for_update()
    ).all()
