"""Reads of people, one or several by id or address."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.identity.errors import PersonNotFound
from cilis.domains.identity.models import PersonRow, has_role
from cilis.domains.identity.types import Person, PersonFact, PersonStatus, Role
from cilis.kit import text
from cilis.kit.viewer import Viewer


def email_key(email: str) -> str:
    """An address as it is compared: NFC, without outer spaces, without case."""
    return text.nfc(text.nfc(email).strip().casefold())


def person(session: Session, person_id: UUID) -> Person:
    """One person; raises PersonNotFound."""
    return to_person(person_row(session, person_id))


def people(session: Session, person_ids: Iterable[UUID]) -> dict[UUID, Person]:
    """Several people by id, in one query; unknown ids are left out."""
    wanted = set(person_ids)
    if not wanted:
        return {}
    rows = session.scalars(sa.select(PersonRow).where(PersonRow.id.in_(wanted)))
    return {row.id: to_person(row) for row in rows}


def shows_picture(session: Session, key: str) -> bool:
    """Whether somebody's picture is this file."""
    return bool(session.scalar(sa.select(sa.exists().where(PersonRow.picture_key == key))))


def visible(session: Session, viewer: Viewer, person_id: UUID) -> Person:
    """A person that the viewer may look at: oneself, or anybody for staff; else PersonNotFound."""
    if person_id != viewer.person and not viewer.has(Role.ADMIN, Role.SUPPORT):
        raise PersonNotFound(f"{person_id} is not {viewer.person_id}")
    return person(session, person_id)


def with_role(session: Session, role: Role) -> list[Person]:
    """Active people of a role; for telling staff of something, so never asked for clients."""
    found = sa.select(PersonRow).where(has_role(role), PersonRow.status == PersonStatus.ACTIVE)
    return [to_person(row) for row in session.scalars(found.order_by(PersonRow.id))]


def facts_page(session: Session, after: UUID | None, limit: int) -> list[PersonFact]:
    """What is counted of people, by id, for copies that other rooms keep; go on with the last id.

    Ids are made in time, so the order is nearly that of sign-up.
    """
    found = sa.select(PersonRow.id, PersonRow.created_at, PersonRow.roles).order_by(PersonRow.id)
    if after is not None:
        found = found.where(PersonRow.id > after)
    rows = session.execute(found.limit(limit))
    return [PersonFact(row.id, row.created_at, frozenset(row.roles)) for row in rows]


def person_row(session: Session, person_id: UUID, *, lock: bool = False) -> PersonRow:
    """One row, locked for the caller's transaction if asked; raises PersonNotFound."""
    row = session.get(PersonRow, person_id, with_for_update=lock or None)
    if row is None:
        raise PersonNotFound(str(person_id))
    return row


def lock_with_admins(session: Session, person_id: UUID) -> tuple[PersonRow, set[UUID]]:
    """A person's row and the ids of all active admins; all of them locked, in one order.

    Two admins who take each other's rights at the same moment so come one after the other.
    """
    found = sa.select(PersonRow).where(sa.or_(PersonRow.id == person_id, has_role(Role.ADMIN)))
    rows = session.scalars(found.order_by(PersonRow.id).with_for_update()).all()
    row = next((row for row in rows if row.id == person_id), None)
    if row is None:
        raise PersonNotFound(str(person_id))
    active = (one for one in rows if one.status is PersonStatus.ACTIVE)
    return row, {one.id for one in active if Role.ADMIN in one.roles}


def row_by_email(session: Session, email: str) -> PersonRow | None:
    """The account of an address, however it is written."""
    return session.scalar(sa.select(PersonRow).where(PersonRow.email_key == email_key(email)))


def person_by_email(session: Session, email: str) -> Person | None:
    """The person of an address, however it is written."""
    row = row_by_email(session, email)
    return to_person(row) if row else None


def to_person(row: PersonRow) -> Person:
    """A row as other rooms see it."""
    return Person(
        id=row.id,
        name=row.name,
        email=row.email,
        language=row.language,
        time_zone=row.time_zone,
        roles=frozenset(row.roles),
        picture_key=row.picture_key,
        is_verified=row.email_verified_at is not None,
        status=row.status,
        created_at=row.created_at,
        phone=row.phone or "",
    )
