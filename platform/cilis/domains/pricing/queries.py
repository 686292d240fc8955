"""Reads of the room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import experts, tenants
from cilis.domains.pricing.errors import RateNotFound, RuleNotFound
from cilis.domains.pricing.models import CommissionRule, ServiceTax, TaxRate
from cilis.domains.pricing.types import Commission, Rate, Rule, Tax, Terms

_HUNDREDTHS = 100


def terms(
    session: Session, service: experts.ServiceTerms, organization: tenants.Organization
) -> Terms:
    """Commission, tax and display of a service's price today, for a booking to freeze.

    The nearest rule holds: the expert's own, else that of the expert's first field or of the
    next one above it, else everybody's. A rule in another currency than the price is passed over.
    """
    found = session.execute(
        sa.select(CommissionRule).where(
            CommissionRule.expert_id.is_(None) | (CommissionRule.expert_id == service.expert_id),
            CommissionRule.currency == service.price.currency,
        )
    ).scalars()
    by_scope = {row.expert_id or row.topic_id: _commission(row) for row in found}
    return Terms(
        _nearest(session, by_scope, service.expert_id),
        taxes(session, [service.id], organization)[service.id],
        organization.price_display,
    )


def taxes(
    session: Session, service_ids: Iterable[UUID], organization: tenants.Organization
) -> Mapping[UUID, Tax]:
    """The tax that each service's price includes."""
    wanted = list(service_ids)
    usual = usual_tax(organization)
    rows = session.execute(
        sa.select(ServiceTax.service_id, TaxRate)
        .join(TaxRate, TaxRate.id == ServiceTax.rate_id)
        .where(ServiceTax.service_id.in_(wanted))
    )
    own = {service_id: _tax(rate) for service_id, rate in rows}
    return {service_id: own.get(service_id, usual) for service_id in wanted}


def usual_tax(organization: tenants.Organization) -> Tax:
    """The organization's tax where a service has no rate of its own."""
    rate = organization.tax_percent * _HUNDREDTHS
    return Tax(rate, dict(organization.tax_name), organization.country)


def rules(session: Session) -> list[Rule]:
    """All commission rules: everybody's first, then fields, then experts."""
    rows = session.scalars(
        sa.select(CommissionRule).order_by(
            CommissionRule.expert_id.is_not(None),
            CommissionRule.topic_id.is_not(None),
            CommissionRule.id,
        )
    )
    return [as_rule(row) for row in rows]


def rule_row(session: Session, rule_id: UUID) -> CommissionRule:
    """One rule for a change; raises RuleNotFound."""
    row = session.get(CommissionRule, rule_id, with_for_update=True)
    if row is None:
        raise RuleNotFound(f"no rule {rule_id}")
    return row


def rates(session: Session) -> list[Rate]:
    """All tax rates with how many services have each."""
    count = sa.func.count(ServiceTax.service_id)
    rows = session.execute(
        sa.select(TaxRate, count)
        .outerjoin(ServiceTax, ServiceTax.rate_id == TaxRate.id)
        .group_by(TaxRate.id)
        .order_by(TaxRate.country, TaxRate.rate_bp, TaxRate.id)
    )
    return [Rate(row.id, _tax(row), number) for row, number in rows]


def rate_row(session: Session, rate_id: UUID) -> TaxRate:
    """One tax rate for a change; raises RateNotFound."""
    row = session.get(TaxRate, rate_id, with_for_update=True)
    if row is None:
        raise RateNotFound(f"no rate {rate_id}")
    return row


def rates_of(session: Session, service_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The tax rates of services that have not the usual one."""
    rows = session.execute(
        sa.select(ServiceTax.service_id, ServiceTax.rate_id).where(
            ServiceTax.service_id.in_(service_ids)
        )
    )
    return {row.service_id: row.rate_id for row in rows}


def is_taxed_with(session: Session, rate_id: UUID) -> bool:
    """Whether some service has this rate."""
    found = sa.select(ServiceTax.service_id).where(ServiceTax.rate_id == rate_id).limit(1)
    return session.scalar(found) is not None


def as_rule(row: CommissionRule) -> Rule:
    """A rule as others see it."""
    return Rule(row.id, row.expert_id, row.topic_id, _commission(row))


def _nearest(
    session: Session, by_scope: Mapping[UUID | None, Commission], expert_id: UUID
) -> Commission:
    if expert_id in by_scope:
        return by_scope[expert_id]
    if by_scope.keys() - {None}:  # only then is the tree asked
        for topic_id in experts.topic_line(session, expert_id):
            if topic_id in by_scope:
                return by_scope[topic_id]
    return by_scope.get(None, Commission())


def _commission(row: CommissionRule) -> Commission:
    return Commission(row.percent_bp, row.fixed_minor, row.minimum_minor, row.base)


def _tax(row: TaxRate) -> Tax:
    return Tax(row.rate_bp, row.name, row.country)
