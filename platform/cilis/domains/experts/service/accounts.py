"""What becomes of an expert when the account behind is closed, or opened again."""

from __future__ import annotations

from uuid import UUID

from cilis.domains import identity
from cilis.domains.experts.queries import expert_of_person
from cilis.domains.experts.queries.profiles import locked
from cilis.domains.experts.service.changes import changed
from cilis.domains.experts.types import ExpertState
from cilis.infra import audit
from cilis.infra.db import transaction

_BY_ACCOUNT = {"by": "account"}


def follow_account(person_id: UUID) -> None:
    """Hide an expert whose account is suspended; show again whom nothing else had hidden.

    Bookings already made stay. Safe to run twice.
    """
    with transaction() as session:
        expert_id = expert_of_person(session, person_id)
        if expert_id is None:
            return
        person = identity.person(session, person_id)
        closed = person.status is identity.PersonStatus.SUSPENDED
        expert = locked(session, expert_id)
        if closed and expert.state is ExpertState.PUBLISHED:
            expert.state = ExpertState.SUSPENDED
        elif not closed and expert.state is ExpertState.SUSPENDED:
            question = audit.Question(subject_id=expert_id, action="experts.suspended")
            last = audit.page(session, question, limit=1).items
            if not last or dict(last[0].detail) != _BY_ACCOUNT:
                return  # an admin hid the profile itself
            expert.state = ExpertState.PUBLISHED
        else:
            return
        changed(session, expert)
        action = f"experts.{expert.state.value}"
        audit.record(session, action, expert_id, actor=None, detail=_BY_ACCOUNT)
