"""Calendars as the API and the pages take and show them; an address is taken and never shown."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from cilis.domains.calendars.types import (
    DEFAULT_PATIENCE,
    PATIENCE,
    Address,
    CalendarKind,
    Change,
    Connection,
    Feed,
    WhenUnread,
    Wish,
)
from cilis.infra.http.addresses import absolute
from cilis.infra.http.schemas import Instant, Strict, Text, between, one_of


class CalendarAddressSchema(Strict):
    """Where a calendar is: a file in iCalendar form (``ics``) or a CalDAV server (``caldav``)."""

    kind = fields.String(required=True, validate=one_of(*CalendarKind))
    url = Text(required=True, least=1, most=2_100)
    user = Text(load_default="", most=200)
    password = fields.String(load_default="", load_only=True)


class CalendarInputSchema(CalendarAddressSchema):
    """A calendar to connect.

    ``when_unread`` says what holds while it cannot be read. ``open``: what was read last keeps
    taking time, all else stays offered. ``closed``: after ``patience_minutes`` without a reading
    no hour is offered until it is read again.
    """

    name = Text(required=True, least=1, most=80)
    when_unread = fields.String(load_default=WhenUnread.OPEN.value, validate=one_of(*WhenUnread))
    patience_minutes = fields.Integer(load_default=DEFAULT_PATIENCE, validate=between(*PATIENCE))


class CalendarChangeSchema(Strict):
    """What is to be different; what is left out stays. For another address connect it anew."""

    name = Text(least=1, most=80)
    when_unread = fields.String(validate=one_of(*WhenUnread))
    patience_minutes = fields.Integer(validate=between(*PATIENCE))
    user = Text(most=200)
    password = fields.String(load_only=True)


class ConnectedCalendarSchema(Strict):
    """A connected calendar; of its address only the host.

    ``read_at`` is when it was last read whole. ``reason`` is the code of why it cannot be read
    now, "" while it can. ``closes_at`` is when hours will be closed if it stays so,
    ``closed_at`` since when they are.
    """

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=one_of(*CalendarKind))
    name = fields.String(required=True)
    host = fields.String(required=True)
    when_unread = fields.String(required=True, validate=one_of(*WhenUnread))
    patience_minutes = fields.Integer(required=True)
    read_at = Instant(required=True)
    tried_at = Instant(required=True)
    due_at = Instant(required=True)
    reason = fields.String(required=True)
    closes_at = Instant(required=True, allow_none=True)
    closed_at = Instant(required=True, allow_none=True)
    entries = fields.Integer(required=True)
    skipped = fields.Integer(required=True)
    names = fields.List(fields.String(), required=True)


class ConnectedCalendarsSchema(Strict):
    """All connected calendars of an expert, the first connected first."""

    items = fields.List(fields.Nested(ConnectedCalendarSchema), required=True)


class CalendarTestSchema(Strict):
    """What a test found: ``works``, or else the code of why not."""

    works = fields.Boolean(required=True)
    reason = fields.String(required=True)
    entries = fields.Integer(required=True)
    skipped = fields.Integer(required=True)
    names = fields.List(fields.String(), required=True)


class FeedInputSchema(Strict):
    """What the feed tells: names and links, or only that the time is taken."""

    details = fields.Boolean(required=True)


class FeedSchema(Strict):
    """The address at which your sessions can be subscribed to. Whoever has it reads them."""

    url = fields.String(required=True, metadata={"format": "uri"})
    details = fields.Boolean(required=True)
    made_at = Instant(required=True)
    fetched_at = Instant(required=True, allow_none=True)


def address_of(loaded: dict[str, Any]) -> Address:
    """The address as it came in."""
    return Address(loaded["url"], loaded["user"], loaded["password"])


def wish_of(loaded: dict[str, Any]) -> Wish:
    """A calendar to connect, as it came in."""
    return Wish(
        CalendarKind(loaded["kind"]),
        loaded["name"],
        address_of(loaded),
        WhenUnread(loaded["when_unread"]),
        loaded["patience_minutes"],
    )


def change_of(loaded: dict[str, Any]) -> Change:
    """A change, as it came in."""
    when_unread = loaded.get("when_unread")
    return Change(**{**loaded, "when_unread": WhenUnread(when_unread) if when_unread else None})


def calendar(found: Connection) -> dict[str, Any]:
    """A connected calendar as the API shows it."""
    names = (
        "id", "name", "host", "patience_minutes", "read_at", "tried_at", "due_at", "reason",
        "closes_at", "closed_at", "entries", "skipped",
    )  # fmt: skip
    return {name: getattr(found, name) for name in names} | {
        "kind": found.kind.value,
        "when_unread": found.when_unread.value,
        "names": list(found.names),
    }


def feed(found: Feed) -> dict[str, Any]:
    """A feed as the API shows it."""
    return {
        "url": absolute(found.path),
        "details": found.details,
        "made_at": found.made_at,
        "fetched_at": found.fetched_at,
    }
