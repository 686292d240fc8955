"""Reads of the identity room. All of them join the caller's session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.identity.errors import PersonNotFound, SessionNotFound
from cilis.domains.identity.models import PersonRow, SessionRow
from cilis.domains.identity.types import (
    IDLE_FOR,
    Person,
    PersonStatus,
    Role,
    SessionInfo,
    SessionKind,
    device_of,
)
from cilis.infra import secrets
from cilis.infra.tenancy import current_tenant
from cilis.kit import clock, crypto, text, tokens
from cilis.kit.errors import NotSignedIn
from cilis.kit.pagination import MAX_LIMIT, Page, decode_cursor, encode_cursor
from cilis.kit.viewer import Viewer


def email_key(email: str) -> str:
    """An address as it is compared: NFC, without outer spaces, without case."""
    return text.nfc(text.nfc(email).strip().casefold())


def is_token(opaque: str) -> bool:
    """Whether a text could be one of our opaque tokens at all, before it is looked up."""
    return 20 <= len(opaque) <= 128 and opaque.isascii()


def viewer_of_cookie(session: Session, token: str) -> Viewer | None:
    """Who carries this cookie now; None when its session ended or its person may not come in.

    One query (index: token_digest). A nameless browser is a viewer without a person.
    """
    if not is_token(token):
        return None
    return _viewer(session, SessionRow.token_digest == crypto.digest(token), SessionKind.PAGE)


def viewer_of_bearer(session: Session, token: str) -> Viewer:
    """Who sends this access token now; raises NotSignedIn when anything about it is not right.

    The token only names a session; the session, the person and the roles are read again, so
    that whoever was suspended or signed out is out at the next request.
    """
    tenant = current_tenant()
    try:
        claims = tokens.read(token, secrets.signing_keys("access"), typ="access", aud=tenant.id)
        session_id, person_id = UUID(str(claims.get("sid"))), UUID(str(claims.get("sub")))
    except ValueError as problem:  # BadToken is one
        raise NotSignedIn(str(problem)) from problem
    found = _viewer(session, SessionRow.id == session_id, SessionKind.API)
    if claims.get("iss") != tenant.host or found is None or found.person_id != person_id:
        raise NotSignedIn("ended, or another's")
    return found


def is_live(row: SessionRow, at: datetime) -> bool:
    """Whether a session still counts: not ended, not too old, not idle for too long."""
    return row.ended_at is None and row.ends_at > at and row.seen_at > at - IDLE_FOR


def live(at: datetime) -> sa.ColumnElement[bool]:
    """The same as `is_live`, for a query."""
    return sa.and_(
        SessionRow.ended_at.is_(None), SessionRow.ends_at > at, SessionRow.seen_at > at - IDLE_FOR
    )


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


def visible(session: Session, viewer: Viewer, person_id: UUID) -> Person:
    """A person that the viewer may look at: oneself, or anybody for staff; else PersonNotFound."""
    if person_id != viewer.person and not viewer.has(Role.ADMIN, Role.SUPPORT):
        raise PersonNotFound(f"{person_id} is not {viewer.person_id}")
    return person(session, person_id)


def everybody(
    session: Session, *, cursor: str | None = None, limit: int = 20, role: Role | None = None
) -> Page[Person]:
    """People in the order of their names (index: sort_key, id)."""
    limit = min(max(limit, 1), MAX_LIMIT)
    found = sa.select(PersonRow).order_by(PersonRow.sort_key, PersonRow.id).limit(limit + 1)
    if role is not None:
        found = found.where(_has(role))
    if cursor:
        last_key, last_id = _place(cursor)
        here = sa.tuple_(PersonRow.sort_key, PersonRow.id)
        found = found.where(here > sa.tuple_(sa.literal(last_key), sa.literal(last_id)))
    rows = session.scalars(found).all()
    shown, last = rows[:limit], rows[limit - 1 : limit]
    more = encode_cursor(last[0].sort_key, str(last[0].id)) if rows[limit:] else None
    return Page([to_person(row) for row in shown], more)


def with_role(session: Session, role: Role) -> list[Person]:
    """Active people of a role; for telling staff of something."""
    found = sa.select(PersonRow).where(_has(role), PersonRow.status == PersonStatus.ACTIVE)
    return [to_person(row) for row in session.scalars(found.order_by(PersonRow.id))]


def person_row(session: Session, person_id: UUID, *, lock: bool = False) -> PersonRow:
    """One row, locked for the caller's transaction if asked; raises PersonNotFound."""
    row = session.get(PersonRow, person_id, with_for_update=lock or None)
    if row is None:
        raise PersonNotFound(str(person_id))
    return row


