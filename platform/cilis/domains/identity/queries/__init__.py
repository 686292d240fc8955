"""Reads of the identity room, one subject a file. All of them join the caller's session."""

from cilis.domains.identity.queries.people import (
    email_key,
    facts_page,
    lock_with_admins,
    people,
    person,
    person_by_email,
    person_row,
    row_by_email,
    to_person,
    visible,
    with_role,
)
from cilis.domains.identity.queries.search import people_page, search_words
from cilis.domains.identity.queries.sessions import (
    claims_of,
    ended_among,
    is_live,
    last_seen,
    live,
    live_sessions,
    session_row,
    sessions_of,
    sessions_of_person,
)
from cilis.domains.identity.queries.viewers import (
    is_token,
    to_viewer,
    viewer_of_bearer,
    viewer_of_cookie,
    viewer_of_session,
)

__all__ = [
    "claims_of",
    "email_key",
    "ended_among",
    "facts_page",
    "is_live",
    "is_token",
    "last_seen",
    "live",
    "live_sessions",
    "lock_with_admins",
    "people",
    "people_page",
    "person",
    "person_by_email",
    "person_row",
    "row_by_email",
    "search_words",
    "session_row",
    "sessions_of",
    "sessions_of_person",
    "to_person",
    "to_viewer",
    "viewer_of_bearer",
    "viewer_of_cookie",
    "viewer_of_session",
    "visible",
    "with_role",
]
