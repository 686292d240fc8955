"""The organization's colours and fonts as a style sheet."""

from __future__ import annotations

from sqlalchemy.orm import Session

from cilis.domains.tenants import queries
from cilis.kit import colour


def brand_css(session: Session) -> str:
    """The custom properties of this organization's brand, light and dark, contrast corrected."""
    brand = queries.organization(session).brand
    return colour.brand_tokens(brand)
