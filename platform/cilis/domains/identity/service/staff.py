"""What admins do with somebody's account. Each act has a reason and a line in the book."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains.identity import queries
from cilis.domains.identity.errors import LastAdmin, NotOnYourself
from cilis.domains.identity.events import PersonChanged
from cilis.domains.identity.models import PersonRow
from cilis.domains.identity.service import sessions
from cilis.domains.identity.types import (
    EndReason,
    Person,
    PersonStatus,
    Role,
    StaffChanges,
)
from cilis.infra import audit
from cilis.infra.db import transaction
from cilis.infra.outbox import emit
from cilis.kit import text
from cilis.kit.errors import Forbidden, InvalidInput
from cilis.kit.viewer import Viewer


def change_person(person_id: UUID, changes: StaffChanges, viewer: Viewer) -> Person:
    """Change roles or status of somebody; a suspended person is out at the next request.

    What is so already is not changed, and not written down again.

    Raises:
        InvalidInput: no reason is given, or no role is left.
        PersonNotFound: unknown id.
        NotOnYourself: admins take neither their own rights nor their own access.
        LastAdmin: nobody would be left who can run the organization.
    """
    _only_admins(viewer)
    reason = _reason(changes.reason)
    if changes.roles is not None and not changes.roles:
        raise InvalidInput({"roles": ["required"]})
    with transaction() as session:
        row, admins = queries.lock_with_admins(session, person_id)
        _refuse_to_end_rule(row, admins, changes, viewer)
        changed = _change_roles(session, row, changes, reason, viewer)
        changed |= _change_status(session, row, changes, reason, viewer)
        if changed:
            emit(session, PersonChanged(person_id=row.id), subject=row.id)
    return queries.to_person(row)


def end_session_of(person_id: UUID, session_id: UUID, viewer: Viewer) -> None:
    """Sign somebody out in one place; raises SessionNotFound."""
    _only_admins(viewer)
    with transaction() as session:
        row = queries.session_row(session, session_id, person_id)
        sessions.end(session, row, EndReason.ENDED_BY_STAFF, actor=viewer.person)
        _note(session, "identity.signed_out", person_id, viewer, sessions=1)


def end_sessions_of(person_id: UUID, viewer: Viewer) -> int:
    """Sign somebody out everywhere; returns in how many places. Raises PersonNotFound."""
    _only_admins(viewer)
    with transaction() as session:
        queries.person_row(session, person_id)
        ended = sessions.end_all(
            session, person_id, EndReason.ENDED_BY_STAFF, actor=viewer.person, but=viewer.session_id
        )
        if ended:
            _note(session, "identity.signed_out", person_id, viewer, sessions=ended)
    return ended


def _only_admins(viewer: Viewer) -> None:
    if not viewer.has(Role.ADMIN):
        raise Forbidden("only admins change other people's accounts")


def _reason(words: str) -> str:
    reason = text.one_line(words)
    if not reason:
        raise InvalidInput({"reason": ["required"]})
    return reason[:500]


def _refuse_to_end_rule(
    row: PersonRow, admins: set[UUID], changes: StaffChanges, viewer: Viewer
) -> None:
    no_admin = changes.roles is not None and Role.ADMIN not in changes.roles
    loses = row.id in admins and (no_admin or changes.status is PersonStatus.SUSPENDED)
    if loses and row.id == viewer.person:
        raise NotOnYourself(str(row.id))
    if loses and admins == {row.id}:
        raise LastAdmin(str(row.id))


def _change_roles(
    session: Session, row: PersonRow, changes: StaffChanges, reason: str, viewer: Viewer
) -> bool:
    wanted = (
        sorted(role.value for role in changes.roles) if changes.roles is not None else row.roles
    )
    if sorted(row.roles) == wanted:
        return False
    before, row.roles = row.roles, wanted
    _note(
        session,
        "identity.roles_changed",
        row.id,
        viewer,
        before=before,
        after=wanted,
        reason=reason,
    )
    return True


def _change_status(
    session: Session, row: PersonRow, changes: StaffChanges, reason: str, viewer: Viewer
) -> bool:
    if changes.status is None or changes.status is row.status:
        return False
    row.status = changes.status
    if row.status is PersonStatus.SUSPENDED:
        sessions.end_all(session, row.id, EndReason.SUSPENDED, actor=viewer.person)
        _note(session, "identity.person_suspended", row.id, viewer, reason=reason)
    else:
        _note(session, "identity.person_reopened", row.id, viewer, reason=reason)
    return True


def _note(session: Session, action: str, person_id: UUID, viewer: Viewer, **detail: object) -> None:
    audit.record(session, action, person_id, actor=viewer.person, detail=detail)
