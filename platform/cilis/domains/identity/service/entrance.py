"""Coming in: nameless browsers, sign-up, log-in."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cilis.config import settings
from cilis.domains import tenants
from cilis.domains.identity import queries
from cilis.domains.identity.errors import SessionNotFound, WrongCredentials
from cilis.domains.identity.events import PersonRegistered, SessionClaimed
from cilis.domains.identity.models import PersonRow, SessionRow
from cilis.domains.identity.service import mail_links, names, passwords, sessions
from cilis.domains.identity.types import (
    ANONYMOUS_FOR,
    SIGNED_IN_FOR,
    Credentials,
    EndReason,
    Person,
    PersonStatus,
    Registration,
    Role,
    SessionKind,
)
from cilis.infra import audit, idempotency, limits
from cilis.infra.db import reading, transaction, violates
from cilis.infra.outbox import emit
from cilis.kit import clock, crypto, ids, text
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Caller, Viewer


def open_browser_session(language: str, zone: str, user_agent: str, ip: str) -> tuple[str, Viewer]:
    """Give a nameless browser a session, so that it may hold an hour; returns its cookie."""
    token = crypto.token()
    row = new_session(
        SessionKind.PAGE, Caller(ip=ip, user_agent=user_agent, language=language, time_zone=zone)
    )
    row.token_digest = crypto.digest(token)
    with transaction() as session:
        session.add(row)
    return token, queries.to_viewer(row, None)


def register(wish: Registration, caller: Caller) -> Person:
    """Make an account and ask its owner to verify the address. Signs nobody in.

    Raises:
        TooMany: too many accounts from one address.
        InvalidInput: the address has an account already, or the password would be guessed.
    """
    password_hash = _checked(wish, caller)
    with transaction() as session:
        row = _add_person(session, wish, password_hash, caller)
        idempotency.made(session, row.id)
    return queries.to_person(row)


def sign_up(wish: Registration, caller: Caller) -> tuple[str, Viewer]:
    """Make an account and sign its owner in; what the browser holds stays theirs.

    Raises as `register` does.
    """
    password_hash = _checked(wish, caller)
    with transaction() as session:
        row = _add_person(session, wish, password_hash, caller)
        return enter(session, row, caller)


def log_in(credentials: Credentials, caller: Caller) -> tuple[str, Viewer]:
    """Sign a person in to pages; returns the new cookie.

    A nameless browser keeps its session, and so what it holds, but never its token: one that
    somebody else had planted would be worth nothing now.

    Raises:
        TooMany, WrongCredentials, PersonSuspended: see `passwords.check`.
    """
    checked = passwords.check(credentials, caller)
    with transaction() as session:
        return enter(session, still_right(session, checked), caller)


def claim_session(session: Session, session_id: UUID, person_id: UUID) -> SessionRow:
    """Let a nameless browser's session belong to a person; raises SessionNotFound."""
    row = session.get(SessionRow, session_id, with_for_update=True)
    if row is None or row.person_id not in {None, person_id} or row.ended_at is not None:
        raise SessionNotFound(str(session_id))
    if row.person_id is None:
        row.person_id = person_id
        emit(
            session, SessionClaimed(session_id=session_id, person_id=person_id), subject=session_id
        )
    return row


def still_right(session: Session, checked: PersonRow) -> PersonRow:
    """The row of checked credentials, locked, unless password or status changed since."""
    row = queries.person_row(session, checked.id, lock=True)
    if row.password_hash != checked.password_hash or row.status is not PersonStatus.ACTIVE:
        raise WrongCredentials
    return row


def enter(session: Session, who: PersonRow, caller: Caller) -> tuple[str, Viewer]:
    """Sign a person in: the browser's own session with a new token, or a new session."""
    row = _reusable(session, who, caller)
    if row is None:
        row = new_session(SessionKind.PAGE, caller, who)
        session.add(row)
    else:
        claim_session(session, row.id, who.id)
    token = crypto.token()
    now = clock.now()
    row.token_digest = crypto.digest(token)
    row.signed_in_at = row.seen_at = now
    row.ends_at = now + SIGNED_IN_FOR
    row.user_agent, row.ip = caller.user_agent[:300], caller.ip
    audit.record(session, "identity.logged_in", row.id, actor=who.id, detail={"via": "page"})
    return token, queries.to_viewer(row, who)


def new_session(kind: SessionKind, caller: Caller, who: PersonRow | None = None) -> SessionRow:
    """A session that lives from now on, not yet added."""
    now = clock.now()
    return SessionRow(
        id=ids.new(),
        kind=kind,
        person_id=who.id if who else None,
        language=caller.language or (who.language if who else "en"),
        time_zone=caller.time_zone or (who.time_zone if who else "UTC"),
        user_agent=caller.user_agent[:300],
        ip=caller.ip,
        created_at=now,
        seen_at=now,
        signed_in_at=now if who else None,
        ends_at=now + (SIGNED_IN_FOR if who else ANONYMOUS_FOR),
    )


def _reusable(session: Session, who: PersonRow, caller: Caller) -> SessionRow | None:
    """The caller's present session if it may become this person's; another person's is ended."""
    if caller.session_id is None:
        return None
    row = session.get(SessionRow, caller.session_id, with_for_update=True)
    if row is None or row.kind is not SessionKind.PAGE or not queries.is_live(row, clock.now()):
        return None
    if row.person_id not in {None, who.id}:
        sessions.end(session, row, EndReason.REPLACED, actor=who.id)
        return None
    return row


def _checked(wish: Registration, caller: Caller) -> str:
    """The hash of a password that may be used.

    Whether the address is free shows at the insert: a repeat by idempotency key must first get
    as far as the transaction that knows the key.
    """
    limits.hit("sign-up", caller.ip, settings().sign_ups_per_address)
    with reading() as session:
        passwords.refuse_weak(
            session, wish.password, field="password", about=(wish.name, wish.email)
        )
    return passwords.make_hash(wish.password)


def _add_person(
    session: Session, wish: Registration, password_hash: str, caller: Caller
) -> PersonRow:
    organization = tenants.organization(session)
    now = clock.now()
    row = PersonRow(
        id=ids.new(),
        email=text.nfc(wish.email).strip(),
        email_key=queries.email_key(wish.email),
        password_hash=password_hash,
        roles=[Role.CLIENT.value],
        language=caller.language or organization.default_language,
        time_zone=caller.time_zone or organization.time_zone,
        status=PersonStatus.ACTIVE,
        created_at=now,
        password_changed_at=now,
    )
    names.set_name(row, wish.name, organization.default_language)
    names.set_words(row)
    session.add(row)
    try:
        session.flush()
    except IntegrityError as problem:
        if violates(problem, "people_email_key_key"):
            raise InvalidInput({"email": ["email_taken"]}) from problem
        raise
    emit(session, PersonRegistered(person_id=row.id), subject=row.id)
    mail_links.send_verification(session, row)
    audit.record(session, "identity.person_registered", row.id, actor=row.id)
    return row
