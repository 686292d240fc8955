"""The world of bookings, at an organization that may write invoices."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domains.bookings.conftest import World, gate, world

from cilis.domains import tenants
from cilis.infra.db import reading, transaction

__all__ = ["gate", "house_of_tax", "world"]
LEGAL = {
    "company": "Công ty TNHH An Bình",
    "address": "18 Nguyễn Khắc Nhu, Quận 1, TP. Hồ Chí Minh",
    "tax_id": "0300000018",
    "email": "chao@anbinh.example",
}


@pytest.fixture
def house_of_tax(world: World) -> World:
    """Prices hold ten percent of tax, and the seller is known."""
    with reading() as session:
        known = tenants.organization(session)
    with transaction() as session:
        tenants.save_organization(
            session,
            replace(known, legal=LEGAL, tax_percent=10, tax_name={"vi": "Thuế GTGT", "en": "VAT"}),
        )
    tenants.forget_organizations()
    return world
