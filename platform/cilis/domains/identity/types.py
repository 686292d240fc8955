"""Values of the identity room. Nothing here knows the rest of the house."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from cilis.kit.pagination import Page

ACCESS_FOR = timedelta(minutes=10)
GRACE = timedelta(seconds=30)  # a lost answer of a refresh may be asked for again this long
SIGNED_IN_FOR = timedelta(days=30)  # at most, however busy the session is
IDLE_FOR = timedelta(days=14)  # at most without a request
ANONYMOUS_FOR = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=10)  # how exact "last seen" is
VERIFY_WITHIN = timedelta(days=3)
RESET_WITHIN = timedelta(hours=1)
CHANGE_EMAIL_WITHIN = timedelta(hours=24)
PICTURE_FADES = timedelta(minutes=5)
"""How long a picture that was replaced may still be shown by pages that are open."""
PASSWORD_LENGTHS = (8, 256)


class Role(StrEnum):
    """What a person may be in an organization; one may be several."""

    CLIENT = "client"
    EXPERT = "expert"
    SUPPORT = "support"
    ADMIN = "admin"


class PersonStatus(StrEnum):
    """Whether a person may sign in."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class SessionKind(StrEnum):
    """Pages carry a cookie, programs a pair of tokens."""

    PAGE = "page"
    API = "api"


class Purpose(StrEnum):
    """What a link in a mail lets its reader do, once."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a word, not a secret
    CHANGE_EMAIL = "change_email"


class EndReason(StrEnum):
    """Why a session ended."""

    LOGGED_OUT = "logged_out"
    ENDED_ELSEWHERE = "ended_elsewhere"
    REPLACED = "replaced"  # somebody else signed in with the same browser
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    SUSPENDED = "suspended"
    ENDED_BY_STAFF = "ended_by_staff"
    TOKEN_REUSED = "token_reused"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a person types to sign in."""

    email: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Registration:
    """What a person types to get an account."""

    name: str
    email: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProfileChanges:
    """What a person changes of their own profile; None leaves a thing as it is."""

    name: str | None = None
    language: str | None = None
    time_zone: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class StaffChanges:
    """What an admin changes of somebody, and why; None leaves a thing as it is."""

    roles: frozenset[Role] | None = None
    status: PersonStatus | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A person as other rooms see them."""

    id: UUID
    name: str
    email: str
    language: str
    time_zone: str
    roles: frozenset[str]
    picture_key: str | None
    is_verified: bool
    status: PersonStatus
    created_at: datetime
    phone: str = ""


@dataclass(frozen=True, slots=True)
class PersonFact:
    """What is counted of a person."""

    id: UUID
    created_at: datetime
    roles: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleQuestion:
    """Whom an admin looks for: words of a name, an address, a number or an id; role; status."""

    words: str = ""
    role: Role | None = None
    status: PersonStatus | None = None
    cursor: str | None = None
    limit: int = 20


@dataclass(frozen=True, slots=True)
class PeopleFound(Page[Person]):
    """One page of people; ``is_cut``: more fit the words than are ever looked at."""

    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class EmailChange:
    """An address that waits to be confirmed, and the secret part of the link that does it."""

    email: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """One row of "where you are signed in"; ``created_at`` is when that began."""

    id: UUID
    kind: SessionKind
    device: str
    ip: str
    created_at: datetime
    seen_at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a program gets at log-in and at every refresh."""

    session_id: UUID
    person_id: UUID
    access_token: str = field(repr=False)
    access_ends_at: datetime
    refresh_token: str = field(repr=False)


_PHONE = re.compile(r"\+?[0-9 ()./-]{5,24}")


def is_phone(number: str) -> bool:
    """Whether this could be a telephone number as people write one."""
    return bool(_PHONE.fullmatch(number)) and sum(map(str.isdigit, number)) >= 5


_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str) -> str:
    """A few words for a browser's own description: "Firefox, Windows"; "" when unknown."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return ", ".join(part for part in (browser, system) if part)