def row_by_email(session: Session, email: str) -> PersonRow | None:
    """The account of an address, however it is written."""
    return session.scalar(sa.select(PersonRow).where(PersonRow.email_key == email_key(email)))


def person_by_email(session: Session, email: str) -> Person | None:
    """The person of an address, however it is written."""
    row = row_by_email(session, email)
    return to_person(row) if row else None


def sessions_of(session: Session, viewer: Viewer) -> list[SessionInfo]:
    """Where the viewer is signed in, the latest first."""
    found = sa.select(SessionRow).where(SessionRow.person_id == viewer.person, live(clock.now()))
    rows = session.scalars(found.order_by(SessionRow.seen_at.desc(), SessionRow.id)).all()
    return [
        SessionInfo(
            row.id,
            row.kind,
            device_of(row.user_agent),
            row.ip,
            row.created_at,
            row.seen_at,
            row.id == viewer.session_id,
        )
        for row in rows
    ]


def live_sessions(session: Session, person_id: UUID) -> Sequence[SessionRow]:
    """The live sessions of a person, locked, always in the same order."""
    found = sa.select(SessionRow).where(SessionRow.person_id == person_id, live(clock.now()))
    return session.scalars(found.order_by(SessionRow.id).with_for_update()).all()


def own_session(session: Session, session_id: UUID, viewer: Viewer) -> SessionRow:
    """One live session of the viewer's, locked; raises SessionNotFound."""
    row = session.get(SessionRow, session_id, with_for_update=True)
    if row is None or row.person_id != viewer.person or not is_live(row, clock.now()):
        raise SessionNotFound(str(session_id))
    return row


def claims_of(session: Session, person_id: UUID) -> list[UUID]:
    """Ids of the person's live sessions: what those hold belongs to the person."""
    found = sa.select(SessionRow.id).where(SessionRow.person_id == person_id, live(clock.now()))
    return list(session.scalars(found))


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
    )


def to_viewer(row: SessionRow, who: PersonRow | None) -> Viewer:
    """A session and its person as what use cases take."""
    via: Literal["page", "api"] = "page" if row.kind is SessionKind.PAGE else "api"
    if who is None:
        return Viewer(None, row.id, frozenset(), "", row.language, row.time_zone, via)
    return Viewer(who.id, row.id, frozenset(who.roles), who.name, who.language, who.time_zone, via)


def _viewer(session: Session, which: sa.ColumnElement[bool], kind: SessionKind) -> Viewer | None:
    found = (
        sa.select(SessionRow, PersonRow)
        .outerjoin(PersonRow, PersonRow.id == SessionRow.person_id)
        .where(which, SessionRow.kind == kind, live(clock.now()))
    )
    row = session.execute(found).one_or_none()
    if row is None:
        return None
    of_session: SessionRow = row[0]
    who: PersonRow | None = row[1]
    if who is not None and who.status is not PersonStatus.ACTIVE:
        return None
    return to_viewer(of_session, who)


def _has(role: Role) -> sa.ColumnElement[bool]:
    return sa.literal(role.value) == sa.any_(PersonRow.roles)


def _place(cursor: str) -> tuple[str, UUID]:
    last_key, last_id = decode_cursor(cursor, 2)
    try:
        return str(last_key), UUID(str(last_id))
    except ValueError:
        return str(last_key), UUID(int=0)
