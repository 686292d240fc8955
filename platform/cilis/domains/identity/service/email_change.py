"""A new e-mail address: it counts when its owner has opened the link sent to it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cilis.domains.identity import queries
from cilis.domains.identity.errors import LinkNotValid
from cilis.domains.identity.events import EmailChangeAsked, PersonChanged
from cilis.domains.identity.models import OneTimeToken, PersonRow
from cilis.domains.identity.service import mail_links, names, passwords
from cilis.domains.identity.types import (
    CHANGE_EMAIL_WITHIN,
    EmailChange,
    Person,
    Purpose,
)
from cilis.infra import audit, limits
from cilis.infra.db import reading, transaction, violates
from cilis.infra.outbox import emit
from cilis.kit import clock, text
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Caller, Viewer


def ask_email_change(viewer: Viewer, email: str, password: str, caller: Caller) -> None:
    """Send a link to a new address, and a warning to the present one. Nothing changes yet.

    Raises:
        TooMany: too many tries.
        InvalidInput: the password is wrong, or the address is taken or no other one.
    """
    limits.hit("log-in-address", caller.ip, "60/15 minutes")
    limits.hit("change-email", str(viewer.person), "10/hour")
    with reading() as session:
        row = queries.person_row(session, viewer.person)
        _refuse_taken(session, row, email)
    if not passwords.fits(row.password_hash, password if text.is_clean(password) else ""):
        raise InvalidInput({"current_password": ["password_wrong"]})
    with transaction() as session:
        row = queries.person_row(session, viewer.person, lock=True)
        token_id = mail_links.make(
            session,
            row,
            Purpose.CHANGE_EMAIL,
            CHANGE_EMAIL_WITHIN,
            email=text.nfc(email).strip(),
        )
        emit(session, EmailChangeAsked(person_id=row.id, token_id=token_id), subject=row.id)
        audit.record(session, "identity.email_change_asked", row.id, actor=row.id)


def change_email(secret: str, caller: Caller) -> Person:
    """Whoever opened the link owns the new address: it is the person's from now on.

    Raises:
        LinkNotValid: unknown, used, older than a day, replaced, or another took the address.
    """
    limits.hit("use-link", caller.ip, "60/hour")
    try:
        with transaction() as session:
            token, row = mail_links.use(session, secret, Purpose.CHANGE_EMAIL)
            _take(session, row, token)
    except IntegrityError as problem:
        if violates(problem, "people_email_key_key"):
            raise LinkNotValid("the address has an account by now") from problem
        raise
    return queries.to_person(row)


def email_change(session: Session, token_id: UUID) -> EmailChange:
    """The address that waits and the link's secret, for the mail; raises LinkNotValid."""
    secret = mail_links.one_time_secret(session, token_id)
    row = session.get(OneTimeToken, token_id)
    if row is None or row.email is None:
        raise LinkNotValid(str(token_id))
    return EmailChange(row.email, secret)


def waiting_email(session: Session, person_id: UUID) -> str:
    """The address that still has to be confirmed; "" when there is none."""
    return mail_links.waiting(session, person_id, Purpose.CHANGE_EMAIL)


def forget_email_change(viewer: Viewer) -> None:
    """Keep the present address after all: the link stops working."""
    with transaction() as session:
        row = queries.person_row(session, viewer.person, lock=True)
        mail_links.void(session, row.id, Purpose.CHANGE_EMAIL)


def _refuse_taken(session: Session, row: PersonRow, email: str) -> None:
    if queries.email_key(email) == row.email_key:
        raise InvalidInput({"email": ["email_unchanged"]})
    if queries.row_by_email(session, email) is not None:
        raise InvalidInput({"email": ["email_taken"]})


def _take(session: Session, row: PersonRow, token: OneTimeToken) -> None:
    if token.email is None:
        raise LinkNotValid(str(token.id))
    before = row.email
    row.email, row.email_key = token.email, queries.email_key(token.email)
    row.email_verified_at = clock.now()
    names.set_words(row)
    for purpose in (Purpose.VERIFY_EMAIL, Purpose.RESET_PASSWORD):
        mail_links.void(session, row.id, purpose)  # they went to the old address
    emit(session, PersonChanged(person_id=row.id), subject=row.id)
    audit.record(session, "identity.email_changed", row.id, actor=row.id, detail={"before": before})
    session.flush()
