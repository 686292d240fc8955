"""An admin changes how prices are shown; bookings keep the form they were made with."""

from __future__ import annotations

import dataclasses

from cilis.domains.tenants import queries
from cilis.domains.tenants.models import OrganizationRow
from cilis.domains.tenants.service.change import locked
from cilis.domains.tenants.service.save import save_organization
from cilis.domains.tenants.types import Organization, PriceDisplay
from cilis.infra import audit
from cilis.infra.db import transaction
from cilis.kit.viewer import Viewer


def change_price_display(display: PriceDisplay, viewer: Viewer) -> Organization:
    """Show prices with tax in them, or without and the tax beside; a repeat changes nothing."""
    with transaction() as session:
        known = locked(session)
        if not save_organization(session, dataclasses.replace(known, price_display=display)):
            return known
        audit.record(
            session,
            "tenants.price_display_changed",
            None,
            actor=viewer.person_id,
            detail={"before": known.price_display.value, "after": display.value},
        )
        session.flush()
        return queries.from_row(session.get_one(OrganizationRow, queries.ROW))
