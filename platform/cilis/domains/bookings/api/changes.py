"""Plans change: answers, other times, giving up, and what became of a session."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cilis.domains.bookings import queries, service
from cilis.domains.bookings.api.blueprint import blueprint, shown, shown_again
from cilis.domains.bookings.schemas import (
    BookingSchema,
    CancellationSchema,
    CancelSchema,
    DecisionOnSessionSchema,
    MoveSchema,
    NoShowSchema,
    ReasonSchema,
    show_cases,
    show_preview,
)
from cilis.domains.bookings.types import Outcome
from cilis.infra.db import reading
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.policies import PUBLIC, SIGNED_IN, policy
from cilis.infra.http.viewer import viewer


@blueprint.get("/<uuid:booking_id>/cancellations")
@policy(PUBLIC)
@blueprint.response(200, CancellationSchema)
@blueprint.problems(booking_not_found=404)
def preview_cancellation(booking_id: UUID) -> dict[str, Any]:
    """What cancelling now would give back, what later, and what if somebody does not come."""
    with reading() as session:
        booking = queries.visible(session, viewer(), booking_id)
        side = queries.side_of(booking, viewer()) or "client"
        cases = show_cases(
            if_client_misses=service.if_missed(session, booking, "client"),
            if_expert_cancels=service.cancellation(session, booking, by="expert"),
            if_expert_misses=service.if_missed(session, booking, "expert"),
        )
        return {**show_preview(service.cancellation(session, booking, by=side)), **cases}


@blueprint.post("/<uuid:booking_id>/cancellations")
@policy(PUBLIC)
@blueprint.arguments(CancelSchema)
@blueprint.response(201, BookingSchema)
@blueprint.problems(
    booking_not_found=404,
    not_possible_now=409,
    too_late=409,
    not_your_side=403,
    invalid_input=422,
)
@idempotent("bookings.cancel", again=shown_again)
def cancel(loaded: dict[str, Any], booking_id: UUID) -> dict[str, Any]:
    """Give a booking or a hold up."""
    booking = service.cancel(
        booking_id, viewer(), loaded["reason"], on_behalf_of=loaded["on_behalf_of"]
    )
    return shown(booking)


@blueprint.post("/<uuid:booking_id>/reschedulings")
@policy(SIGNED_IN)
@blueprint.arguments(MoveSchema)
@blueprint.response(201, BookingSchema)
@blueprint.problems(
    booking_not_found=404,
    not_possible_now=409,
    too_late=409,
    too_many_moves=409,
    slot_taken=409,
    slot_not_offered=409,
    service_not_found=404,
    not_your_side=403,
    invalid_input=422,
)
@idempotent("bookings.reschedule", again=shown_again)
def reschedule(loaded: dict[str, Any], booking_id: UUID) -> dict[str, Any]:
    """Move a session to another free start; experts propose one instead."""
    booking = service.reschedule(
        booking_id,
        loaded["starts_at"],
        viewer(),
        loaded["reason"],
        on_behalf_of=loaded["on_behalf_of"],
    )
    return shown(booking)


@blueprint.post("/<uuid:booking_id>/acceptances")
@policy("expert", "admin", "support")
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, BookingSchema)
@blueprint.problems(booking_not_found=404, not_possible_now=409, too_late=409, not_your_side=403)
@idempotent("bookings.accept", again=shown_again)
def accept(loaded: dict[str, Any], booking_id: UUID) -> dict[str, Any]:
    """Take a request on."""
    return shown(service.accept(booking_id, viewer(), loaded["reason"]))


@blueprint.post("/<uuid:booking_id>/refusals")
@policy("expert", "admin", "support")
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, BookingSchema)
@blueprint.problems(
    booking_not_found=404, not_possible_now=409, not_your_side=403, invalid_input=422
)
@idempotent("bookings.decline", again=shown_again)
def decline(loaded: dict[str, Any], booking_id: UUID) -> dict[str, Any]:
    """Decline a request; all of the money goes back."""
    return shown(service.decline(booking_id, viewer(), loaded["reason"]))


@blueprint.post("/<uuid:booking_id>/no-shows")
@policy("expert", "admin", "support")
@blueprint.arguments(NoShowSchema)
@blueprint.response(201, BookingSchema)
@blueprint.problems(
    booking_not_found=404,
    not_possible_now=409,
    not_your_side=403,
    too_early=409,
    too_late=409,
    invalid_input=422,
)
@idempotent("bookings.no_show", again=shown_again)
def mark_no_show(loaded: dict[str, Any], booking_id: UUID) -> dict[str, Any]:
    """Say who did not come; for a missing expert everything goes back."""
    booking = service.mark_no_show(
        booking_id, viewer(), loaded["reason"], missed_by=loaded["missed_by"]
    )
    return shown(booking)


@blueprint.post("/<uuid:booking_id>/disputes")
@policy(SIGNED_IN)
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, BookingSchema)
@blueprint.problems(
    booking_not_found=404,
    not_possible_now=409,
    session_decided=409,
    not_your_side=403,
    too_early=409,
    too_late=409,
    invalid_input=422,
)
@idempotent("bookings.dispute", again=shown_again)
def dispute(loaded: dict[str, Any], booking_id: UUID) -> dict[str, Any]:
    """As the client: the expert did not come, or you did. A person decides."""
    return shown(service.dispute(booking_id, viewer(), loaded["reason"]))


@blueprint.post("/<uuid:booking_id>/decisions")
@policy("admin", "support")
@blueprint.arguments(DecisionOnSessionSchema)
@blueprint.response(201, BookingSchema)
@blueprint.problems(
    booking_not_found=404, not_possible_now=409, not_your_side=403, invalid_input=422
)
@idempotent("bookings.decide", again=shown_again)
def decide(loaded: dict[str, Any], booking_id: UUID) -> dict[str, Any]:
    """Decide what happened, where the two sides disagree."""
    outcome = Outcome(loaded["outcome"])
    return shown(service.decide(booking_id, outcome, viewer(), loaded["reason"]))
