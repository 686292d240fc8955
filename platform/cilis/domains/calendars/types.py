"""Words of the room: calendars elsewhere, how fresh they are, what happens when they are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from cilis.domains.scheduling import Outside
from cilis.kit import clock

EVERY = timedelta(seconds=40)
"""How often a calendar is read while its expert can be booked: with the relay, the call and the
search's own refresh behind it, what is entered there is gone from here within a minute."""
SELDOM = timedelta(minutes=15)
"""How often while nobody can book the expert; also the longest pause after failures in a row."""
BUSY_SHARE = 20
"""A calendar that costs a processor one second is read again after this many at the earliest."""

LATE = timedelta(minutes=5)

AHEAD = timedelta(days=400)
"""How far entries are looked at: past the longest booking window, with a month to spare."""
ENOUGH = timedelta(days=366)
"""A calendar that did not change is looked at anew when its entries are known no further."""

MOST_CALENDARS = 10
MOST_SPANS = 5_000
MOST_BYTES = 5 * 1024 * 1024
SECONDS = 15.0
"""How long one reading may wait for the other server, all redirects and questions together."""
REDIRECTS = 5

PATIENCE = (5, 7 * 24 * 60)
"""Least and most minutes after which hours are closed, where the expert wants that."""
DEFAULT_PATIENCE = 60


class CalendarKind(StrEnum):
    """How a calendar is reached: a file at an address, or a CalDAV server."""

    ICS = "ics"
    CALDAV = "caldav"


class WhenUnread(StrEnum):
    """What holds while a calendar cannot be read.

    ``open``: what was read last keeps taking time, however old it is, and everything else stays
    offered. ``closed``: the same at first; once the calendar was not read for as many minutes as
    the expert says, no hour is offered at all until it is read again. Both count from the last
    reading that succeeded, and speak of calendars that do not answer: while the installation's
    own workers stand still nothing is read, and nothing is closed.
    """

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a calendar lies and what opens it. All of it is secret: many addresses are keys."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Mark:
    """By what a reading is known again: the server's own words, or a digest of what it sent."""

    etag: str = ""
    modified: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Calendars as they came, their names where the server tells them, and their mark."""

    contents: Sequence[bytes]
    names: Sequence[str]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Busy:
    """What calendars take, and how many of their entries made no sense."""

    spans: Sequence[Outside]
    skipped: int


@dataclass(frozen=True, slots=True)
class Wish:
    """A calendar that an expert wants to connect."""

    kind: CalendarKind
    name: str
    address: Address
    when_unread: WhenUnread = WhenUnread.OPEN
    patience_minutes: int = DEFAULT_PATIENCE


@dataclass(frozen=True, slots=True)
class Change:
    """What an expert changes of a connection; None keeps. The address itself stays."""

    name: str | None = None
    when_unread: WhenUnread | None = None
    patience_minutes: int | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Connection:
    """A connected calendar as its expert sees it; of its address only the host.

    ``read_at`` is when it was last read whole. ``reason`` is a code, "" while all is well;
    ``closed_at`` since when no hour is offered because of it.
    """

    id: UUID
    expert_id: UUID
    kind: CalendarKind
    name: str
    host: str
    when_unread: WhenUnread
    patience_minutes: int
    read_at: datetime
    tried_at: datetime
    due_at: datetime
    reason: str
    closed_at: datetime | None
    entries: int
    skipped: int
    names: tuple[str, ...]

    @property
    def is_fresh(self) -> bool:
        """Whether the last try to read it succeeded."""
        return not self.reason

    @property
    def is_late(self) -> bool:
        """Whether nobody has read it although it was due: nothing works for it just now."""
        return self.is_fresh and clock.now() > self.due_at + LATE

    @property
    def closes_at(self) -> datetime | None:
        """When hours will be closed unless it is read before; None when they will not."""
        if self.is_fresh or self.when_unread == WhenUnread.OPEN or self.closed_at is not None:
            return None
        return self.read_at + timedelta(minutes=self.patience_minutes)


@dataclass(frozen=True, slots=True)
class Feed:
    """The address at which an expert's own sessions can be subscribed to.

    ``details``: with names and links; otherwise each session only says that the time is taken.
    ``fetched_at`` is exact to the hour.
    """

    expert_id: UUID
    token: str = field(repr=False)
    details: bool
    made_at: datetime
    fetched_at: datetime | None

    @property
    def path(self) -> str:
        """The way to it on any of the organization's hosts."""
        return f"/calendar-feeds/{self.token}.ics"
