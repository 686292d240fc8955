"""People that come from a pack, not from a form."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.identity import queries
from cilis.domains.identity.models import PersonRow
from cilis.domains.identity.service import names, passwords
from cilis.domains.identity.types import PersonStatus, Role
from cilis.kit import clock, ids, text


def import_person(  # noqa: PLR0913 - a pack says all of it, or leaves it out
    session: Session,
    *,
    email: str,
    name: str,
    roles: Iterable[str] = ("client",),
    password: str | None = None,
    password_hash: str | None = None,
    language: str | None = None,
    time_zone: str | None = None,
    picture_key: str | None = None,
    phone: str | None = None,
    created_at: datetime | None = None,
    person_id: UUID | None = None,
) -> UUID:
    """Put a person in, or bring the one of this address up to date; returns the id.

    The address counts as verified and nobody is told. What is None keeps its value. For more
    than a few people hash a common password once, before the transaction, and give
    ``password_hash``: a ``password`` is hashed here, which takes a tenth of a second.
    """
    organization = tenants.organization(session)
    row = queries.row_by_email(session, email)
    now = created_at or clock.now()
    if row is None:
        row = PersonRow(
            id=person_id or ids.new(),
            email=text.nfc(email).strip(),
            email_key=queries.email_key(email),
            language=organization.default_language,
            time_zone=organization.time_zone,
            status=PersonStatus.ACTIVE,
            created_at=now,
        )
        session.add(row)
    names.set_name(row, name, organization.default_language)
    row.roles = sorted(Role(role).value for role in set(roles))
    row.language = language or row.language
    row.time_zone = time_zone or row.time_zone
    row.picture_key = picture_key or row.picture_key
    row.phone = phone or row.phone
    names.set_words(row)
    row.email_verified_at = row.email_verified_at or now
    if password is not None:
        password_hash = passwords.make_hash(password)
    if password_hash is not None:
        row.password_hash, row.password_changed_at = password_hash, now
    session.flush()
    return row.id
