"""Bookings: lists, the hold, the payment, what it is about."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from cilis.domains import experts, payments
from cilis.domains.bookings import queries, service
from cilis.domains.bookings.api.blueprint import blueprint, shown, shown_again
from cilis.domains.bookings.schemas import (
    BookingListArgs,
    BookingPageSchema,
    BookingSchema,
    DetailsSchema,
    HistorySchema,
    HoldSchema,
    PayAddressSchema,
    PaymentOrderSchema,
    show,
    show_change,
)
from cilis.domains.bookings.types import BookingState, HoldWish, Search
from cilis.infra.db import reading
from cilis.infra.http.addresses import absolute
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.paging import page_response
from cilis.infra.http.policies import PUBLIC, SIGNED_IN, policy
from cilis.infra.http.viewer import viewer
from cilis.kit.errors import Forbidden
from cilis.kit.pagination import Page


@blueprint.get("")
@policy(SIGNED_IN)
@blueprint.arguments(BookingListArgs, location="query")
@blueprint.response(200, BookingPageSchema)
@blueprint.problems(forbidden=403, not_an_expert=404, invalid_input=422)
def list_bookings(args: dict[str, Any]) -> Response:
    """Your bookings, those with you as the expert, or, for staff, everybody's."""
    # Written out without the schema, which would cost as much as all the rest; a test compares.
    side = "staff" if args["side"] == "all" else args["side"]
    with reading() as session:
        page = _page(session, args)
        paid = service.credit_in(session, page.items)
    return jsonify(page_response(page, lambda row: show(row, side, paid.get(row.id))))


@blueprint.post("")
@policy(PUBLIC)
@blueprint.arguments(HoldSchema)
@blueprint.response(201, BookingSchema)
@blueprint.problems(
    slot_taken=409,
    slot_not_offered=409,
    payment_under_way=409,
    own_service=409,
    service_not_found=404,
    not_signed_in=401,
    too_many_requests=429,
    too_many_holds=429,
    invalid_input=422,
)
@idempotent("bookings.hold", again=shown_again)
def hold(loaded: dict[str, Any]) -> Response:
    """Hold an hour for fifteen minutes. A browser holds one hour at a time."""
    service.count_hold(request.remote_addr or "")
    answer = jsonify(shown(service.hold(HoldWish(**loaded), viewer())))  # as the lists' rows
    answer.status_code = HTTPStatus.CREATED
    return answer


@blueprint.get("/<uuid:booking_id>")
@policy(PUBLIC)
@blueprint.response(200, BookingSchema)
@blueprint.problems(booking_not_found=404)
def show_booking(booking_id: UUID) -> dict[str, Any]:
    """One booking, for those whose it is."""
    return shown_again(booking_id)


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
    return shown(service.describe(booking_id, viewer(), loaded["text"]))


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
    url = service.start_payment(
        booking_id, loaded["provider"], viewer(), address, credit=loaded["credit"]
    )
    return _address(url)


def _page(session: Session, args: dict[str, Any]) -> Page[Any]:
    part = args["cursor"], args["limit"]
    coming = {"coming": True, "past": False}.get(args["when"])
    state = BookingState(args["state"]) if args["state"] else None
    if _is_search(args):
        return _found(session, args, state)
    side, owner = _whose(session, args["side"])
    return queries.page_of_rows(session, side, owner, state=state, coming=coming, part=part)


def _is_search(args: dict[str, Any]) -> bool:
    asked = args["q"] or args["since"] or args["until"] or args["disputed"]
    return args["side"] == "all" and bool(asked)


def _found(session: Session, args: dict[str, Any], state: BookingState | None) -> Page[Any]:
    search = Search(
        words=args["q"],
        state=state,
        since=args["since"],
        until=args["until"],
        disputed=args["disputed"],
        soonest=args["when"] == "coming",
    )
    return queries.find(session, viewer(), search, cursor=args["cursor"], limit=args["limit"])


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
