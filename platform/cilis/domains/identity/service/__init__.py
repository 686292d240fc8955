"""Use cases of the identity room, one subject a file."""

from cilis.domains.identity.service.email_change import (
    ask_email_change,
    change_email,
    email_change,
    forget_email_change,
    waiting_email,
)
from cilis.domains.identity.service.entrance import (
    claim_session,
    log_in,
    open_browser_session,
    register,
    sign_up,
)
from cilis.domains.identity.service.mail_links import (
    ask_password_reset,
    ask_verification,
    is_open_link,
    one_time_secret,
    reset_password,
    verify_email,
)
from cilis.domains.identity.service.names import fill_words
from cilis.domains.identity.service.passwords import confirm as confirm_password
from cilis.domains.identity.service.profile import (
    add_role,
    change_password,
    change_picture,
    change_profile,
    prefer,
    remove_picture,
)
from cilis.domains.identity.service.programs import open_api_session, refresh
from cilis.domains.identity.service.seeding import import_person
from cilis.domains.identity.service.sessions import (
    end_other_sessions,
    end_session,
    forget_stale,
    log_out,
    note_use,
)
from cilis.domains.identity.service.staff import (
    change_person,
    end_session_of,
    end_sessions_of,
)

__all__ = [
    "add_role",
    "ask_email_change",
    "ask_password_reset",
    "ask_verification",
    "change_email",
    "change_password",
    "change_person",
    "change_picture",
    "change_profile",
    "claim_session",
    "confirm_password",
    "email_change",
    "end_other_sessions",
    "end_session",
    "end_session_of",
    "end_sessions_of",
    "fill_words",
    "forget_email_change",
    "forget_stale",
    "import_person",
    "is_open_link",
    "log_in",
    "log_out",
    "note_use",
    "one_time_secret",
    "open_api_session",
    "open_browser_session",
    "prefer",
    "refresh",
    "register",
    "remove_picture",
    "reset_password",
    "sign_up",
    "verify_email",
    "waiting_email",
]
