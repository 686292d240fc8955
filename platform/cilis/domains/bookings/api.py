"""Bookings over the API: the same use cases as the pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from cilis.domains import experts, payments
from cilis.domains.bookings import queries, service
from cilis.domains.bookings.schemas import (
    BookingListArgs,
    BookingPageSchema,
    BookingSchema,
    CancellationSchema,
    DetailsSchema,
    HistorySchema,
    HoldSchema,
    MoveSchema,
    PayAddressSchema,
    PaymentOrderSchema,
    ReasonSchema,
    show,
    show_change,
    show_preview,
)
from cilis.domains.bookings.types import BookingState, HoldWish
from cilis.infra.db import reading
from cilis.infra.http.addresses import absolute
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.paging import page_response
from cilis.infra.http.policies import PUBLIC, SIGNED_IN, policy
from cilis.infra.http.viewer import viewer
from cilis.kit.errors import Forbidden
from cilis.kit.pagination import Page

blueprint = ApiBlueprint(
    "bookings",
    __name__,
    url_prefix="/api/v1/bookings",
    description="Hours with experts, from the hold to the end of the session.",
)


def _show(booking_id: UUID) -> dict[str, Any]:
    with reading() as session:
        return show(queries.visible(session, viewer(), booking_id))


@blueprint.get("")
@policy(SIGNED_IN)
@blueprint.arguments(BookingListArgs, location="query")
@blueprint.response(200, BookingPageSchema)
@blueprint.problems(forbidden=403, not_an_expert=404, invalid_input=422)
def list_bookings(args: dict[str, Any]) -> Response:
    """Your bookings, those with you as the expert, or, for staff, everybody's."""
    # Written out without the schema, which would cost as much as all the rest; a test compares.
    return jsonify(page_response(_page(args), show))


@blueprint.post("")
@policy(PUBLIC)
@blueprint.arguments(HoldSchema)
@blueprint.response(201, BookingSchema)
@blueprint.problems(
    slot_taken=409,
    slot_not_offered=409,
    own_service=409,
    service_not_found=404,
    not_signed_in=401,
    too_many_requests=429,
    too_many_holds=429,
    invalid_input=422,
)
@idempotent("bookings.hold", again=_show)
def hold(loaded: dict[str, Any]) -> dict[str, Any]:
    """Hold an hour for fifteen minutes. A browser holds one hour at a time."""
    service.count_hold(request.remote_addr or "")
    return show(service.hold(HoldWish(**loaded), viewer()))


@blueprint.get("/<uuid:booking_id>")
@policy(PUBLIC)
@blueprint.response(200, BookingSchema)
@blueprint.problems(booking_not_found=404)
def show_booking(booking_id: UUID) -> dict[str, Any]:
    """One booking, for those whose it is."""
    return _show(booking_id)


@blueprint.get("/<uuid:booking_id>/changes")
@policy(PUBLIC)
@blueprint.response(200, HistorySchema)
@blueprint.problems(booking_not_found=404)
def show_history(booking_id: UUID) -> dict[str, Any]:
    """Everything that happened to a booking."""
    with reading() as session:
        booking = queries.visible(session, viewer(), booking_id)
        lines = queries.history(session, booking_id)
    return {"items": [show_change(line, booking) for line in lines]}


@blueprint.put("/<uuid:booking_id>/details")
@policy(PUBLIC)
@blueprint.arguments(DetailsSchema)
@blueprint.response(200, BookingSchema)
@blueprint.problems(
    booking_not_found=404,
    hold_expired=410,
    not_possible_now=409,
    not_your_side=403,
    invalid_input=422,
)
def describe(loaded: dict[str, Any], booking_id: UUID) -> dict[str, Any]:
    """Say what it is about."""
    return show(service.describe(booking_id, viewer(), loaded["text"]))


def _pay_address(made_id: UUID) -> dict[str, Any]:
    """The same pay page again; a booking without a price has its own page instead."""
    try:
        url = payments.send_to_provider(
            made_id, client_ip=request.remote_addr or "", language=viewer().language
        )
    except payments.PaymentNotFound:
        url = f"/bookings/{made_id}"
    return _address(url)


def _address(url: str) -> dict[str, Any]:
    return {"url": absolute(url) if url.startswith("/") else url}


