"""People, sessions and the links in mails, for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from werkzeug.datastructures import FileStorage

from cilis.domains.identity import queries, schemas, service
from cilis.domains.identity.types import (
    Credentials,
    PeopleQuestion,
    Person,
    ProfileChanges,
    Registration,
    SessionInfo,
    StaffChanges,
    Tokens,
)
from cilis.infra import audit
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.paging import PageArgs, page_response
from cilis.infra.http.policies import PUBLIC, SIGNED_IN, policy
from cilis.infra.http.viewer import api_caller, viewer

people = ApiBlueprint(
    "people", __name__, url_prefix="/api/v1/people", description="Accounts of the organization."
)
sessions = ApiBlueprint(
    "sessions", __name__, url_prefix="/api/v1/sessions", description="Signing in and out."
)
verifications = ApiBlueprint(
    "email-verifications",
    __name__,
    url_prefix="/api/v1/email-verifications",
    description="Showing that an address is one's own.",
)
resets = ApiBlueprint(
    "password-resets",
    __name__,
    url_prefix="/api/v1/password-resets",
    description="A new password for somebody who forgot it.",
)
email_changes = ApiBlueprint(
    "email-changes",
    __name__,
    url_prefix="/api/v1/email-changes",
    description="Another e-mail address, once its owner has confirmed it.",
)
blueprints = (people, sessions, verifications, resets, email_changes)


@people.post("")
@policy(PUBLIC)
@people.arguments(schemas.RegistrationSchema)
@people.response(201, schemas.PersonSchema)
@idempotent("identity.register", again=lambda made_id: _shown(made_id))  # noqa: PLW0108 - defined below
def register(wish: dict[str, str]) -> Person:
    """Make an account; a mail asks to verify the address."""
    return service.register(Registration(**wish), api_caller())


@people.get("")
@policy("admin", "support")
@people.arguments(schemas.PeopleArgs, location="query")
@people.response(200, schemas.PeoplePage)
def list_people(wanted: dict[str, Any]) -> dict[str, Any]:
    """People in the order of their names; by words of a name, an address, a number or an id."""
    question = PeopleQuestion(words=wanted.pop("q", ""), **wanted)
    with reading() as session:
        page = queries.people_page(session, question)
    return {**page_response(page), "is_cut": page.is_cut}


@people.get("/me")
@policy(SIGNED_IN)
@people.response(200, schemas.PersonSchema)
def show_me() -> Person:
    """The signed-in person."""
    with reading() as session:
        return queries.person(session, viewer().person)


@people.patch("/me")
@policy(SIGNED_IN)
@people.arguments(schemas.ProfileSchema)
@people.response(200, schemas.PersonSchema)
def change_me(changes: dict[str, str]) -> Person:
    """Change one's own name, telephone number, language or time zone; the picture has its own."""
    return service.change_profile(viewer(), ProfileChanges(**changes))


@people.put("/me/picture")
@policy(SIGNED_IN)
@people.arguments(schemas.PictureSchema, location="files")
@people.response(200, schemas.PersonSchema)
@people.problems(storage_full=503, storage_unavailable=503)
def set_my_picture(sent: dict[str, FileStorage]) -> Person:
    """Set one's own picture; it is cut square and loses all metadata."""
    return service.change_picture(viewer(), sent["picture"].read())


@people.delete("/me/picture")
@policy(SIGNED_IN)
@people.response(200, schemas.PersonSchema)
def remove_my_picture() -> Person:
    """Show initials again."""
    return service.remove_picture(viewer())


@people.put("/me/password")
@policy(SIGNED_IN)
@people.arguments(schemas.PasswordChangeSchema)
@people.response(204)
def change_my_password(wish: dict[str, str]) -> None:
    """Set a new password; all other sessions end."""
    service.change_password(viewer(), wish["current_password"], wish["password"], api_caller())


@people.get("/<uuid:person_id>")
@policy(SIGNED_IN)
@people.response(200, schemas.PersonSchema)
def show_person(person_id: UUID) -> Person:
    """Oneself, or for staff anybody."""
    with reading() as session:
        return queries.visible(session, viewer(), person_id)


@people.patch("/<uuid:person_id>")
@policy("admin")
@people.arguments(schemas.StaffChangesSchema)
@people.response(200, schemas.PersonSchema)
@people.problems(last_admin=409, not_on_yourself=403)
def change_person(wish: dict[str, Any], person_id: UUID) -> Person:
    """Change roles or status, with a reason; whoever is suspended is out at the next request."""
    roles = frozenset(wish["roles"]) if "roles" in wish else None
    changes = StaffChanges(roles, wish.get("status"), wish["reason"])
    return service.change_person(person_id, changes, viewer())


@people.get("/<uuid:person_id>/sessions")
@policy("admin")
@people.response(200, schemas.SessionsPage)
def list_sessions_of(person_id: UUID) -> dict[str, list[SessionInfo]]:
    """Where somebody is signed in."""
    with reading() as session:
        queries.person(session, person_id)
        return {"items": queries.sessions_of_person(session, person_id)}


