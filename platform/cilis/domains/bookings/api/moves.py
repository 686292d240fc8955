"""Another service of the same expert: what there is, the change, and paying its difference."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request

from cilis.domains import payments
from cilis.domains.bookings import queries, service
from cilis.domains.bookings.api.blueprint import blueprint
from cilis.domains.bookings.schemas import (
    MoveOptionsSchema,
    MoveWishSchema,
    PayAddressSchema,
    PaymentOrderSchema,
    ServiceMoveSchema,
    show_move,
    show_option,
)
from cilis.domains.bookings.types import MoveWish
from cilis.infra.db import reading
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer


def _move(booking_id: UUID, move_id: UUID) -> dict[str, Any]:
    with reading() as session:
        booking = queries.visible(session, viewer(), booking_id)
        return show_move(queries.move(session, booking, move_id))


@blueprint.get("/<uuid:booking_id>/move-options")
@policy(SIGNED_IN)
@blueprint.response(200, MoveOptionsSchema)
@blueprint.problems(booking_not_found=404)
def list_options(booking_id: UUID) -> dict[str, Any]:
    """The services that a session can be moved to, and what each does to the money now."""
    with reading() as session:
        booking = queries.visible(session, viewer(), booking_id)
        side = queries.side_of(booking, viewer()) or "client"
        items = [
            show_option(terms, service.move_preview(session, booking, terms, side))
            for terms in service.choices(session, booking)
        ]
        return {
            "moves_left": service.moves_left(session, booking),
            "move_until": service.move_until(booking),
            "items": items,
        }


@blueprint.get("/<uuid:booking_id>/moves/<uuid:move_id>")
@policy(SIGNED_IN)
@blueprint.response(200, ServiceMoveSchema)
@blueprint.problems(booking_not_found=404, move_not_found=404)
def show_one_move(booking_id: UUID, move_id: UUID) -> dict[str, Any]:
    """One change to another service."""
    return _move(booking_id, move_id)


@blueprint.post("/<uuid:booking_id>/moves")
@policy(SIGNED_IN)
@blueprint.arguments(MoveWishSchema)
@blueprint.response(201, ServiceMoveSchema)
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
@idempotent("bookings.change_service", again=lambda made_id: _made(made_id))  # noqa: PLW0108 - below
def change_service(loaded: dict[str, Any], booking_id: UUID) -> dict[str, Any]:
    """Move a session to another service; a dearer one is held until its difference is paid."""
    move = service.change_service(
        booking_id,
        MoveWish(loaded["service_id"], loaded["starts_at"]),
        viewer(),
        loaded["reason"],
        on_behalf_of=loaded["on_behalf_of"],
    )
    return show_move(move)


@blueprint.post("/<uuid:booking_id>/moves/<uuid:move_id>/payments")
@policy(SIGNED_IN)
@blueprint.arguments(PaymentOrderSchema)
@blueprint.response(201, PayAddressSchema)
@blueprint.problems(
    booking_not_found=404,
    move_not_found=404,
    move_over=410,
    already_paid=409,
    not_your_side=403,
    payment_method_not_offered=422,
    gateway_unavailable=503,
    invalid_input=422,
)
@idempotent("bookings.pay_move", again=lambda made_id: _pay_page(made_id))  # noqa: PLW0108 - below
def pay_move(loaded: dict[str, Any], booking_id: UUID, move_id: UUID) -> dict[str, Any]:
    """Begin to pay the difference."""
    address = request.remote_addr or ""
    url = service.pay_move(booking_id, move_id, loaded["provider"], viewer(), address)
    return {"url": url}


@blueprint.delete("/<uuid:booking_id>/moves/<uuid:move_id>")
@policy(SIGNED_IN)
@blueprint.response(200, ServiceMoveSchema)
@blueprint.problems(booking_not_found=404, move_not_found=404, not_your_side=403)
def give_up_move(booking_id: UUID, move_id: UUID) -> dict[str, Any]:
    """Keep the present hour after all; one that is done stays done."""
    return show_move(service.give_up_move(booking_id, move_id, viewer()))


def _made(move_id: UUID) -> dict[str, Any]:
    with reading() as session:
        return show_move(queries.visible_move(session, viewer(), move_id))


def _pay_page(attempt_id: UUID) -> dict[str, Any]:
    """The same pay page again."""
    url = payments.send_to_provider(
        attempt_id, client_ip=request.remote_addr or "", language=viewer().language
    )
    return {"url": url}
