"""Conversations as their pages show them: lines under days, who is here, the coming session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import bookings, messaging
from cilis.domains.messaging import Conversation, Message, MessageKind, Other, SentFile
from cilis.infra import files
from cilis.infra.i18n import format_date, format_time, gettext, local
from cilis.infra.presence import Presence
from cilis.kit import clock
from cilis.kit.pagination import Page
from cilis.web.views.visits import Visit, visits

TOGETHER = timedelta(minutes=5)
"""Lines of one person that follow each other within this time stand as one."""
LIVE_EVENTS = "messaging.sent messaging.marked messaging.noticed presence.changed"


@dataclass(frozen=True, slots=True)
class Line:
    """One message; ``day`` is set where a new day begins, ``first_new`` before what is unread."""

    message: Message
    mine: bool
    state: str
    day: date | None
    joined: bool
    first_new: bool
    starts_at: datetime | None

    @property
    def is_notice(self) -> bool:
        """Whether the house speaks, about a booking."""
        return self.message.kind is MessageKind.NOTICE


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation in the list."""

    id: UUID
    name: str
    picture: str | None
    online: bool
    unread: int
    at: datetime
    text: str
    mine: bool
    is_file: bool
    notice: str


@dataclass(frozen=True, slots=True)
class Thread:
    """One conversation, with some of its lines."""

    conversation: Conversation
    other: Other
    picture: str | None
    presence: Presence
    lines: Sequence[Line]
    older: str | None
    newer: str | None

    @property
    def last_number(self) -> int:
        """The number of the last line that is shown; what comes after it is asked for."""
        return self.lines[-1].message.number if self.lines else 0


def picture_of(other: Other) -> str | None:
    """Where a person's picture is."""
    return files.public_url(other.picture_key) if other.picture_key else None


def rows(
    found: Sequence[Conversation], others: Mapping[UUID, Other], here: Mapping[UUID, Presence]
) -> list[Row]:
    """Conversations as the list shows them."""
    return [_row(each, others[each.id], here) for each in found]


def lines(
    found: Sequence[Message], seen: Conversation, *, before: Message | None = None
) -> list[Line]:
    """Messages in their order; ``before`` is the one that stands above them already."""
    shown: list[Line] = []
    new_marked = False
    for message in found:
        mine = message.sender_id == seen.viewer_id
        is_new = message.sender_id == seen.other_id and message.number > seen.mine.read
        day = local(message.created_at).date()
        new_day = before is None or local(before.created_at).date() != day
        shown.append(
            Line(
                message,
                mine,
                _state(message, seen) if mine else "",
                day if new_day else None,
                not new_day and _together(before, message),
                is_new and not new_marked,
                _start(message),
            )
        )
        new_marked = new_marked or is_new
        before = message
    return shown


def thread(
    session: Session, seen: Conversation, page: Page[Message], *, newer: str | None = None
) -> Thread:
    """A conversation with a page of its messages; presence is asked for elsewhere."""
    other = messaging.others_of(session, [seen])[seen.id]
    return Thread(
        seen, other, picture_of(other), Presence(), lines(page.items, seen), page.next_cursor, newer
    )


def coming(session: Session, seen: Conversation) -> Visit | None:
    """The next session of the two, as the viewer sees it."""
    page = bookings.of_client(session, seen.client_id, coming=True, limit=50)
    together = [one for one in page.items if one.expert_id == seen.expert_id]
    shown = [one for one in together if one.state != bookings.BookingState.HELD][:1]
    found = visits(session, shown, "client" if seen.is_clients else "expert")
    return found[0] if found else None


def whereabouts(presence: Presence) -> str:
    """Whether somebody is here, in words: "Online", "Last seen today at 19:04"."""
    if presence.online:
        return gettext("Online")
    if presence.seen_at is None:
        return ""
    now, seen = local(clock.now()), local(presence.seen_at)
    if now - seen < timedelta(minutes=2):
        return gettext("Here a moment ago")
    time = format_time(presence.seen_at)
    if seen.date() == now.date():
        return gettext("Last here today at %(time)s", time=time)
    if seen.date() == now.date() - timedelta(days=1):
        return gettext("Last here yesterday at %(time)s", time=time)
    return gettext("Last here on %(day)s", day=format_date(presence.seen_at, "day"))


def when(at: datetime) -> str:
    """When something was written, as short as a list needs it: 19:04, or 24/11."""
    same_day = local(at).date() == local(clock.now()).date()
    return format_time(at) if same_day else format_date(at, "day")


def size_of(file: SentFile) -> str:
    """A file's size in words: 240 KB."""
    if file.size < 1_000_000:
        return f"{max(1, round(file.size / 1000))} KB"
    return f"{file.size / 1_000_000:.1f} MB"


def _row(seen: Conversation, other: Other, here: Mapping[UUID, Presence]) -> Row:
    last = seen.last
    return Row(
        id=seen.id,
        name=other.name,
        picture=picture_of(other),
        online=here.get(other.person_id, Presence()).online,
        unread=seen.unread,
        at=last.created_at if last else seen.last_at,
        text=" ".join(last.text.split())[:140] if last else "",
        mine=last is not None and last.sender_id == seen.viewer_id,
        is_file=last is not None and last.kind is MessageKind.TEXT and not last.text,
        notice=str(last.detail.get("notice", "")) if last else "",
    )


def _state(message: Message, seen: Conversation) -> str:
    if seen.theirs.read >= message.number:
        return "read"
    return "delivered" if seen.theirs.delivered >= message.number else "sent"


def _together(before: Message | None, message: Message) -> bool:
    return (
        before is not None
        and before.sender_id is not None
        and before.sender_id == message.sender_id
        and message.created_at - before.created_at < TOGETHER
    )


def _start(message: Message) -> datetime | None:
    raw = message.detail.get("starts_at")
    return datetime.fromisoformat(raw) if isinstance(raw, str) else None
