"""Disputes over the API: for staff, with evidence for the bank."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from werkzeug.datastructures import FileStorage

from cilis.domains.payments import providers, queries, service
from cilis.domains.payments.schemas.disputes import (
    DisputeDetailSchema,
    DisputeListArgs,
    DisputePageSchema,
    EvidenceSchema,
    PaperFileSchema,
    PaperFormSchema,
    show_dispute,
    show_whole,
)
from cilis.domains.payments.service.disputes import MOST_BYTES
from cilis.domains.payments.types import DisputeState, PaperFile
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.paging import page_response
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer

STAFF = ("admin", "support")

disputes = ApiBlueprint(
    "disputes",
    __name__,
    url_prefix="/api/v1/disputes",
    description="Payments that a client's bank takes back or asks about.",
)


def _detail(dispute_id: UUID) -> dict[str, Any]:
    with reading() as session:
        found = queries.dispute(session, viewer(), dispute_id)
        papers = queries.papers(session, dispute_id)
    return show_whole(found, providers.evidence_fields(found.provider), papers)


@disputes.get("")
@policy(*STAFF)
@disputes.arguments(DisputeListArgs, location="query")
@disputes.response(200, DisputePageSchema)
def list_disputes(args: dict[str, Any]) -> dict[str, Any]:
    """Disputes, newest first."""
    state = DisputeState(args["state"]) if args["state"] else None
    with reading() as session:
        page = queries.disputes_page(
            session, viewer(), state=state, cursor=args["cursor"], limit=args["limit"]
        )
    return page_response(page, show_dispute)


@disputes.get("/<uuid:dispute_id>")
@policy(*STAFF)
@disputes.response(200, DisputeDetailSchema)
@disputes.problems(dispute_not_found=404)
def show_one_dispute(dispute_id: UUID) -> dict[str, Any]:
    """One dispute, what a bank may be told, and what was gathered."""
    return _detail(dispute_id)


@disputes.put("/<uuid:dispute_id>/evidence")
@policy(*STAFF)
@disputes.arguments(EvidenceSchema)
@disputes.response(200, DisputeDetailSchema)
@disputes.problems(dispute_not_found=404, own_payment=403, evidence_closed=409, invalid_input=422)
def keep_evidence(loaded: dict[str, Any], dispute_id: UUID) -> dict[str, Any]:
    """Keep texts for the bank; what is not named stays, an empty text goes."""
    service.keep_evidence(dispute_id, loaded["texts"], (), viewer())
    return _detail(dispute_id)


@disputes.post("/<uuid:dispute_id>/papers")
@policy(*STAFF)
@disputes.arguments(PaperFormSchema, location="form")
@disputes.arguments(PaperFileSchema, location="files")
@disputes.response(201, DisputeDetailSchema)
@disputes.problems(
    dispute_not_found=404,
    own_payment=403,
    evidence_closed=409,
    invalid_input=422,
    storage_full=503,
    storage_unavailable=503,
)
@idempotent("payments.keep_evidence", again=_detail)
def keep_paper(
    form: dict[str, Any], sent: dict[str, FileStorage], dispute_id: UUID
) -> dict[str, Any]:
    """Keep a file for the bank (PDF, PNG or JPEG; at most 4 MiB) in the place of an earlier one."""
    file = sent["file"]
    paper = PaperFile(form["field"], file.filename or "", file.read(MOST_BYTES + 1))
    service.keep_evidence(dispute_id, {}, (paper,), viewer())
    return _detail(dispute_id)


@disputes.post("/<uuid:dispute_id>/submissions")
@policy(*STAFF)
@disputes.response(201, DisputeDetailSchema)
@disputes.problems(dispute_not_found=404, own_payment=403, evidence_closed=409, nothing_to_tell=422)
@idempotent("payments.tell_bank", again=_detail)
def tell_bank(dispute_id: UUID) -> dict[str, Any]:
    """Send what was gathered to the bank; it can be sent once."""
    service.tell_bank(dispute_id, viewer())
    return _detail(dispute_id)
