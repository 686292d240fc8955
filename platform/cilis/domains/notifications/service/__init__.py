"""Use cases of notifications, one subject a file."""

from cilis.domains.notifications.service.imports import PastNotice, import_notices
from cilis.domains.notifications.service.invites import calendar_file
from cilis.domains.notifications.service.previews import preview
from cilis.domains.notifications.service.reading import (
    choose,
    mark_all_read,
    mark_read,
    mark_subject_read,
    matters_for,
    preferences,
    switch_off,
    timings_of,
)
from cilis.domains.notifications.service.sending import send
from cilis.domains.notifications.service.telling import (
    plan_reminders,
    remind,
    tell_both,
    tell_person,
    tell_staff,
)
from cilis.domains.notifications.service.unsubscribing import way_out
from cilis.domains.notifications.service.words import told

__all__ = [
    "PastNotice",
    "calendar_file",
    "choose",
    "import_notices",
    "mark_all_read",
    "mark_read",
    "mark_subject_read",
    "matters_for",
    "plan_reminders",
    "preferences",
    "preview",
    "remind",
    "send",
    "switch_off",
    "tell_both",
    "tell_person",
    "tell_staff",
    "timings_of",
    "told",
    "way_out",
]
