"""Reads: the organization of the tenant being served."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from cilis.domains.tenants.models import OrganizationRow
from cilis.domains.tenants.types import CancellationPolicy, CancellationTier, Organization, Rules
from cilis.infra import i18n
from cilis.infra.tenancy import current_tenant

ROW = 1
_KEPT = 512  # organizations a process remembers; thousands of tenants must not fill its memory
_SECONDS = 1.0  # so late, at most, another process sees what an admin has changed
_known: OrderedDict[tuple[str, int], tuple[float, Organization]] = OrderedDict()


def organization(session: Session) -> Organization:
    """The organization being served; remembered per process for a moment.

    A tenant that was never set up, and the operator's own side, get plain defaults.
    """
    found = known_organization()
    if found is not None:
        return found
    tenant = current_tenant()
    row = session.get(OrganizationRow, ROW)
    if row is None:
        return Organization(name=tenant.slug)
    found = from_row(row)
    for language in found.languages:
        i18n.set_tenant_texts(tenant.id, language, found.wording.get(language, {}))
    key = (tenant.id, tenant.version)
    _known[key] = (time.monotonic() + _SECONDS, found)
    _known.move_to_end(key)
    while len(_known) > _KEPT:
        (gone, _), _ = _known.popitem(last=False)
        if gone != tenant.id:  # what an older version of this very tenant said is replaced by now
            i18n.forget_tenant_texts(gone)
    return found


def known_organization() -> Organization | None:
    """The organization being served as this process remembers it; None when it must be read."""
    tenant = current_tenant()
    if tenant.is_platform:
        return Organization(name="Console")
    until, found = _known.get((tenant.id, tenant.version), (0.0, None))
    return found if until > time.monotonic() else None


def forget_organizations() -> None:
    """Read every organization again at the next question."""
    for key, (_, found) in list(_known.items()):
        _known[key] = (0.0, found)


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
        price_display=row.price_display,
        hold_minutes=row.hold_minutes,
        answer_hours=row.answer_hours,
        rules=_rules(row.rules),
        version=row.version,
    )


def _rules(kept: Mapping[str, Any]) -> Rules:
    """The rules as they are kept; what an older version did not know has its default."""
    policies = [
        CancellationPolicy(
            **{**one, "tiers": tuple(CancellationTier(**tier) for tier in one["tiers"])}
        )
        for one in kept.get("policies", [])
    ]
    return Rules(**{**kept, "policies": tuple(policies)})
