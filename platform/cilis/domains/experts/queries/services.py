"""Services and their terms."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.experts.errors import ServiceNotFound
from cilis.domains.experts.models import Expert, Service
from cilis.domains.experts.types import ExpertState, ServiceOffer, ServiceTerms
from cilis.kit.money import Money


def service_terms(session: Session, service_id: UUID, *, offered: bool = True) -> ServiceTerms:
    """The terms of one service; raises ServiceNotFound.

    With ``offered`` only what can be booked now: an active service of a published expert.
    """
    statement = _OFFERED if offered else _ONE
    row = session.connection().execute(statement, {"service": service_id}).one_or_none()
    if row is None:
        raise ServiceNotFound(f"no service {service_id}")
    return _terms(row, row.time_zone, row.person_id)


def services_of(session: Session, expert_ids: Iterable[UUID]) -> dict[UUID, list[ServiceTerms]]:
    """Active services of these experts, in each expert's own order; one query.

    Every asked id has an entry, empty if there is nothing.
    """
    found: dict[UUID, list[ServiceTerms]] = {expert_id: [] for expert_id in expert_ids}
    if not found:
        return found
    session.flush()  # what the transaction has just changed is seen
    for row in session.connection().execute(_OF_EXPERTS, {"experts": list(found)}):
        found[row.expert_id].append(_terms(row, row.time_zone, row.person_id))
    return found


def services(session: Session, service_ids: Iterable[UUID]) -> dict[UUID, ServiceTerms]:
    """Services by their ids, also those that are off; unknown ids are left out; one query."""
    wanted = set(service_ids)
    if not wanted:
        return {}
    rows = session.execute(_with_zone().where(Service.id.in_(wanted)))
    return {row.Service.id: _terms(row.Service, row.time_zone, row.person_id) for row in rows}


def offers(session: Session, expert_id: UUID) -> list[ServiceOffer]:
    """All services of one expert, also those switched off."""
    rows = session.execute(
        _with_zone().where(Service.expert_id == expert_id).order_by(Service.position, Service.id)
    )
    return [as_offer(row.Service, row.time_zone) for row in rows]


def places_of(session: Session, expert_id: UUID) -> set[str]:
    """Where an expert holds sessions in person, also by services that are switched off."""
    wanted = sa.select(Service.place).where(Service.expert_id == expert_id, Service.place != "")
    return set(session.scalars(wanted.distinct()))


def as_offer(service: Service, time_zone: str) -> ServiceOffer:
    """A service with its terms."""
    return ServiceOffer(
        terms=_terms(service, time_zone),
        description=service.description,
        active=service.active,
        position=service.position,
    )


def _with_zone() -> sa.Select[tuple[Service, str, UUID]]:
    return sa.select(Service, Expert.time_zone, Expert.person_id).join(
        Expert, Expert.id == Service.expert_id
    )


# The terms stand before every hold and in every list: plain columns of statements made once.
_ONE = (
    sa.select(*Service.__table__.columns, Expert.time_zone, Expert.person_id)
    .join(Expert, Expert.id == Service.expert_id)
    .where(Service.id == sa.bindparam("service"))
)
_OFFERED = _ONE.where(Service.active, Expert.state == ExpertState.PUBLISHED)
_OF_EXPERTS = (
    sa.select(
        *(column for column in Service.__table__.columns if column.name != "description"),
        Expert.time_zone,
        Expert.person_id,
    )
    .join(Expert, Expert.id == Service.expert_id)
    .where(
        Service.expert_id == sa.any_(sa.bindparam("experts", type_=sa.ARRAY(sa.Uuid()))),
        Service.active,
    )
    .order_by(Service.position, Service.id)
)


def _terms(
    service: Service | sa.Row[Any], time_zone: str, person_id: UUID | None = None
) -> ServiceTerms:
    return ServiceTerms(
        id=service.id,
        expert_id=service.expert_id,
        name=service.names,
        length=timedelta(minutes=service.minutes),
        price=Money(service.price_minor, service.currency),
        before=timedelta(minutes=service.buffer_before_minutes),
        after=timedelta(minutes=service.buffer_after_minutes),
        needs_acceptance=service.needs_acceptance,
        notice=timedelta(minutes=service.notice_minutes),
        window=timedelta(days=service.window_days),
        time_zone=time_zone,
        person_id=person_id,
        mode=service.mode,
        place=service.place,
        policy=service.policy,
    )
