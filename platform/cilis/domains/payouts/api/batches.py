"""Batches and single payouts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from cilis.domains.payouts import queries, service
from cilis.domains.payouts.schemas import (
    BatchDetailSchema,
    BatchListArgs,
    BatchPageSchema,
    BatchWishSchema,
    PaidSchema,
    PayoutPageSchema,
    PayoutSchema,
    ReasonSchema,
    show_batch,
    show_payout,
)
from cilis.domains.payouts.types import BatchState
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.downloads import attachment
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.paging import page_args, page_response
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer

STAFF = ("admin", "support")
batches = ApiBlueprint(
    "payout_batches",
    __name__,
    url_prefix="/api/v1/payout-batches",
    description="Payouts that are approved and sent together.",
)
singles = ApiBlueprint(
    "payouts",
    __name__,
    url_prefix="/api/v1/payouts",
    description="Amounts on their way to experts.",
)


def _batch(batch_id: UUID) -> dict[str, Any]:
    with reading() as session:
        found = queries.batch(session, batch_id)
        payouts = queries.payouts_of(session, batch_id)
    return {**show_batch(found), "payouts": [show_payout(one) for one in payouts]}


def _payout(payout_id: UUID) -> dict[str, Any]:
    with reading() as session:
        return show_payout(queries.payout(session, payout_id))


@batches.get("")
@policy(*STAFF)
@batches.arguments(BatchListArgs, location="query")
@batches.response(200, BatchPageSchema)
def list_batches(args: dict[str, Any]) -> dict[str, Any]:
    """Batches, newest first."""
    state = BatchState(args["state"]) if args["state"] else None
    with reading() as session:
        page = queries.batches_page(
            session, state=state, cursor=args["cursor"], limit=args["limit"]
        )
    return page_response(page, show_batch)


@batches.post("")
@policy(*STAFF)
@batches.arguments(BatchWishSchema)
@batches.response(201, BatchDetailSchema)
@batches.problems(nothing_to_pay=409)
@idempotent("payouts.make_batch", again=_batch)
def make_batch(wish: dict[str, Any]) -> dict[str, Any]:
    """Set aside what is available; above the limit a second person has to approve."""
    made = service.make_batch(viewer(), wish["expert_ids"], wish["least_minor"])
    return _batch(made.id)


@batches.get("/<uuid:batch_id>")
@policy(*STAFF)
@batches.response(200, BatchDetailSchema)
@batches.problems(payout_batch_not_found=404)
def show_one_batch(batch_id: UUID) -> dict[str, Any]:
    """One batch with its payouts."""
    return _batch(batch_id)


@batches.post("/<uuid:batch_id>/approvals")
@policy("admin")
@batches.response(201, BatchDetailSchema)
@batches.problems(
    payout_batch_not_found=404, payout_batch_not_waiting=409, second_person_needed=403
)
@idempotent("payouts.approve_batch", again=_batch)
def approve(batch_id: UUID) -> dict[str, Any]:
    """Approve a batch that somebody else made."""
    service.approve_batch(batch_id, viewer())
    return _batch(batch_id)


@batches.post("/<uuid:batch_id>/cancellations")
@policy(*STAFF)
@batches.arguments(ReasonSchema)
@batches.response(201, BatchDetailSchema)
@batches.problems(payout_batch_not_found=404, payout_batch_under_way=409)
@idempotent("payouts.cancel_batch", again=_batch)
def cancel(why: dict[str, Any], batch_id: UUID) -> dict[str, Any]:
    """Call a batch off before any of its money has left."""
    service.cancel_batch(batch_id, why["reason"], viewer())
    return _batch(batch_id)


@batches.post("/<uuid:batch_id>/payments")
@policy(*STAFF)
@batches.arguments(PaidSchema)
@batches.response(201, BatchDetailSchema)
@batches.problems(payout_batch_not_found=404, payout_batch_not_ready=409)
@idempotent("payouts.mark_paid", again=_batch)
def mark_paid(which: dict[str, Any], batch_id: UUID) -> dict[str, Any]:
    """Say that payouts have left the bank: all open ones, or some."""
    service.mark_paid(batch_id, viewer(), which["payout_ids"])
    return _batch(batch_id)


@batches.get("/<uuid:batch_id>/files/<any(xml, csv):form>")
@policy("admin")
@batches.response(200, content_type="application/octet-stream")
@batches.problems(
    payout_batch_not_found=404,
    payout_batch_not_ready=409,
    payout_file_empty=409,
    organization_account_missing=409,
)
def take_file(batch_id: UUID, form: str) -> Response:
    """The batch for the bank: SEPA pain.001.001.09 (xml), or a table (csv)."""
    file = service.bank_file(batch_id, form, viewer())
    return attachment(file.content, name=file.name, content_type=file.content_type)


@singles.get("")
@policy("expert")
@singles.arguments(page_args, location="query")
@singles.response(200, PayoutPageSchema)
@singles.problems(payout_not_found=404)
def list_payouts(args: dict[str, Any]) -> dict[str, Any]:
    """Your own payouts, newest first."""
    with reading() as session:
        expert_id = service.own_expert(session, viewer())
        page = queries.payouts_page(session, expert_id, cursor=args["cursor"], limit=args["limit"])
    return page_response(page, show_payout)


@singles.post("/<uuid:payout_id>/returns")
@policy(*STAFF)
@singles.arguments(ReasonSchema)
@singles.response(201, PayoutSchema)
@singles.problems(payout_not_found=404, payout_over=409, payout_batch_not_ready=409)
@idempotent("payouts.mark_returned", again=_payout)
def mark_returned(why: dict[str, Any], payout_id: UUID) -> dict[str, Any]:
    """Say that a payout did not arrive: the amount is the expert's balance again."""
    return show_payout(service.mark_returned(payout_id, why["reason"], viewer()))
