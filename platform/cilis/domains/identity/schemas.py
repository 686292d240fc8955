"""What the identity room reads and writes over HTTP."""

from __future__ import annotations

from flask_smorest.fields import Upload
from marshmallow import fields, validate

from cilis.domains.identity.types import PersonStatus, Role
from cilis.infra import files
from cilis.infra.http.paging import PageArgs, page_schema
from cilis.infra.http.schemas import Instant, Strict, Text


def _email() -> Text:
    return Text(least=3, most=254, required=True, validate=validate.Email(error="email_invalid"))


def _password() -> fields.String:
    """As typed, never trimmed; the room decides how long it may be, this only bounds the work."""
    return fields.String(
        required=True,
        load_only=True,
        validate=validate.Length(min=1, max=4000, error="password_too_long"),
    )


def _token() -> fields.String:
    return fields.String(
        required=True,
        load_only=True,
        validate=validate.Length(min=1, max=200, error="invalid"),
    )


class CredentialsSchema(Strict):
    """Body of POST /api/v1/sessions, and the log-in form."""

    email = Text(least=1, most=254, required=True)
    password = _password()


class RegistrationSchema(Strict):
    """Body of POST /api/v1/people, and the sign-up form."""

    name = Text(least=1, most=120, required=True)
    email = _email()
    password = _password()


class ProfileSchema(Strict):
    """Body of PATCH /api/v1/people/me, and the account form."""

    name = Text(least=1, most=120)
    language = Text(least=2, most=12)
    time_zone = Text(least=1, most=64)
    phone = Text(most=32)


class StaffChangesSchema(Strict):
    """Body of PATCH /api/v1/people/<id>: what an admin changes of somebody, and why."""

    roles = fields.List(
        fields.Enum(Role, by_value=True),
        validate=validate.Length(min=1, max=len(Role), error="out_of_range"),
    )
    status = fields.Enum(PersonStatus, by_value=True)
    reason = Text(least=1, most=500, required=True)


class EmailChangeSchema(Strict):
    """Body of POST /api/v1/email-changes, and the account's form."""

    email = _email()
    current_password = _password()


class PasswordChangeSchema(Strict):
    """Body of PUT /api/v1/people/me/password, and the account's form."""

    current_password = _password()
    password = _password()


class AddressSchema(Strict):
    """Body of POST /api/v1/password-resets, and the form "forgot my password"."""

    email = _email()


class SecretSchema(Strict):
    """The secret part of a mail's link: for email-verifications and email-changes."""

    token = _token()


class NewPasswordSchema(Strict):
    """The form behind a reset link."""

    password = _password()


class ResetSchema(SecretSchema):
    """Body of PUT /api/v1/password-resets."""

    password = _password()


class RefreshSchema(Strict):
    """Body of POST /api/v1/sessions/refreshes."""

    refresh_token = _token()


class PictureSchema(Strict):
    """Multipart body of PUT /api/v1/people/me/picture: JPEG, PNG or WebP, at most 10 MiB."""

    picture = Upload(required=True)


class PeopleArgs(PageArgs):
    """Query of GET /api/v1/people; ``q``: words of a name, an address, a number, or an id."""

    q = Text(most=200)
    role = fields.Enum(Role, by_value=True)
    status = fields.Enum(PersonStatus, by_value=True)


class PersonSchema(Strict):
    """A person, as they and the staff see them."""

    id = fields.UUID()
    name = fields.String()
    email = fields.String()
    email_verified = fields.Boolean(attribute="is_verified")
    phone = fields.String()
    language = fields.String()
    time_zone = fields.String()
    roles = fields.Function(
        lambda person: sorted(person.roles),
        metadata={"type": "array", "items": {"type": "string", "enum": list(Role)}},
    )
    picture_url = fields.Function(
        lambda person: files.public_url(person.picture_key) if person.picture_key else None,
        metadata={"type": ["string", "null"]},
    )
    status = fields.Enum(PersonStatus, by_value=True)
    created_at = Instant()


class PeoplePage(page_schema(PersonSchema)):  # type: ignore[misc]  # a class made at run time
    """One page of people; ``is_cut``: more fit the words than are looked at, so say more."""

    is_cut = fields.Boolean(required=True)


class HistoryLineSchema(Strict):
    """One line of the book about a person."""

    id = fields.UUID()
    at = Instant()
    action = fields.String()
    actor_id = fields.UUID(allow_none=True)
    subject_id = fields.UUID(allow_none=True)
    detail = fields.Dict(keys=fields.String())


HistoryPage = page_schema(HistoryLineSchema)


class SessionSchema(Strict):
    """One place where the person is signed in."""

    id = fields.UUID()
    kind = fields.String()
    device = fields.String()
    ip = fields.String()
    created_at = Instant()
    seen_at = Instant()
    current = fields.Boolean(attribute="is_current")


class SessionsPage(Strict):
    """All live sessions of the person."""

    items = fields.List(fields.Nested(SessionSchema))


class TokensSchema(Strict):
    """A pair of tokens. The access token goes into ``Authorization: Bearer``."""

    session_id = fields.UUID()
    person_id = fields.UUID()
    token_type = fields.Constant("Bearer")
    access_token = fields.String()
    access_ends_at = Instant()
    refresh_token = fields.String()
