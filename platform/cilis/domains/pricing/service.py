"""Changing commissions and tax rates. What was booked before keeps what it froze."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cilis.domains import experts, tenants
from cilis.domains.pricing import queries
from cilis.domains.pricing.errors import RateInUse
from cilis.domains.pricing.models import CommissionRule, ServiceTax, TaxRate
from cilis.domains.pricing.types import Rate, Rule, RuleWish, Tax
from cilis.infra import audit, idempotency
from cilis.infra.db import transaction
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer

_WHOLE = 10_000
_MOST = 10**12
_LONGEST_NAME = 60


def set_commission(wish: RuleWish, viewer: Viewer) -> Rule:
    """Keep a commission; one that stands for the same expert, field or everybody is replaced.

    Raises:
        InvalidInput: a share above 100 %, a negative amount, both an expert and a field.
        ExpertNotFound, TopicNotFound: nobody and nothing of this id.
    """
    _check(wish)
    with transaction() as session:
        if wish.expert_id is not None:
            experts.card(session, wish.expert_id)
        if wish.topic_id is not None:
            experts.topic(session, wish.topic_id)
        row = _row_of_scope(session, wish, tenants.organization(session).currency)
        rule = wish.commission
        row.percent_bp, row.base = rule.percent_bp, rule.base
        row.fixed_minor, row.minimum_minor = rule.fixed_minor, rule.minimum_minor
        row.changed_at = clock.now()
        session.flush()
        idempotency.made(session, row.id)
        detail = {
            "expert_id": str(wish.expert_id or ""),
            "topic_id": str(wish.topic_id or ""),
            "percent_bp": rule.percent_bp,
            "fixed_minor": rule.fixed_minor,
            "minimum_minor": rule.minimum_minor,
            "base": rule.base.value,
        }
        audit.record(session, "pricing.commission_set", row.id, actor=viewer.person, detail=detail)
        return queries.as_rule(row)


def remove_commission(rule_id: UUID, viewer: Viewer) -> None:
    """Take a rule away; the next one above it holds. Raises RuleNotFound."""
    with transaction() as session:
        session.delete(queries.rule_row(session, rule_id))
        audit.record(session, "pricing.commission_removed", rule_id, actor=viewer.person, detail={})


def save_rate(tax: Tax, viewer: Viewer, rate_id: UUID | None = None) -> Rate:
    """Add a tax rate, or change one for bookings to come.

    Raises:
        RateNotFound: no such rate.
        InvalidInput: a rate above 100 %, no name, or no country of two letters.
    """
    _check_rate(tax)
    with transaction() as session:
        if rate_id is None:
            row = TaxRate(id=ids.new())
            session.add(row)
        else:
            row = queries.rate_row(session, rate_id)
        row.name, row.country, row.rate_bp = dict(tax.name), tax.country, tax.rate_bp
        session.flush()
        idempotency.made(session, row.id)
        detail = {"rate_bp": tax.rate_bp, "country": tax.country}
        audit.record(session, "pricing.rate_saved", row.id, actor=viewer.person, detail=detail)
        return Rate(row.id, tax)


def remove_rate(rate_id: UUID, viewer: Viewer) -> None:
    """Take a tax rate away; raises RateNotFound, or RateInUse while a service has it."""
    with transaction() as session:
        row = queries.rate_row(session, rate_id)
        if queries.is_taxed_with(session, rate_id):
            raise RateInUse(f"rate {rate_id}")
        session.delete(row)
        audit.record(session, "pricing.rate_removed", rate_id, actor=viewer.person, detail={})


def tax_service(service_id: UUID, rate_id: UUID | None, viewer: Viewer) -> None:
    """Give a service a tax rate, or the organization's usual one again.

    Raises:
        ServiceNotFound, RateNotFound: nothing of this id.
    """
    with transaction() as session:
        experts.service_terms(session, service_id, offered=False)
        if rate_id is None:
            session.execute(sa.delete(ServiceTax).where(ServiceTax.service_id == service_id))
        else:
            queries.rate_row(session, rate_id)
            row = insert(ServiceTax).values(service_id=service_id, rate_id=rate_id)
            key = [ServiceTax.service_id]
            changed = row.on_conflict_do_update(index_elements=key, set_={"rate_id": rate_id})
            session.execute(changed)
        detail = {"rate_id": str(rate_id or "")}
        audit.record(
            session, "pricing.service_taxed", service_id, actor=viewer.person, detail=detail
        )


def _row_of_scope(session: Session, wish: RuleWish, currency: str) -> CommissionRule:
    """The rule of this scope, locked; the second of two who make it at once finds the first's."""
    table = CommissionRule
    values = {
        "id": ids.new(),
        "expert_id": wish.expert_id,
        "topic_id": wish.topic_id,
        "percent_bp": 0,
        "fixed_minor": 0,
        "minimum_minor": 0,
        "currency": currency,
        "base": wish.commission.base,
        "changed_at": clock.now(),
    }
    session.execute(insert(table).values(values).on_conflict_do_nothing())
    scope = (
        table.expert_id.is_not_distinct_from(wish.expert_id),
        table.topic_id.is_not_distinct_from(wish.topic_id),
    )
    row = session.scalars(sa.select(table).where(*scope).with_for_update()).one()
    row.currency = currency
    return row


def _check(wish: RuleWish) -> None:
    rule = wish.commission
    wrong: dict[str, list[str]] = {}
    if not 0 <= rule.percent_bp <= _WHOLE:
        wrong["percent_bp"] = ["out_of_range"]
    for name in ("fixed_minor", "minimum_minor"):
        if not 0 <= getattr(rule, name) <= _MOST:
            wrong[name] = ["out_of_range"]
    if wish.expert_id is not None and wish.topic_id is not None:
        wrong["topic_id"] = ["one_scope"]
    if wrong:
        raise InvalidInput(wrong)


def _check_rate(tax: Tax) -> None:
    wrong: dict[str, list[str]] = {}
    if not 0 <= tax.rate_bp <= _WHOLE:
        wrong["rate_bp"] = ["out_of_range"]
    names = [name.strip() for name in tax.name.values()]
    if not any(names):
        wrong["name"] = ["required"]
    elif max(map(len, names)) > _LONGEST_NAME:
        wrong["name"] = ["too_long"]
    if len(tax.country) != 2 or not (tax.country.isascii() and tax.country.isupper()):
        wrong["country"] = ["unknown_country"]
    if wrong:
        raise InvalidInput(wrong)
