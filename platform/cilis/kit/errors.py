"""Refusals: what the house says when it will not do a thing.

A refusal carries a stable ``code`` (what a program reads and a catalogue translates), an HTTP
status and ``values`` for the sentence. Its message is for logs; no page or API prints it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar


class DomainError(Exception):
    """Base of all refusals."""

    code: ClassVar[str] = "refused"
    status: ClassVar[HTTPStatus] = HTTPStatus.CONFLICT

    def __init__(self, message: str = "", **values: Any) -> None:
        super().__init__(message or self.code)
        self.values = values


class NotFound(DomainError):
    """No such thing here, or not for this viewer: the two are told alike."""

    code = "not_found"
    status = HTTPStatus.NOT_FOUND


class Forbidden(DomainError):
    """The viewer is known and may not do this."""

    code = "forbidden"
    status = HTTPStatus.FORBIDDEN


class NotSignedIn(DomainError):
    """Nobody is signed in, or the session has ended."""

    code = "not_signed_in"
    status = HTTPStatus.UNAUTHORIZED


class TooMany(DomainError):
    """A limit was reached; ``retry_after`` (seconds) says when to come back."""

    code = "too_many_requests"
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, message: str = "", *, retry_after: int = 60, **values: Any) -> None:
        super().__init__(message, retry_after=retry_after, **values)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """Something outside does not answer; trying again soon is right."""

    code = "unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE


class InvalidInput(DomainError):
    """One or more fields are wrong.

    ``fields`` maps a field's name (dotted for nested ones) to codes of what is wrong with it,
    each translated by the catalogue: {"starts_at": ["must_be_future"]}.
    """

    code = "invalid_input"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, fields: Mapping[str, Sequence[str]], message: str = "") -> None:
        super().__init__(message or f"invalid: {', '.join(fields)}")
        self.fields = {name: list(codes) for name, codes in fields.items()}
