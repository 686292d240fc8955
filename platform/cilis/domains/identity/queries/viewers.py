"""Who looks: from a cookie, an access token or a session to what use cases take."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.identity.models import PersonRow, SessionRow
from cilis.domains.identity.queries.sessions import live
from cilis.domains.identity.types import PersonStatus, SessionKind
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
    mine = SessionRow.token_digest == crypto.digest(token)
    return _viewer(session, mine, SessionRow.kind == SessionKind.PAGE)


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
    found = _viewer(session, SessionRow.id == session_id, SessionRow.kind == SessionKind.API)
    if claims.get("iss") != tenant.host or found is None or found.person_id != person_id:
        raise NotSignedIn("ended, or another's")
    return found


def viewer_of_session(session: Session, session_id: UUID) -> Viewer | None:
    """Who stands behind a browser's session now; None when it ended or its person may not come in.

    For what stays open after the request that proved the session: sockets.
    """
    return _viewer(session, SessionRow.id == session_id, SessionRow.kind == SessionKind.PAGE)


def to_viewer(row: SessionRow, who: PersonRow | None) -> Viewer:
    """A session and its person as what use cases take."""
    via: Literal["page", "api"] = "page" if row.kind is SessionKind.PAGE else "api"
    if who is None:
        return Viewer(None, row.id, frozenset(), "", row.language, row.time_zone, via)
    return Viewer(
        who.id,
        row.id,
        frozenset(who.roles),
        who.name,
        who.language,
        who.time_zone,
        via,
        who.picture_key,
    )


def _viewer(session: Session, *which: sa.ColumnElement[bool]) -> Viewer | None:
    found = (
        sa.select(SessionRow, PersonRow)
        .outerjoin(PersonRow, PersonRow.id == SessionRow.person_id)
        .where(*which, live(clock.now()))
    )
    row = session.execute(found).one_or_none()
    if row is None:
        return None
    of_session: SessionRow = row[0]
    who: PersonRow | None = row[1]
    if who is not None and who.status is not PersonStatus.ACTIVE:
        return None
    return to_viewer(of_session, who)
