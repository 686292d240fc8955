"""Facts of the identity room. Secrets never travel in them: tokens go by id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from cilis.infra.outbox import Event


@dataclass(frozen=True, kw_only=True)
class PersonRegistered(Event):
    """Somebody made an account.

    Listeners: notifications (welcomes), analytics (counts).
    """

    name: ClassVar[str] = "identity.person_registered.v1"

    person_id: UUID


@dataclass(frozen=True, kw_only=True)
class PersonChanged(Event):
    """Name, picture, language, time zone, roles or status of a person changed."""

    name: ClassVar[str] = "identity.person_changed.v1"

    person_id: UUID


@dataclass(frozen=True, kw_only=True)
class PictureDropped(Event):
    """A person shows another picture or none, and open pages have forgotten the old one.

    Listeners: experts (deletes the file when nobody shows it).
    """

    name: ClassVar[str] = "identity.picture_dropped.v1"

    person_id: UUID
    key: str


@dataclass(frozen=True, kw_only=True)
class SessionClaimed(Event):
    """A nameless browser's session now belongs to a person; its id stayed the same.

    Listeners: bookings (what the session holds becomes the person's), experts (so do the experts
    that it saved).
    """

    name: ClassVar[str] = "identity.session_claimed.v1"

    session_id: UUID
    person_id: UUID


@dataclass(frozen=True, kw_only=True)
class SessionEnded(Event):
    """A session will not be accepted again; open sockets of it are to be dropped.

    ``reason`` is one of `identity.EndReason`; on ``token_reused`` the person is told by mail.
    """

    name: ClassVar[str] = "identity.session_ended.v1"

    session_id: UUID
    person_id: UUID | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class EmailVerificationAsked(Event):
    """A person has to show that the address is theirs.

    Listeners: notifications, which get the link's secret from `identity.one_time_secret`.
    """

    name: ClassVar[str] = "identity.email_verification_asked.v1"

    person_id: UUID
    token_id: UUID


@dataclass(frozen=True, kw_only=True)
class PasswordResetAsked(Event):
    """A person forgot the password.

    Listeners: notifications, which get the link's secret from `identity.one_time_secret`.
    """

    name: ClassVar[str] = "identity.password_reset_asked.v1"

    person_id: UUID
    token_id: UUID


@dataclass(frozen=True, kw_only=True)
class EmailChangeAsked(Event):
    """A person wants to be written to at another address, which has to be confirmed.

    Listeners: notifications, which get address and secret from `identity.email_change` and warn
    the present address too.
    """

    name: ClassVar[str] = "identity.email_change_asked.v1"

    person_id: UUID
    token_id: UUID


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Event):
    """A password was changed or reset; the person should hear of it by mail."""

    name: ClassVar[str] = "identity.password_changed.v1"

    person_id: UUID
    at: datetime | None = None  # tells one change from the next, alike for every delivery
