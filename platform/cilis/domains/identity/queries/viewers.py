"""Who looks: from a cookie, an access token or a session to what use cases take."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.identity.models import PersonRow, SessionRow
from cilis.domains.identity.queries.sessions import live_since
from cilis.domains.identity.types import IDLE_FOR, PersonStatus, SessionKind
from cilis.infra import secrets
from cilis.infra.tenancy import current_tenant
from cilis.kit import clock, crypto, tokens
from cilis.kit.errors import NotSignedIn
from cilis.kit.viewer import Viewer


def is_token(opaque: str) -> bool:
    """Whether a text could be one of our opaque tokens at all, before it is looked up."""
    return 20 <= len(opaque) <= 128 and opaque.isascii()


def viewer_of_cookie(session: Session, token: str) -> Viewer | None:
    """Who carries this cookie now; None when its session ended or its person may not come in.

    One query (index: token_digest). A nameless browser is a viewer without a person.
    """
    if not is_token(token):
        return None
    return _viewer(session, _OF_TOKEN, crypto.digest(token), SessionKind.PAGE)


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
    found = _viewer(session, _OF_ID, session_id, SessionKind.API)
    if claims.get("iss") != tenant.host or found is None or found.person_id != person_id:
        raise NotSignedIn("ended, or another's")
    return found


def viewer_of_session(session: Session, session_id: UUID) -> Viewer | None:
    """Who stands behind a browser's session now; None when it ended or its person may not come in.

    For what stays open after the request that proved the session: sockets.
    """
    return _viewer(session, _OF_ID, session_id, SessionKind.PAGE)


def to_viewer(row: SessionRow, who: PersonRow | None) -> Viewer:
    """A session and its person as what use cases take."""
    if who is None:
        return _nameless(row.id, row.language, row.time_zone, row.kind)
    return _named(row.id, row.kind, who)


# Asked before nearly every answer: plain columns of statements that are made once.
_WHO = (
    sa.select(
        SessionRow.id.label("session_id"),
        SessionRow.language.label("session_language"),
        SessionRow.time_zone.label("session_zone"),
        PersonRow.id,
        PersonRow.status,
        PersonRow.roles,
        PersonRow.name,
        PersonRow.language,
        PersonRow.time_zone,
        PersonRow.picture_key,
    )
    .select_from(SessionRow)
    .outerjoin(PersonRow, PersonRow.id == SessionRow.person_id)
    .where(
        SessionRow.kind == sa.bindparam("kind"),
        live_since(sa.bindparam("now"), sa.bindparam("idle_since")),
    )
)
_OF_ID = _WHO.where(SessionRow.id == sa.bindparam("which"))
_OF_TOKEN = _WHO.where(SessionRow.token_digest == sa.bindparam("which"))


def _viewer(
    session: Session, statement: sa.Select[Any], which: UUID | bytes, kind: SessionKind
) -> Viewer | None:
    now = clock.now()
    values = {"which": which, "kind": kind, "now": now, "idle_since": now - IDLE_FOR}
    row = session.connection().execute(statement, values).one_or_none()
    if row is None:
        return None
    if row.id is None:
        return _nameless(row.session_id, row.session_language, row.session_zone, kind)
    if row.status is not PersonStatus.ACTIVE:
        return None
    return _named(row.session_id, kind, row)


def _named(session_id: UUID, kind: SessionKind, who: PersonRow | sa.Row[Any]) -> Viewer:
    return Viewer(
        who.id,
        session_id,
        frozenset(who.roles),
        who.name,
        who.language,
        who.time_zone,
        _via(kind),
        who.picture_key,
    )


def _nameless(session_id: UUID, language: str, zone: str, kind: SessionKind) -> Viewer:
    return Viewer(None, session_id, frozenset(), "", language, zone, _via(kind))


def _via(kind: SessionKind) -> Literal["page", "api"]:
    return "page" if kind is SessionKind.PAGE else "api"
