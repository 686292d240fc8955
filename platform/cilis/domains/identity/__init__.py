"""Identity: who somebody is, and which browser or program speaks for whom.

This file is the room's only door.
"""

from cilis.domains.identity.errors import (
    LinkNotValid,
    NotOnYourself,
    PersonNotFound,
    PersonSuspended,
    RefreshRefused,
    SessionNotFound,
    WrongCredentials,
)
from cilis.domains.identity.events import (
    EmailVerificationAsked,
    PasswordChanged,
    PasswordResetAsked,
    PersonChanged,
    PersonRegistered,
    SessionClaimed,
    SessionEnded,
)
from cilis.domains.identity.queries import (
    claims_of,
    everybody,
    people,
    person,
    person_by_email,
    sessions_of,
    viewer_of_bearer,
    viewer_of_cookie,
    visible,
    with_role,
)
from cilis.domains.identity.service import (
    add_role,
    ask_password_reset,
    ask_verification,
    change_password,
    change_person,
    change_picture,
    change_profile,
    claim_session,
    end_other_sessions,
    end_session,
    forget_stale,
    import_person,
    log_in,
    log_out,
    note_use,
    one_time_secret,
    open_api_session,
    open_browser_session,
    prefer,
    refresh,
    register,
    remove_picture,
    reset_password,
    sign_up,
    verify_email,
)
from cilis.domains.identity.types import (
    RESET_WITHIN,
    SIGNED_IN_FOR,
    VERIFY_WITHIN,
    Caller,
    Credentials,
    EndReason,
    Person,
    PersonStatus,
    ProfileChanges,
    Registration,
    Role,
    SessionInfo,
    StaffChanges,
    Tokens,
)

__all__ = [
    "RESET_WITHIN", "SIGNED_IN_FOR", "VERIFY_WITHIN", "Caller", "Credentials",
    "EmailVerificationAsked", "EndReason", "LinkNotValid", "NotOnYourself", "PasswordChanged",
    "PasswordResetAsked", "Person", "PersonChanged", "PersonNotFound", "PersonRegistered",
    "PersonStatus", "PersonSuspended", "ProfileChanges", "RefreshRefused", "Registration",
    "Role", "SessionClaimed", "SessionEnded", "SessionInfo", "SessionNotFound", "StaffChanges",
    "Tokens", "WrongCredentials", "add_role", "ask_password_reset", "ask_verification",
    "change_password", "change_person", "change_picture", "change_profile", "claim_session",
    "claims_of", "end_other_sessions", "end_session", "everybody", "forget_stale",
    "import_person", "log_in", "log_out", "note_use", "one_time_secret", "open_api_session",
    "open_browser_session", "people", "person", "person_by_email", "prefer",
    "refresh", "register", "remove_picture", "reset_password", "sessions_of", "sign_up",
    "verify_email", "viewer_of_bearer", "viewer_of_cookie", "visible", "with_role",
]
