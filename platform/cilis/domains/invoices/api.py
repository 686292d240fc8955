"""Papers over the API: one's own, or those of everybody for staff."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from cilis.domains.invoices import queries, service
from cilis.domains.invoices.schemas import (
    BuyerSchema,
    PapersArgs,
    PaperSchema,
    PapersSchema,
    show,
    show_buyer,
    wanted,
)
from cilis.domains.invoices.types import Buyer
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.downloads import attachment
from cilis.infra.http.paging import page_response
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer

blueprint = ApiBlueprint(
    "invoices",
    __name__,
    url_prefix="/api/v1/invoices",
    description="Invoices, receipts and credit notes, as they were issued.",
)


@blueprint.get("")
@policy(SIGNED_IN)
@blueprint.arguments(PapersArgs, location="query")
@blueprint.response(200, PapersSchema)
def list_invoices(args: dict[str, Any]) -> dict[str, Any]:
    """Your papers, newest first; for staff those of everybody, with search."""
    with reading() as session:
        page = queries.page(
            session, viewer(), wanted=wanted(args), cursor=args["cursor"], limit=args["limit"]
        )
    return page_response(page, show)


@blueprint.get("/<uuid:invoice_id>")
@policy(SIGNED_IN)
@blueprint.response(200, PaperSchema)
@blueprint.problems(invoice_not_found=404)
def show_invoice(invoice_id: UUID) -> dict[str, Any]:
    """What one paper says in figures."""
    return show(service.paper(invoice_id, viewer()))


@blueprint.get("/<uuid:invoice_id>/content")
@policy(SIGNED_IN)
@blueprint.response(200, content_type="application/pdf")
@blueprint.problems(invoice_not_found=404, paper_failed=503)
def open_invoice(invoice_id: UUID) -> Response:
    """The paper as PDF: the same bytes each time."""
    file = service.open_paper(invoice_id, viewer())
    return attachment(file.content, name=file.name, content_type=file.content_type)


@blueprint.get("/buyer")
@policy(SIGNED_IN)
@blueprint.response(200, BuyerSchema)
def show_buyer_details() -> dict[str, Any]:
    """What stands on your papers beside your name."""
    with reading() as session:
        return show_buyer(queries.buyer(session, viewer().person))


@blueprint.put("/buyer")
@policy(SIGNED_IN)
@blueprint.arguments(BuyerSchema)
@blueprint.response(200, BuyerSchema)
def change_buyer_details(args: dict[str, Any]) -> dict[str, Any]:
    """Let this stand on your papers from now on; those that are out stay as they are."""
    return show_buyer(service.change_buyer(Buyer(**args), viewer()))
