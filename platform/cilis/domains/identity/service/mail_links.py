"""Links in mails that let their reader do one thing once: verify the address, set a password.

The secret of a link is found by its SHA-256. Until it is used it also lies encrypted in its row,
for the notifications room to write the mail; it is in no event and no log.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.identity import queries
from cilis.domains.identity.errors import LinkNotValid
from cilis.domains.identity.events import (
    EmailVerificationAsked,
    PasswordChanged,
    PasswordResetAsked,
)
from cilis.domains.identity.models import OneTimeToken, PersonRow
from cilis.domains.identity.service import passwords, sessions
from cilis.domains.identity.types import (
    RESET_WITHIN,
    VERIFY_WITHIN,
    EndReason,
    Person,
    PersonStatus,
    Purpose,
)
from cilis.infra import audit, limits, secrets
from cilis.infra.db import reading, transaction
from cilis.infra.outbox import emit
from cilis.kit import clock, crypto, ids
from cilis.kit.viewer import Caller, Viewer


def one_time_secret(session: Session, token_id: UUID) -> str:
    """The secret part of a link, for the mail that carries it; raises LinkNotValid."""
    row = session.get(OneTimeToken, token_id)
    if row is None or row.sealed is None or row.ends_at <= clock.now():
        raise LinkNotValid(str(token_id))
    return secrets.decrypt(row.sealed)


def ask_verification(viewer: Viewer) -> None:
    """Send the link again; nothing happens when the address is verified already."""
    limits.hit("verify-email", str(viewer.person), "5/hour")
    with transaction() as session:
        row = queries.person_row(session, viewer.person, lock=True)
        if row.email_verified_at is None:
            send_verification(session, row)


def send_verification(session: Session, row: PersonRow) -> None:
    """Make a link for the person's present address and say so; older ones stop working."""
    token_id = make(session, row, Purpose.VERIFY_EMAIL, VERIFY_WITHIN)
    emit(session, EmailVerificationAsked(person_id=row.id, token_id=token_id), subject=row.id)


def is_open_link(session: Session, secret: str, purpose: Purpose) -> bool:
    """Whether a link can still be used; the page before the button asks."""
    return _find(session, secret, purpose) is not None


def verify_email(secret: str, caller: Caller) -> Person:
    """The reader of the mail owns the address; raises LinkNotValid."""
    limits.hit("use-link", caller.ip, "60/hour")
    with transaction() as session:
        _, row = use(session, secret, Purpose.VERIFY_EMAIL)
        row.email_verified_at = row.email_verified_at or clock.now()
        audit.record(session, "identity.email_verified", row.id, actor=row.id)
    return queries.to_person(row)


def ask_password_reset(email: str, caller: Caller) -> None:
    """Send a link to set a new password, if the address has an account.

    Whether it has is not told: no answer, and the same work for both.
    """
    key = queries.email_key(email)
    limits.hit("forgot-address", caller.ip, "20/hour")
    limits.hit("forgot-account", crypto.digest(key).hex(), "5/hour")
    with transaction() as session:
        row = queries.row_by_email(session, email)
        if row is None or row.status is not PersonStatus.ACTIVE:
            secrets.encrypt(crypto.token())
            return
        token_id = make(session, row, Purpose.RESET_PASSWORD, RESET_WITHIN)
        emit(session, PasswordResetAsked(person_id=row.id, token_id=token_id), subject=row.id)
        audit.record(session, "identity.reset_asked", row.id, actor=None, detail={"ip": caller.ip})


def reset_password(secret: str, password: str, caller: Caller) -> Person:
    """Set a new password by a mail's link; ends all sessions of the person, everywhere.

    Raises:
        LinkNotValid: unknown, used, older than an hour, or replaced by a newer one.
        InvalidInput: the password would be guessed; the link stays usable.
    """
    limits.hit("use-link", caller.ip, "60/hour")
    with reading() as session:
        found = _find(session, secret, Purpose.RESET_PASSWORD)
        if found is None:
            raise LinkNotValid
        about = queries.person(session, found.person_id)
        passwords.refuse_weak(session, password, field="password", about=(about.name, about.email))
    password_hash = passwords.make_hash(password)
    with transaction() as session:
        _, row = use(session, secret, Purpose.RESET_PASSWORD)
        set_password(session, row, password_hash)
        row.email_verified_at = row.email_verified_at or clock.now()  # they read their mail
        sessions.end_all(session, row.id, EndReason.PASSWORD_CHANGED, actor=row.id)
        audit.record(session, "identity.password_reset", row.id, actor=row.id)
    return queries.to_person(row)


def set_password(session: Session, row: PersonRow, password_hash: str) -> None:
    """Store a new hash; links that were asked for before stop working."""
    row.password_hash = password_hash
    row.password_changed_at = clock.now()
    for purpose in (Purpose.RESET_PASSWORD, Purpose.CHANGE_EMAIL):
        void(session, row.id, purpose)
    told = PasswordChanged(person_id=row.id, at=row.password_changed_at)
    emit(session, told, subject=row.id)


def make(
    session: Session,
    row: PersonRow,
    purpose: Purpose,
    within: timedelta,
    *,
    email: str | None = None,
) -> UUID:
    """One open link for a purpose: a new one replaces the older ones."""
    void(session, row.id, purpose)
    secret = crypto.token()
    now = clock.now()
    token = OneTimeToken(
        id=ids.new(),
        person_id=row.id,
        purpose=purpose,
        digest=crypto.digest(secret),
        sealed=secrets.encrypt(secret),
        email_key=row.email_key,
        email=email,
        created_at=now,
        ends_at=now + within,
    )
    session.add(token)
    session.flush()
    return token.id


def void(session: Session, person_id: UUID, purpose: Purpose) -> None:
    """Let a person's open links for a purpose stop working."""
    session.execute(
        sa.update(OneTimeToken)
        .where(
            OneTimeToken.person_id == person_id,
            OneTimeToken.purpose == purpose,
            OneTimeToken.used_at.is_(None),
        )
        .values(used_at=clock.now(), sealed=None)
        .execution_options(synchronize_session=False)
    )


def waiting(session: Session, person_id: UUID, purpose: Purpose) -> str:
    """The address that an open link of this purpose was sent to; "" when none is open."""
    found = sa.select(OneTimeToken.email).where(
        OneTimeToken.person_id == person_id,
        OneTimeToken.purpose == purpose,
        OneTimeToken.used_at.is_(None),
        OneTimeToken.ends_at > clock.now(),
    )
    return session.scalar(found.order_by(OneTimeToken.id.desc()).limit(1)) or ""


def _find(
    session: Session, secret: str, purpose: Purpose, *, lock: bool = False
) -> OneTimeToken | None:
    if not queries.is_token(secret):
        return None
    found = sa.select(OneTimeToken).where(
        OneTimeToken.digest == crypto.digest(secret),
        OneTimeToken.purpose == purpose,
        OneTimeToken.used_at.is_(None),
        OneTimeToken.ends_at > clock.now(),
    )
    return session.scalar(found.with_for_update() if lock else found)


def use(session: Session, secret: str, purpose: Purpose) -> tuple[OneTimeToken, PersonRow]:
    """Spend a link; raises LinkNotValid, also when the address changed since it was sent."""
    token = _find(session, secret, purpose, lock=True)
    if token is None:
        raise LinkNotValid
    row = queries.person_row(session, token.person_id, lock=True)
    if row.email_key != token.email_key or row.status is not PersonStatus.ACTIVE:
        raise LinkNotValid(str(token.id))
    token.used_at = clock.now()
    token.sealed = None
    session.flush()
    return token, row
