"""What is on sale: packages of sessions, and gift credit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import experts
from cilis.domains.credits.errors import PackageNotFound
from cilis.domains.credits.models import GiftRulesRow, Package
from cilis.domains.credits.types import GiftRules, Scope

ROW = 1


def packages(session: Session) -> Sequence[Package]:
    """All packages, those on sale first; there are few."""
    return session.scalars(sa.select(Package).order_by(Package.is_on.desc(), Package.id)).all()


def on_sale(session: Session) -> Sequence[Package]:
    """The packages that clients can buy, cheapest first."""
    found = sa.select(Package).where(Package.is_on)
    return session.scalars(found.order_by(Package.price_minor, Package.id)).all()


def on_sale_with(
    session: Session, expert_id: UUID, service_ids: Collection[UUID]
) -> Sequence[Package]:
    """The packages on sale that pay for sessions of an expert, who offers these services."""
    fields = cache(lambda: experts.fields_of(session, expert_id))

    def holds(scope: Scope) -> bool:
        if scope.expert_id not in {None, expert_id}:
            return False
        if scope.service_id is not None and scope.service_id not in service_ids:
            return False
        return scope.topic_id is None or scope.topic_id in fields()

    return [one for one in on_sale(session) if holds(Scope.from_json(one.scope))]


def package(session: Session, package_id: UUID, *, lock: bool = False) -> Package:
    """One package; raises PackageNotFound."""
    found = session.get(Package, package_id, with_for_update=lock)
    if found is None:
        raise PackageNotFound(f"no package {package_id}")
    return found


def gift_rules(session: Session) -> GiftRules:
    """What the organization has decided about gift credit; off where it has not."""
    row = session.get(GiftRulesRow, ROW)
    if row is None:
        return GiftRules()
    return GiftRules(
        is_on=row.is_on, least_minor=row.least_minor, most_minor=row.most_minor, days=row.days
    )
