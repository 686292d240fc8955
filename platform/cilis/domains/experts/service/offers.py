"""What an expert sells: add, edit, switch off."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.experts.errors import ServiceNotFound, TooManyServices
from cilis.domains.experts.models import Expert, Service
from cilis.domains.experts.queries.profiles import own_row
from cilis.domains.experts.queries.services import as_offer
from cilis.domains.experts.service.changes import changed, check_languages, filled
from cilis.domains.experts.types import (
    MAX_PRICE_MINOR,
    MAX_SERVICES,
    ServiceMode,
    ServiceOffer,
    ServiceWish,
)
from cilis.infra import audit, idempotency
from cilis.infra.db import transaction
from cilis.kit import ids
from cilis.kit.errors import InvalidInput
from cilis.kit.money import decimals
from cilis.kit.viewer import Viewer


def add_service(wish: ServiceWish, viewer: Viewer) -> ServiceOffer:
    """Offer one more service, priced in the organization's currency.

    Raises:
        NotAnExpert, TooManyServices, InvalidInput.
    """
    with transaction() as session:
        expert = own_row(session, viewer, lock=True)
        service = put_service(session, expert, wish)
        changed(session, expert)
        idempotency.made(session, service.id)
        return as_offer(service, expert.time_zone)


def edit_service(service_id: UUID, wish: ServiceWish, viewer: Viewer) -> ServiceOffer:
    """Change a service of one's own; what is booked already keeps its terms.

    Raises:
        ServiceNotFound: unknown, or another expert's.
    """
    with transaction() as session:
        expert = own_row(session, viewer, lock=True)
        service = _own(session, expert, service_id)
        _write(session, service, wish)
        changed(session, expert)
        return as_offer(service, expert.time_zone)


def remove_service(service_id: UUID, viewer: Viewer) -> None:
    """Offer a service no longer; the row stays because bookings point to it."""
    switch_service(service_id, viewer, active=False)


def switch_service(service_id: UUID, viewer: Viewer, *, active: bool) -> ServiceOffer:
    """Let a service be booked, or not any more; raises ServiceNotFound."""
    with transaction() as session:
        expert = own_row(session, viewer, lock=True)
        service = _own(session, expert, service_id)
        if service.active is not active:
            service.active = active
            changed(session, expert)
        return as_offer(service, expert.time_zone)


def choose_policy(service_id: UUID, key: str, viewer: Viewer) -> ServiceOffer:
    """An admin gives somebody's service other rules of cancelling, "" for the usual ones.

    What is booked already keeps its rules.

    Raises:
        ServiceNotFound: no such service.
        InvalidInput: the organization has no such rules.
    """
    with transaction() as session:
        found = session.get(Service, service_id)
        if found is None:
            raise ServiceNotFound(f"no service {service_id}")
        expert = session.get_one(Expert, found.expert_id, with_for_update=True)
        session.refresh(found)
        _check_policy(session, found, key)
        if found.policy != key:
            detail = {"service_id": str(service_id), "before": found.policy, "after": key}
            found.policy = key
            changed(session, expert)
            audit.record(
                session, "experts.policy_chosen", expert.id, actor=viewer.person, detail=detail
            )
        return as_offer(found, expert.time_zone)


def order_services(service_ids: Sequence[UUID], viewer: Viewer) -> None:
    """Show one's services in this order; those that are not named come after, as they were.

    Raises:
        ServiceNotFound: one of them is unknown, or another expert's.
    """
    with transaction() as session:
        expert = own_row(session, viewer, lock=True)
        rows = session.scalars(
            sa.select(Service)
            .where(Service.expert_id == expert.id)
            .order_by(Service.position, Service.id)
        ).all()
        wanted = {service_id: place for place, service_id in enumerate(service_ids)}
        if not wanted.keys() <= {row.id for row in rows}:
            raise ServiceNotFound(f"not all of {list(wanted)} are of {expert.id}")
        for place, row in enumerate(sorted(rows, key=lambda row: wanted.get(row.id, len(rows)))):
            row.position = place
        changed(session, expert)


def service_wish(form: Mapping[str, Any], currency: str) -> ServiceWish:
    """What `ServiceFormSchema` loaded as a wish; raises InvalidInput on ``price``."""
    rest = {name: value for name, value in form.items() if name != "price"}
    return ServiceWish(price_minor=price_minor(form["price"], currency), **rest)


def price_minor(written: str, currency: str) -> int:
    """A price as people write it ("550.000", "1,234.50", "89,5 €") in minor units.

    The last point or comma counts as the decimal one only if the currency has decimals and no
    more digits follow than it has. Raises InvalidInput on ``price``.
    """
    places = decimals(currency)
    found = re.fullmatch(r"[^\d-]*(\d[\d.,\s\u00a0\u202f']*)[^\d-]*", written)
    if not found:
        raise InvalidInput({"price": ["not_an_amount"]})
    digits = found.group(1).strip()
    cents = re.search(rf"[.,](\d{{1,{places}}})$", digits) if places else None
    whole = digits[: cents.start()] if cents else digits
    minor = int(re.sub(r"\D", "", whole) + "0" * places)
    minor += int(cents.group(1).ljust(places, "0")) if cents else 0
    if minor > MAX_PRICE_MINOR:
        raise InvalidInput({"price": ["out_of_range"]})
    return minor


def put_service(session: Session, expert: Expert, wish: ServiceWish) -> Service:
    """Add a service to a locked or new expert; raises TooManyServices."""
    count = session.scalar(
        sa.select(sa.func.count()).select_from(Service).where(Service.expert_id == expert.id)
    )
    if (count or 0) >= MAX_SERVICES:
        raise TooManyServices(str(expert.id), limit=MAX_SERVICES)
    service = Service(id=ids.new(), expert_id=expert.id, position=count or 0)
    _write(session, service, wish)
    session.add(service)
    session.flush()
    return service


def _write(session: Session, service: Service, wish: ServiceWish) -> None:
    check_languages(session, {"names": wish.names, "description": wish.description})
    names = filled(wish.names)
    if not names:
        raise InvalidInput({"names": ["required"]})
    if wish.mode is ServiceMode.IN_PERSON and not wish.place:
        raise InvalidInput({"place": ["required"]})
    _check_policy(session, service, wish.policy)
    service.names = names
    service.description = filled(wish.description)
    service.minutes = wish.minutes
    service.price_minor = wish.price_minor
    service.currency = tenants.organization(session).currency
    service.buffer_before_minutes = wish.buffer_before_minutes
    service.buffer_after_minutes = wish.buffer_after_minutes
    service.needs_acceptance = wish.needs_acceptance
    service.notice_minutes = wish.notice_minutes
    service.window_days = wish.window_days
    service.active = wish.active
    service.mode = wish.mode
    service.policy = wish.policy
    service.place = wish.place if wish.mode is ServiceMode.IN_PERSON else ""


def _check_policy(session: Session, service: Service, key: str) -> None:
    """Refuse rules that the organization does not have; what a service has it may keep."""
    known = tenants.organization(session).rules.policy(key)
    if key not in {"", service.policy} and known is None:
        raise InvalidInput({"policy": ["not_a_choice"]})


def _own(session: Session, expert: Expert, service_id: UUID) -> Service:
    service = session.get(Service, service_id)
    if service is None or service.expert_id != expert.id:
        raise ServiceNotFound(f"no service {service_id} of {expert.id}")
    return service
