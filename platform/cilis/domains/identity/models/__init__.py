"""Tables of the identity room."""

from cilis.domains.identity.models.people import PersonRow, has_role
from cilis.domains.identity.models.secrets import OneTimeToken, RefreshToken
from cilis.domains.identity.models.sessions import SessionRow

__all__ = ["OneTimeToken", "PersonRow", "RefreshToken", "SessionRow", "has_role"]
