"""Use cases of notifications, one subject a file."""

from cilis.domains.notifications.service.invites import calendar_file
from cilis.domains.notifications.service.previews import preview
from cilis.domains.notifications.service.sending import send
from cilis.domains.notifications.service.telling import (
    plan_reminders,
    remind,
    tell_both,
    tell_person,
    tell_staff,
)

__all__ = [
    "calendar_file",
    "plan_reminders",
    "preview",
    "remind",
    "send",
    "tell_both",
    "tell_person",
    "tell_staff",
]
