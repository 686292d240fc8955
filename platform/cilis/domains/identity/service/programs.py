"""Sessions of programs: a short access token, and a refresh token that is used once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.identity import queries
from cilis.domains.identity.errors import RefreshRefused
from cilis.domains.identity.models import RefreshToken, SessionRow
from cilis.domains.identity.service import entrance, passwords, sessions
from cilis.domains.identity.types import (
    ACCESS_FOR,
    GRACE,
    Credentials,
    EndReason,
    PersonStatus,
    SessionKind,
    Tokens,
)
from cilis.infra import audit, limits, secrets
from cilis.infra.db import transaction
from cilis.infra.tenancy import current_tenant
from cilis.kit import clock, crypto, ids, tokens
from cilis.kit.viewer import Caller

__all__ = ["open_api_session", "refresh"]


def open_api_session(credentials: Credentials, caller: Caller) -> Tokens:
    """Sign a person in from a program.

    Raises:
        TooMany, WrongCredentials, PersonSuspended: see `passwords.check`.
    """
    checked = passwords.check(credentials, caller)
    with transaction() as session:
        who = entrance.still_right(session, checked)
        row = entrance.new_session(SessionKind.API, caller, who)
        session.add(row)
        session.flush()
        opaque = _add(session, row.id, previous=None)
        audit.record(session, "identity.logged_in", row.id, actor=who.id, detail={"via": "api"})
        return _pair(row.id, who.id, opaque)


def refresh(refresh_token: str, caller: Caller) -> Tokens:
    """Exchange a refresh token for a new pair.

    The token is then spent. Within 30 seconds, and while its successor is unused, it gives the
    same successor again: the answer may have been lost. Later it can only be a copy, so the
    session ends for whoever holds any token of it, and the person is told.

    Raises:
        RefreshRefused: unknown, of an ended session, or used before.
        TooMany: too many tries from one address.
    """
    limits.hit("refresh", caller.ip, "300/minute")
    if not queries.is_token(refresh_token):
        raise RefreshRefused
    with transaction() as session:  # a reuse must be committed, so it is raised outside
        pair = _exchange(session, crypto.digest(refresh_token))
    if pair is None:
        raise RefreshRefused
    return pair


def _exchange(session: Session, digest: bytes) -> Tokens | None:
    found = session.scalar(sa.select(RefreshToken).where(RefreshToken.digest == digest))
    if found is None:
        return None
    row = session.get(SessionRow, found.session_id, with_for_update=True)
    session.refresh(found)  # what it said before the lock may be old
    now = clock.now()
    if row is None or row.person_id is None or not queries.is_live(row, now):
        return None
    if queries.person_row(session, row.person_id).status is not PersonStatus.ACTIVE:
        return None
    opaque = _successor(session, found, now)
    if opaque is None:
        sessions.end(session, row, EndReason.TOKEN_REUSED, actor=None)
        return None
    row.seen_at = now
    return _pair(row.id, row.person_id, opaque)


def _successor(session: Session, token: RefreshToken, now: datetime) -> str | None:
    """The next token; None when this one was spent and is not merely asked for again."""
    if token.used_at is None:
        _spend_previous(session, token)
        opaque = _add(session, token.session_id, previous=token.id)
        token.used_at = now
        token.successor = secrets.encrypt(opaque)
        return opaque
    if token.successor is None or now > token.used_at + GRACE:
        return None
    return secrets.decrypt(token.successor)


def _spend_previous(session: Session, token: RefreshToken) -> None:
    """Whoever uses a token has received it: its forerunner need not give it out any more."""
    if token.previous_id is not None:
        session.execute(
            sa.update(RefreshToken)
            .where(RefreshToken.id == token.previous_id)
            .values(successor=None)
            .execution_options(synchronize_session=False)
        )


def _add(session: Session, session_id: UUID, *, previous: UUID | None) -> str:
    opaque = crypto.token()
    session.add(
        RefreshToken(
            id=ids.new(),
            session_id=session_id,
            digest=crypto.digest(opaque),
            previous_id=previous,
            created_at=clock.now(),
        )
    )
    session.flush()
    return opaque


def _pair(session_id: UUID, person_id: UUID, opaque: str) -> Tokens:
    tenant = current_tenant()
    claims = {
        "typ": "access",
        "aud": tenant.id,
        "iss": tenant.host,
        "sub": str(person_id),
        "sid": str(session_id),
    }
    access, ends_at = tokens.issue(claims, secrets.signing_keys("access")[0], lifetime=ACCESS_FOR)
    return Tokens(session_id, person_id, access, ends_at, opaque)
