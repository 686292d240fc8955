"""Notifications: mails and other notices about what happened, in the organization's name.

This file is the room's only door. The room reacts to everybody: it listens, writes down who is
to hear of a thing, and sends it through whatever channels the organization has switched on.
"""

from cilis.domains.notifications.models import NoticeRow
from cilis.domains.notifications.queries import of_person
from cilis.domains.notifications.service import calendar_file, preview
from cilis.domains.notifications.types import Kind, NoticeState

__all__ = ["Kind", "NoticeRow", "NoticeState", "calendar_file", "of_person", "preview"]
