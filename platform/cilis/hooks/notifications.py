"""Reach a person: one channel for each way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cilis.hooks.markers import hookspec
from cilis.hooks.settings import SettingField, TestOutcome


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with a notice."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one person, ready to send."""

    message_id: str  # the same for a repeat of the same notice; "<hex>@<tenant's host>"
    to_address: str
    to_name: str
    from_name: str  # the organization's
    from_address: str
    language: str
    subject: str
    text: str
    html: str
    reply_to: str = ""
    calendar: bytes = b""  # an iCalendar object
    calendar_method: str = "REQUEST"  # or CANCEL
    attachments: Sequence[Attachment] = ()
    unsubscribe: str = ""  # ends notices of this kind by one POST (RFC 8058); "" for mandatory ones


class NotificationChannel(Protocol):
    """One way to reach people, shared by all tenants and threads."""

    key: str
    title: str  # English message id
    address_kind: str  # "email", "phone", "url", "person": which of a person's addresses it takes
    settings: Sequence[SettingField]

    def send(self, notice: Notice, settings: Mapping[str, str]) -> None:
        """Deliver one notice. Called in the worker, no transaction open, at least once.

        Raises TryLater when the outside does not answer, Refused when the address is dead.
        """
        ...

    def test(self, settings: Mapping[str, str]) -> TestOutcome:
        """Try the settings without sending to anybody."""
        ...


@hookspec
def register_notification_channel() -> NotificationChannel:
    """Offer one way to reach people.

    Called once per process, at start-up, outside any tenant, no transaction open. An exception,
    or two plugins that offer the same ``key``, stops the start-up.

    Tested by: ``cilis.testing.contracts.NotificationChannelContract``.
    Used by: ``plugins/notify_email``.
    """
    raise NotImplementedError
