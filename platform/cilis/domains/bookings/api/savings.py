"""What makes a hold cheaper or pays for it: coupons, and which credit can be used."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cilis.domains.bookings import queries, service
from cilis.domains.bookings.api.blueprint import blueprint, shown, shown_again
from cilis.domains.bookings.schemas import (
    BookingSchema,
    CouponSchema,
    UsableCreditsSchema,
    show_choice,
)
from cilis.infra.db import reading
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer


@blueprint.post("/<uuid:booking_id>/coupon")
@policy(SIGNED_IN)
@blueprint.arguments(CouponSchema)
@blueprint.response(201, BookingSchema)
@blueprint.problems(
    booking_not_found=404,
    hold_expired=410,
    already_paid=409,
    own_service=409,
    not_your_side=403,
    too_many_requests=429,
    invalid_input=422,
)
@idempotent("bookings.use_coupon", again=shown_again)
def use_coupon(loaded: dict[str, Any], booking_id: UUID) -> dict[str, Any]:
    """Make a hold cheaper by a code; one that was used before goes back."""
    return shown(service.use_coupon(booking_id, loaded["code"], viewer()))


@blueprint.delete("/<uuid:booking_id>/coupon")
@policy(SIGNED_IN)
@blueprint.response(200, BookingSchema)
@blueprint.problems(booking_not_found=404, hold_expired=410, already_paid=409, not_your_side=403)
def drop_coupon(booking_id: UUID) -> dict[str, Any]:
    """Pay the full price after all; a repeat changes nothing."""
    return shown(service.drop_coupon(booking_id, viewer()))


@blueprint.get("/<uuid:booking_id>/usable-credit")
@policy(SIGNED_IN)
@blueprint.response(200, UsableCreditsSchema)
@blueprint.problems(booking_not_found=404)
def list_usable_credit(booking_id: UUID) -> dict[str, Any]:
    """Which of the client's credit can pay for a hold, and what each would leave to pay."""
    with reading() as session:
        booking = queries.visible(session, viewer(), booking_id)
        mine = queries.side_of(booking, viewer()) == "client"
        found = service.credit_choices(session, booking) if mine else []
    return {"items": [show_choice(one) for one in found]}
