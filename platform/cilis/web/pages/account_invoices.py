"""A person's own papers: to save, and what stands on the next ones."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, url_for
from werkzeug import Response

from cilis.domains import invoices
from cilis.infra.http.downloads import attachment
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput
from cilis.web.pages.account_payments import show_payments
from cilis.web.views.buyers import BuyerForm

pages = Blueprint("account_invoice_pages", __name__)


@pages.get("/account/invoices/<uuid:invoice_id>.pdf")
@policy(SIGNED_IN)
def open_invoice(invoice_id: UUID) -> Response:
    """A paper as PDF, always as a file to save; for the person it was issued to."""
    file = invoices.open_paper(invoice_id, viewer())
    return attachment(file.content, name=file.name, content_type=file.content_type)


@pages.post("/account/payments/buyer")
@policy(SIGNED_IN)
def change_buyer() -> Response:
    """Let this stand on one's papers from now on."""
    try:
        form = load_form(BuyerForm)
        invoices.change_buyer(invoices.Buyer(**form), viewer())
    except InvalidInput as refusal:
        return show_payments(refusal.fields)
    notice(N_("Saved. It stands on your next invoice."))
    return redirect(url_for("account_payment_pages.index", _anchor="buyer"), 303)
