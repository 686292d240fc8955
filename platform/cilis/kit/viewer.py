"""Who is looking: what a use case and a query need to know of the person behind a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from cilis.kit.errors import NotSignedIn


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person, or the nameless browser, on whose behalf something is read or done.

    ``session_id`` without ``person_id`` is a browser that has not signed in; it may still hold
    an hour. ``language`` and ``time_zone`` are "" when unknown. Made once for a request, from
    rows of the tenant's schema, never from a token alone.
    """

    person_id: UUID | None = None
    session_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    name: str = ""
    language: str = ""
    time_zone: str = ""
    via: Literal["page", "api", "nobody"] = "nobody"
    picture_key: str | None = None

    @classmethod
    def nobody(cls) -> Viewer:
        """Somebody of whom nothing is known, not even a language."""
        return cls()

    @property
    def person(self) -> UUID:
        """The signed-in person's id; raises NotSignedIn."""
        if self.person_id is None:
            raise NotSignedIn("this needs somebody who is signed in")
        return self.person_id

    @property
    def is_signed_in(self) -> bool:
        """Whether a person is known."""
        return self.person_id is not None

    def has(self, *roles: str) -> bool:
        """Whether the viewer has one of these roles."""
        return not self.roles.isdisjoint(roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Where a request comes from; ``session_id`` is the browser's present session, if any."""

    ip: str
    user_agent: str = ""
    language: str = ""
    time_zone: str = ""
    session_id: UUID | None = None
