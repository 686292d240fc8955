"""Refusals of the identity room."""

from __future__ import annotations

from http import HTTPStatus

from cilis.kit.errors import DomainError, Forbidden, NotFound


class WrongCredentials(DomainError):
    """E-mail and password do not belong together; which of the two is never told."""

    code = "wrong_credentials"
    status = HTTPStatus.UNAUTHORIZED


class PersonSuspended(DomainError):
    """The password is right, but an admin has closed the account for now."""

    code = "person_suspended"
    status = HTTPStatus.FORBIDDEN


class LinkNotValid(DomainError):
    """The link of a mail is unknown, used, too old, or replaced by a newer one."""

    code = "link_not_valid"
    status = HTTPStatus.GONE


class RefreshRefused(DomainError):
    """The refresh token is unknown, too old, or was used before; sign in again."""

    code = "refresh_refused"
    status = HTTPStatus.UNAUTHORIZED


class PersonNotFound(NotFound):
    """No such person in this tenant, or not for this viewer."""

    code = "person_not_found"


class SessionNotFound(NotFound):
    """No such session, or somebody else's."""

    code = "session_not_found"


class NotOnYourself(Forbidden):
    """Admins take neither their own rights nor their own access; another admin can."""

    code = "not_on_yourself"


class LastAdmin(DomainError):
    """Nobody would be left who can run the organization."""

    code = "last_admin"
    status = HTTPStatus.CONFLICT
