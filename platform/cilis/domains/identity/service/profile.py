"""What a person changes of themselves."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.identity import queries
from cilis.domains.identity.events import PersonChanged, PictureDropped
from cilis.domains.identity.models import SessionRow
from cilis.domains.identity.service import mail_links, names, passwords, sessions
from cilis.domains.identity.types import (
    PICTURE_FADES,
    EndReason,
    Person,
    ProfileChanges,
    Role,
    is_phone,
)
from cilis.infra import audit, files, i18n, limits
from cilis.infra.db import reading, transaction
from cilis.infra.outbox import emit
from cilis.kit import clock, crypto, text
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Caller, Viewer


def change_profile(viewer: Viewer, changes: ProfileChanges) -> Person:
    """Change the viewer's own name, number, language or time zone; raises InvalidInput."""
    if changes.phone and not is_phone(changes.phone):
        raise InvalidInput({"phone": ["phone_invalid"]})
    with transaction() as session:
        _refuse_unknown(session, changes.language, changes.time_zone)
        row = queries.person_row(session, viewer.person, lock=True)
        if changes.name is not None:
            names.set_name(row, changes.name, tenants.organization(session).default_language)
        if changes.phone is not None:
            row.phone = text.one_line(changes.phone) or None
        row.language = changes.language or row.language
        row.time_zone = changes.time_zone or row.time_zone
        names.set_words(row)
        emit(session, PersonChanged(person_id=row.id), subject=row.id)
    return queries.to_person(row)


def prefer(viewer: Viewer, *, language: str | None = None, time_zone: str | None = None) -> None:
    """Remember a choice of language or zone: for the browser, and for the person if signed in.

    Raises InvalidInput for what the organization does not speak, or no zone.
    """
    with transaction() as session:
        _refuse_unknown(session, language, time_zone)
        who = queries.person_row(session, viewer.person_id, lock=True) if viewer.person_id else None
        found = session.get(SessionRow, viewer.session_id) if viewer.session_id else None
        for row in (found, who):
            if row is not None:
                row.language = language or row.language
                row.time_zone = time_zone or row.time_zone
        if who is not None:
            emit(session, PersonChanged(person_id=who.id), subject=who.id)


def change_picture(viewer: Viewer, content: bytes) -> Person:
    """Set the viewer's picture: made square and small, without what the camera wrote into it.

    Raises:
        InvalidInput: not a picture, or too large.
    """
    person_id = viewer.person
    if not content:
        raise InvalidInput({"picture": ["required"]})
    limits.hit("picture", str(person_id), "30/hour")
    key = files.save_public(files.portrait(content), "image/webp", own=True)
    try:
        return _set_picture(person_id, key)
    except BaseException:
        files.take_back_public(key)
        raise


def remove_picture(viewer: Viewer) -> Person:
    """Show initials again."""
    return _set_picture(viewer.person, None)


def change_password(viewer: Viewer, current: str, password: str, caller: Caller) -> str | None:
    """Set a new password; signs the viewer out everywhere else.

    Returns:
        The new cookie of a browser's session; None for a program's.

    Raises:
        TooMany: too many tries.
        InvalidInput: the present password is wrong, or the new one would be guessed.
    """
    limits.hit("log-in-address", caller.ip, "60/15 minutes")
    limits.hit("change-password", str(viewer.person), "10/15 minutes")
    with reading() as session:
        row = queries.person_row(session, viewer.person)
        passwords.refuse_weak(session, password, field="password", about=(row.name, row.email))
    if not passwords.fits(row.password_hash, current if text.is_clean(current) else ""):
        raise InvalidInput({"current_password": ["password_wrong"]})
    password_hash = passwords.make_hash(password)
    with transaction() as session:
        locked = queries.person_row(session, row.id, lock=True)
        if locked.password_hash != row.password_hash:  # changed elsewhere meanwhile
            raise InvalidInput({"current_password": ["password_wrong"]})
        mail_links.set_password(session, locked, password_hash)
        sessions.end_all(
            session, row.id, EndReason.PASSWORD_CHANGED, actor=row.id, but=viewer.session_id
        )
        audit.record(session, "identity.password_changed", row.id, actor=row.id)
        return _new_token(session, viewer)


def add_role(session: Session, person_id: UUID, role: str) -> None:
    """Give a person one more role; again does nothing. Raises PersonNotFound, ValueError."""
    row = queries.person_row(session, person_id, lock=True)
    wanted = sorted({*row.roles, Role(role).value})
    if wanted != row.roles:
        row.roles = wanted
        emit(session, PersonChanged(person_id=person_id), subject=person_id)


def _set_picture(person_id: UUID, key: str | None) -> Person:
    with transaction() as session:
        row = queries.person_row(session, person_id, lock=True)
        if row.picture_key and row.picture_key != key:
            dropped = PictureDropped(person_id=row.id, key=row.picture_key)
            emit(session, dropped, at=clock.now() + PICTURE_FADES, subject=row.id)
        row.picture_key = key
        emit(session, PersonChanged(person_id=row.id), subject=row.id)
    return queries.to_person(row)


def _new_token(session: Session, viewer: Viewer) -> str | None:
    if viewer.session_id is None:
        return None
    row = queries.session_row(session, viewer.session_id, viewer.person)
    if row.token_digest is None:
        return None
    token = crypto.token()
    row.token_digest = crypto.digest(token)
    row.seen_at = clock.now()
    return token


def _refuse_unknown(session: Session, language: str | None, time_zone: str | None) -> None:
    wrong: dict[str, list[str]] = {}
    if language is not None and language not in tenants.organization(session).languages:
        wrong["language"] = ["language_not_offered"]
    if time_zone is not None and not i18n.is_zone(time_zone):
        wrong["time_zone"] = ["time_zone_unknown"]
    if wrong:
        raise InvalidInput(wrong)
