"""What a client wants to stand on invoices, as a form."""

from __future__ import annotations

from cilis.infra.http.schemas import Strict, Text

NAMES = ("company", "address", "tax_id")


class BuyerForm(Strict):
    """Company, address and tax number; all of it may be empty."""

    company = Text(load_default="", most=120)
    address = Text(load_default="", most=300)
    tax_id = Text(load_default="", most=40)