@blueprint.post("/<uuid:booking_id>/payments")
@policy(SIGNED_IN)
@blueprint.arguments(PaymentOrderSchema)
@blueprint.response(201, PayAddressSchema)
@blueprint.problems(
    booking_not_found=404,
    hold_expired=410,
    already_paid=409,
    own_service=409,
    not_your_side=403,
    payment_over=410,
    payment_method_not_offered=422,
    gateway_unavailable=503,
    invalid_input=422,
)
@idempotent("bookings.start_payment", again=_pay_address)
def start_payment(loaded: dict[str, Any], booking_id: UUID) -> dict[str, Any]:
    """Begin to pay for a hold; where nothing is to be paid, book it."""
    address = request.remote_addr or ""
    return _address(service.start_payment(booking_id, loaded["provider"], viewer(), address))


@blueprint.get("/<uuid:booking_id>/cancellations")
@policy(PUBLIC)
@blueprint.response(200, CancellationSchema)
@blueprint.problems(booking_not_found=404)
def preview_cancellation(booking_id: UUID) -> dict[str, Any]:
    """What cancelling now would give back."""
    with reading() as session:
        booking = queries.visible(session, viewer(), booking_id)
        side = queries.side_of(booking, viewer()) or "client"
        return show_preview(service.cancellation(session, booking, by=side))


@blueprint.post("/<uuid:booking_id>/cancellations")
@policy(PUBLIC)
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, BookingSchema)
@blueprint.problems(booking_not_found=404, not_possible_now=409, too_late=409, invalid_input=422)
@idempotent("bookings.cancel", again=_show)
def cancel(loaded: dict[str, Any], booking_id: UUID) -> dict[str, Any]:
    """Give a booking or a hold up."""
    return show(service.cancel(booking_id, viewer(), loaded["reason"]))


@blueprint.post("/<uuid:booking_id>/reschedulings")
@policy(SIGNED_IN)
@blueprint.arguments(MoveSchema)
@blueprint.response(201, BookingSchema)
@blueprint.problems(
    booking_not_found=404,
    not_possible_now=409,
    too_late=409,
    slot_taken=409,
    slot_not_offered=409,
    service_not_found=404,
    invalid_input=422,
)
@idempotent("bookings.reschedule", again=_show)
def reschedule(loaded: dict[str, Any], booking_id: UUID) -> dict[str, Any]:
    """Move a session to another free start."""
    return show(service.reschedule(booking_id, loaded["starts_at"], viewer()))


@blueprint.post("/<uuid:booking_id>/acceptances")
@policy("expert", "admin", "support")
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, BookingSchema)
@blueprint.problems(booking_not_found=404, not_possible_now=409, not_your_side=403)
@idempotent("bookings.accept", again=_show)
def accept(loaded: dict[str, Any], booking_id: UUID) -> dict[str, Any]:
    """Take a request on."""
    return show(service.accept(booking_id, viewer(), loaded["reason"]))


@blueprint.post("/<uuid:booking_id>/refusals")
@policy("expert", "admin", "support")
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, BookingSchema)
@blueprint.problems(booking_not_found=404, not_possible_now=409, not_your_side=403)
@idempotent("bookings.decline", again=_show)
def decline(loaded: dict[str, Any], booking_id: UUID) -> dict[str, Any]:
    """Decline a request; all of the money goes back."""
    return show(service.decline(booking_id, viewer(), loaded["reason"]))


@blueprint.post("/<uuid:booking_id>/no-shows")
@policy("expert", "admin", "support")
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, BookingSchema)
@blueprint.problems(
    booking_not_found=404, not_possible_now=409, not_your_side=403, too_early=409, too_late=409
)
@idempotent("bookings.no_show", again=_show)
def mark_no_show(loaded: dict[str, Any], booking_id: UUID) -> dict[str, Any]:
    """Say that the client did not come."""
    return show(service.mark_no_show(booking_id, viewer(), loaded["reason"]))


def _page(args: dict[str, Any]) -> Page[Any]:
    coming = {"coming": True, "past": False}.get(args["when"])
    state = BookingState(args["state"]) if args["state"] else None
    with reading() as session:
        side, owner = _whose(session, args["side"])
        return queries.page_of_rows(
            session,
            side,
            owner,
            state=state,
            coming=coming,
            part=(args["cursor"], args["limit"]),
        )


def _whose(session: Session, side: str) -> tuple[queries.Side, UUID | None]:
    who = viewer()
    if side == "client":
        return "client", who.person
    if side == "expert":
        expert_id = experts.expert_of_person(session, who.person)
        if expert_id is None:
            raise experts.NotAnExpert("the viewer is no expert")
        return "expert", expert_id
    if not who.has(*queries.STAFF):
        raise Forbidden("staff only")
    return "staff", None
