from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from tests.domains.experts.conftest import count_queries, hoa, lan, organization, viewer
from tests.domains.search.conftest import expert, topics

from cilis.domains import bookings, experts
from cilis.domains.bookings import BookingState
from cilis.infra import db
from cilis.kit import clock
from cilis.kit.viewer import Viewer

__all__ = ["count_queries", "hoa", "lan", "organization", "topics"]


@pytest.fixture
def minh(topics: dict[str, UUID]) -> Viewer:
    """A published expert."""
    del topics
    made = expert("Trần Quang Minh")
    with db.reading() as session:
        return viewer(experts.card(session, made).person_id, "expert")


def expert_of(who: Viewer) -> UUID:
    with db.reading() as session:
        found = experts.expert_of_person(session, who.person)
    assert found is not None
    return found


def session_with(who: Viewer, client: Viewer, state: BookingState = BookingState.COMPLETED) -> UUID:
    """A booking that took place yesterday."""
    expert_id = expert_of(who)
    starts_at = clock.now().replace(second=0, microsecond=0) - timedelta(days=1)
    with db.transaction() as session:
        (terms,) = experts.services_of(session, [expert_id])[expert_id]
        (made,) = bookings.import_past(
            session,
            [
                bookings.PastBooking(
                    service_id=terms.id,
                    expert_id=expert_id,
                    expert_person_id=who.person,
                    client_id=client.person,
                    starts_at=starts_at,
                    ends_at=starts_at + terms.length,
                    price=terms.price,
                    service_name=dict(terms.name),
                    state=state,
                )
            ],
        )
    return made
