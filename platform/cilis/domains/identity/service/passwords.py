"""Which passwords are taken, and whether one is right.

Source: OWASP ASVS 5.0, 6.2: at least 8 characters, no rules about kinds of characters, no
expiry, nothing cut off, refused when among the most common ones or a word of this very place.
"""

from __future__ import annotations

import functools
import logging
import re
from pathlib import Path

from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.identity import queries
from cilis.domains.identity.errors import PersonSuspended, WrongCredentials
from cilis.domains.identity.models import PersonRow
from cilis.domains.identity.types import PASSWORD_LENGTHS, Credentials, PersonStatus
from cilis.infra import limits
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import current_tenant
from cilis.kit import crypto, passwords, text
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Caller, Viewer

log = logging.getLogger(__name__)

_LIST = Path(__file__).parents[1] / "common_passwords.txt"


def refuse_weak(session: Session, password: str, *, field: str, about: tuple[str, ...]) -> None:
    """Refuse a password that would be guessed first.

    Args:
        session: the caller's, to read the organization's name.
        password: as typed.
        field: the form's field that is to be blamed.
        about: the person's own name and address, which are no secret.

    Raises:
        InvalidInput: password_too_short, password_too_long, password_not_text, or
            password_too_common.
    """
    shortest, longest = PASSWORD_LENGTHS
    if not text.is_clean(password):
        raise InvalidInput({field: ["password_not_text"]})
    length = len(text.nfc(password))
    if length < shortest:
        raise InvalidInput({field: ["password_too_short"]})
    if length > longest:
        raise InvalidInput({field: ["password_too_long"]})
    organization = tenants.organization(session)
    here = (organization.name, current_tenant().slug, *about)
    if _is_common(password) or _is_one_of(password, here):
        raise InvalidInput({field: ["password_too_common"]})


def make_hash(password: str) -> str:
    """What is stored of a password; slow, so never call it in a transaction.

    NFC first: keyboards of different systems send different bytes for the same letters.
    """
    return passwords.hash_password(text.nfc(password))


def fits(password_hash: str | None, password: str) -> bool:
    """Whether a password is right; as slow when there is none to compare with."""
    longest = PASSWORD_LENGTHS[1]
    right = passwords.verify(password_hash, text.nfc(password[: longest + 1]))
    return right and len(password) <= longest


def confirm(viewer: Viewer, password: str, caller: Caller) -> None:
    """Whether the viewer is really there: the password once more, before something grave.

    Slow on purpose, so never call it in a transaction.

    Raises:
        TooMany: too many tries.
        InvalidInput: ``current_password`` is wrong.
    """
    limits.hit("log-in-address", caller.ip, "60/15 minutes")
    limits.hit("confirm-password", str(viewer.person), "10/15 minutes")
    with reading() as session:
        row = queries.person_row(session, viewer.person)
    if not fits(row.password_hash, password if text.is_clean(password) else ""):
        raise InvalidInput({"current_password": ["password_wrong"]})


def check(credentials: Credentials, caller: Caller) -> PersonRow:
    """The person of these credentials, read before now; outside of any transaction.

    Every try counts, by address and by account, so that neither many guesses on one account nor
    one guess on many get far.

    Raises:
        TooMany: too many tries from this address or on this account.
        WrongCredentials: unknown e-mail or wrong password, in the same time and words.
        PersonSuspended: the password is right, but the account is closed.
    """
    key = queries.email_key(credentials.email)
    limits.hit("log-in-address", caller.ip, "60/15 minutes")
    limits.hit("log-in-account", crypto.digest(key).hex(), "10/15 minutes")
    with reading() as session:
        row = queries.row_by_email(session, credentials.email)
    password = credentials.password if text.is_clean(credentials.password) else ""
    if not fits(row.password_hash if row else None, password) or row is None:
        log.warning("log-in refused", extra={"ip": caller.ip, "known": row is not None})
        raise WrongCredentials
    if row.status is not PersonStatus.ACTIVE:
        raise PersonSuspended(str(row.id))
    return _with_todays_cost(row, password)


def _with_todays_cost(row: PersonRow, password: str) -> PersonRow:
    """Hash again if the costs have grown since; this is the only moment the password is known."""
    if not passwords.needs_rehash(row.password_hash or ""):
        return row
    fresh = make_hash(password)
    with transaction() as session:
        locked = queries.person_row(session, row.id, lock=True)
        if locked.password_hash == row.password_hash:
            locked.password_hash = fresh
    return locked


@functools.cache
def _common() -> frozenset[str]:
    return frozenset(_LIST.read_text(encoding="utf-8").split())


def _is_common(password: str) -> bool:
    lower = text.nfc(password).casefold()
    plain = text.fold(password)
    return not _common().isdisjoint({lower, plain, plain.replace(" ", "")}) or len(set(plain)) < 3


def _is_one_of(password: str, names: tuple[str, ...]) -> bool:
    """Whether the password is a name, perhaps with spaces, digits or signs at the ends."""
    said = _letters(password)
    core = re.sub(r"^\d+|\d+$", "", said)
    taken = {_letters(name) for name in names} | {
        _letters(name.partition("@")[0]) for name in names if "@" in name
    }
    return not taken.isdisjoint({said, core} - {""})


def _letters(word: str) -> str:
    return re.sub(r"[\W_]+", "", text.fold(word))
