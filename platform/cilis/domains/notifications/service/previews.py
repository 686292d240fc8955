"""A letter without a fact behind it, for looking at the brand and for a test send."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from cilis.domains import identity, tenants
from cilis.domains.notifications.service import rendering
from cilis.domains.notifications.service.composing import language_of
from cilis.domains.notifications.service.facts import fact_of
from cilis.domains.notifications.types import Letter
from cilis.infra.http.addresses import absolute
from cilis.infra.i18n import gettext as _
from cilis.infra.i18n import speaking, zone_label
from cilis.kit.viewer import Viewer


def preview(session: Session, viewer: Viewer, starts_at: datetime) -> str:
    """How a mail of the organization looks, for the viewer: HTML, in the viewer's language."""
    reader = identity.person(session, viewer.person)
    organization = tenants.organization(session)
    language = language_of(reader, organization)
    with speaking(language, reader.time_zone, fallback=organization.default_language):
        letter = Letter(
            subject=_("Your booking is confirmed."),
            opening=_("Your booking is confirmed."),
            fact=fact_of(starts_at, starts_at + timedelta(minutes=45)),
            under=zone_label(starts_at),
            button=_("See the booking"),
            link=absolute("/bookings"),
        )
        return rendering.html(letter, reader.name, organization, language)
