"""Notifications: mails and other notices about what happened, in the organization's name.

This file is the room's only door. The room reacts to everybody: it listens, writes down who is
to hear of a thing, and sends it through whatever channels the organization has switched on.
"""

from cilis.domains.notifications.models import NoticeRow
from cilis.domains.notifications.queries import of_person, page, unread_count
from cilis.domains.notifications.service import (
    PastNotice,
    calendar_file,
    import_notices,
    mark_subject_read,
    preview,
    told,
)
from cilis.domains.notifications.types import Kind, Matter, NoticeState, Timing, Told

__all__ = [
    "Kind",
    "Matter",
    "NoticeRow",
    "NoticeState",
    "PastNotice",
    "Timing",
    "Told",
    "calendar_file",
    "import_notices",
    "mark_subject_read",
    "of_person",
    "page",
    "preview",
    "told",
    "unread_count",
]
