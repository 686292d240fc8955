"""Other times that an expert proposes, and the client's answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cilis.domains.bookings import queries, service
from cilis.domains.bookings.api.blueprint import blueprint, shown, shown_again
from cilis.domains.bookings.schemas import (
    BookingSchema,
    ChoiceSchema,
    ProposalSchema,
    ProposalsSchema,
    ProposeSchema,
    ReasonSchema,
    show_proposal,
)
from cilis.infra.db import reading
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer

_ONE = "/<uuid:booking_id>/proposals/<uuid:proposal_id>"


def _show(proposal_id: UUID) -> dict[str, Any]:
    with reading() as session:
        return show_proposal(queries.visible_proposal(session, viewer(), proposal_id))


@blueprint.get("/<uuid:booking_id>/proposals")
@policy(SIGNED_IN)
@blueprint.response(200, ProposalsSchema)
@blueprint.problems(booking_not_found=404)
def list_proposals(booking_id: UUID) -> dict[str, Any]:
    """What was proposed for a booking, and what became of it."""
    with reading() as session:
        queries.visible(session, viewer(), booking_id)
        found = queries.proposals_of(session, booking_id)
    return {"items": [show_proposal(one) for one in found]}


@blueprint.post("/<uuid:booking_id>/proposals")
@policy("expert", "admin", "support")
@blueprint.arguments(ProposeSchema)
@blueprint.response(201, ProposalSchema)
@blueprint.problems(
    booking_not_found=404,
    not_possible_now=409,
    not_your_side=403,
    too_late=409,
    slot_not_offered=409,
    service_not_found=404,
    invalid_input=422,
)
@idempotent("bookings.propose", again=_show)
def propose(loaded: dict[str, Any], booking_id: UUID) -> dict[str, Any]:
    """Propose up to three other times to the client; nothing moves before one is picked."""
    found = service.propose(booking_id, loaded["starts"], viewer(), loaded["text"])
    return show_proposal(found)


@blueprint.post(f"{_ONE}/acceptances")
@policy(SIGNED_IN)
@blueprint.arguments(ChoiceSchema)
@blueprint.response(201, BookingSchema)
@blueprint.problems(
    booking_not_found=404,
    proposal_not_found=404,
    proposal_over=410,
    not_your_side=403,
    slot_taken=409,
    slot_not_offered=409,
    service_not_found=404,
    invalid_input=422,
)
@idempotent("bookings.accept_proposal", again=shown_again)
def accept_proposal(loaded: dict[str, Any], booking_id: UUID, proposal_id: UUID) -> dict[str, Any]:
    """Pick one of the proposed times."""
    start = loaded["starts_at"]
    return shown(service.accept_proposal(booking_id, proposal_id, start, viewer()))


@blueprint.post(f"{_ONE}/refusals")
@policy(SIGNED_IN)
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, BookingSchema)
@blueprint.problems(
    booking_not_found=404, proposal_not_found=404, proposal_over=410, not_your_side=403
)
@idempotent("bookings.refuse_proposal", again=shown_again)
def refuse_proposal(loaded: dict[str, Any], booking_id: UUID, proposal_id: UUID) -> dict[str, Any]:
    """None of the times fits: a request ends and is paid back, a session stays as it is."""
    reason = loaded["reason"]
    return shown(service.refuse_proposal(booking_id, proposal_id, viewer(), reason))


@blueprint.post(f"{_ONE}/withdrawals")
@policy("expert", "admin", "support")
@blueprint.response(201, BookingSchema)
@blueprint.problems(
    booking_not_found=404, proposal_not_found=404, proposal_over=410, not_your_side=403
)
@idempotent("bookings.withdraw_proposal", again=shown_again)
def withdraw_proposal(booking_id: UUID, proposal_id: UUID) -> dict[str, Any]:
    """Take a proposal back."""
    return shown(service.withdraw_proposal(booking_id, proposal_id, viewer()))
