"""Reads: the organization of the tenant being served."""

from __future__ import annotations

from collections import OrderedDict

from sqlalchemy.orm import Session

from cilis.domains.tenants.models import OrganizationRow
from cilis.domains.tenants.types import CancellationTier, Organization
from cilis.infra import i18n
from cilis.infra.tenancy import current_tenant

ROW = 1
_KEPT = 512  # organizations a process remembers; thousands of tenants must not fill its memory
_known: OrderedDict[tuple[str, int], Organization] = OrderedDict()


def organization(session: Session) -> Organization:
    """The organization being served; remembered per process until the tenant's version changes.

    A tenant that was never set up, and the operator's own side, get plain defaults.
    """
    tenant = current_tenant()
    if tenant.is_platform:
        return Organization(name="Console")
    key = (tenant.id, tenant.version)
    found = _known.get(key)
    if found is not None:
        return found
    row = session.get(OrganizationRow, ROW)
    if row is None:
        return Organization(name=tenant.slug)
    found = from_row(row)
    for language in found.languages:
        i18n.set_tenant_texts(tenant.id, language, found.wording.get(language, {}))
    _known[key] = found
    while len(_known) > _KEPT:
        _known.popitem(last=False)
    return found


def forget_organizations() -> None:
    """Read every organization again at the next question."""
    _known.clear()


def from_row(row: OrganizationRow) -> Organization:
    """The row as a value."""
    return Organization(
        name=row.name,
        languages=tuple(row.languages),
        default_language=row.default_language,
        currency=row.currency,
        time_zone=row.time_zone,
        country=row.country,
        mail_from=row.mail_from,
        brand=row.brand,
        texts=row.texts,
        legal=row.legal,
        wording=row.wording,
        cancellation=tuple(CancellationTier(**tier) for tier in row.cancellation),
        tax_percent=row.tax_percent,
        tax_name=row.tax_name,
        hold_minutes=row.hold_minutes,
        answer_hours=row.answer_hours,
        version=row.version,
    )
