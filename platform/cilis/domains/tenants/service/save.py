"""Write the organization's one row."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from cilis.domains.tenants import queries
from cilis.domains.tenants.events import BrandChanged
from cilis.domains.tenants.models import OrganizationRow
from cilis.domains.tenants.types import Organization, Rules
from cilis.infra import outbox
from cilis.kit import clock


def columns(wanted: Organization) -> dict[str, Any]:
    """The organization as plain values, without its version."""
    values: dict[str, Any] = {
        "cancellation": [dataclasses.asdict(tier) for tier in wanted.cancellation],
        "languages": list(wanted.languages),
    }
    plain = ("brand", "texts", "legal", "wording", "tax_name")
    standard = wanted.rules == Rules()
    values["rules"] = {} if standard else _plain(dataclasses.asdict(wanted.rules))
    values |= {name: _plain(getattr(wanted, name)) for name in plain}
    for name in (
        "name",
        "default_language",
        "currency",
        "time_zone",
        "country",
        "mail_from",
        "tax_percent",
        "price_display",
        "hold_minutes",
        "answer_hours",
    ):
        values[name] = getattr(wanted, name)
    return values


def save_organization(session: Session, wanted: Organization) -> bool:
    """Make the row say this; returns whether anything changed."""
    values = columns(wanted)
    row = session.get(OrganizationRow, queries.ROW, with_for_update=True)
    if row is not None and all(getattr(row, name) == value for name, value in values.items()):
        return False
    if row is None:
        row = OrganizationRow(id=queries.ROW, version=0)
        session.add(row)
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.updated_at = clock.now()
    session.flush()
    outbox.emit(session, BrandChanged(version=row.version))
    queries.forget_organizations()
    return True


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value