@people.delete("/<uuid:person_id>/sessions")
@policy("admin")
@people.response(204)
def end_sessions_of(person_id: UUID) -> None:
    """Sign somebody out everywhere, at once."""
    service.end_sessions_of(person_id, viewer())


@people.delete("/<uuid:person_id>/sessions/<uuid:session_id>")
@policy("admin")
@people.response(204)
def end_session_of(person_id: UUID, session_id: UUID) -> None:
    """Sign somebody out in one place."""
    service.end_session_of(person_id, session_id, viewer())


@people.get("/<uuid:person_id>/history")
@policy("admin")
@people.arguments(PageArgs, location="query")
@people.response(200, schemas.HistoryPage)
def show_history(wanted: dict[str, Any], person_id: UUID) -> dict[str, Any]:
    """What was done to somebody's account, and what they did: the latest first."""
    with reading() as session:
        queries.person(session, person_id)
        return page_response(audit.of_person(session, person_id, **wanted))


@sessions.post("")
@policy(PUBLIC)
@sessions.arguments(schemas.CredentialsSchema)
@sessions.response(201, schemas.TokensSchema)
def open_session(typed: dict[str, str]) -> Tokens:
    """Sign in: an access token for ten minutes and a refresh token."""
    return service.open_api_session(Credentials(**typed), api_caller())


@sessions.post("/refreshes")
@policy(PUBLIC)
@sessions.arguments(schemas.RefreshSchema)
@sessions.response(201, schemas.TokensSchema)
def refresh(sent: dict[str, str]) -> Tokens:
    """Exchange the refresh token; a repeat within 30 seconds answers the same refresh token."""
    return service.refresh(sent["refresh_token"], api_caller())


@sessions.get("")
@policy(SIGNED_IN)
@sessions.response(200, schemas.SessionsPage)
def list_sessions() -> dict[str, list[SessionInfo]]:
    """Where the person is signed in."""
    with reading() as session:
        return {"items": queries.sessions_of(session, viewer())}


@sessions.delete("")
@policy(SIGNED_IN)
@sessions.response(204)
def end_other_sessions() -> None:
    """Sign out everywhere but here."""
    service.end_other_sessions(viewer())


@sessions.delete("/<uuid:session_id>")
@policy(SIGNED_IN)
@sessions.response(204)
def end_session(session_id: UUID) -> None:
    """Sign out, here or on another device."""
    service.end_session(session_id, viewer())


@verifications.post("")
@policy(SIGNED_IN)
@verifications.response(202)
def ask_verification() -> None:
    """Send the verification mail again."""
    service.ask_verification(viewer())


@verifications.put("")
@policy(PUBLIC)
@verifications.arguments(schemas.SecretSchema)
@verifications.response(200, schemas.PersonSchema(only=("id", "email_verified")))
@verifications.problems(link_not_valid=410)
def verify_email(sent: dict[str, str]) -> Person:
    """Use the secret of the verification mail."""
    return service.verify_email(sent["token"], api_caller())


@email_changes.post("")
@policy(SIGNED_IN)
@email_changes.arguments(schemas.EmailChangeSchema)
@email_changes.response(202)
def ask_email_change(wish: dict[str, str]) -> None:
    """Send a link to a new address; the present one counts until the link is used."""
    service.ask_email_change(viewer(), wish["email"], wish["current_password"], api_caller())


@email_changes.put("")
@policy(PUBLIC)
@email_changes.arguments(schemas.SecretSchema)
@email_changes.response(200, schemas.PersonSchema(only=("id", "email_verified")))
@email_changes.problems(link_not_valid=410)
def change_email(sent: dict[str, str]) -> Person:
    """Use the secret of the mail: the new address counts from now on."""
    return service.change_email(sent["token"], api_caller())


@email_changes.delete("")
@policy(SIGNED_IN)
@email_changes.response(204)
def forget_email_change() -> None:
    """Keep the present address after all."""
    service.forget_email_change(viewer())


@resets.post("")
@policy(PUBLIC)
@resets.arguments(schemas.AddressSchema)
@resets.response(202)
def ask_password_reset(sent: dict[str, str]) -> None:
    """Send a link for a new password; the answer is the same when there is no account."""
    service.ask_password_reset(sent["email"], api_caller())


@resets.put("")
@policy(PUBLIC)
@resets.arguments(schemas.ResetSchema)
@resets.response(204)
@resets.problems(link_not_valid=410)
def reset_password(sent: dict[str, str]) -> None:
    """Set a new password by the mail's secret; all sessions of the person end."""
    service.reset_password(sent["token"], sent["password"], api_caller())


def _shown(person_id: UUID) -> Person:
    with reading() as session:
        return queries.person(session, person_id)
