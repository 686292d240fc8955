"""Words of the room: what is told, to which side, and what a letter is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID


class Kind(StrEnum):
    """What a notice tells. The first word is the room that the fact comes from."""

    BOOKING_REQUESTED = "booking_requested"
    BOOKING_CONFIRMED = "booking_confirmed"
    BOOKING_MOVED = "booking_moved"
    BOOKING_CANCELLED = "booking_cancelled"
    BOOKING_DECLINED = "booking_declined"
    BOOKING_COMPLETED = "booking_completed"
    BOOKING_MISSED = "booking_missed"
    PAID_IN_VAIN = "paid_in_vain"
    REMINDER_DAY = "reminder_day"
    REMINDER_HOUR = "reminder_hour"
    REFUND_SETTLED = "refund_settled"
    REFUND_REFUSED = "refund_refused"
    PAYMENT_REVIEW = "payment_review"
    PAYMENT_REVIEW_STAFF = "payment_review_staff"
    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a word, not a secret
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    SESSIONS_ENDED = "sessions_ended"
    VERIFICATION_SUBMITTED = "verification_submitted"
    VERIFICATION_DECIDED = "verification_decided"


class NoticeState(StrEnum):
    """How far a notice has come."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"  # overtaken: it would no longer be true
    FAILED = "failed"  # the address is dead


class Side(StrEnum):
    """On which side of a booking the reader is."""

    CLIENT = "client"
    EXPERT = "expert"


REMINDERS: Mapping[Kind, timedelta] = {
    Kind.REMINDER_DAY: timedelta(hours=24),
    Kind.REMINDER_HOUR: timedelta(hours=1),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody is to hear of something, once. ``key`` is the same for the same fact."""

    kind: Kind
    key: str
    person_id: UUID
    subject_id: UUID
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table of amounts."""

    label: str
    value: str
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A few words under a small title."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Who:
    """The person on the other side."""

    name: str
    about: str = ""
    picture: str = ""  # an absolute address


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a mail says, in the reader's language: one fact, one button, little else."""

    subject: str
    opening: str
    fact: Sequence[str]
    under: str = ""
    preheader: str = ""
    who: Who | None = None
    button: str = ""
    link: str = ""
    hint: str = ""
    blocks: Sequence[Block] = ()
    lines_title: str = ""
    lines: Sequence[Line] = ()
    aside: Block | None = None
    aside_link: tuple[str, str] | None = None  # words, address
    footnote: str = ""


@dataclass(frozen=True, slots=True)
class Invite:
    """A calendar entry for one reader."""

    content: bytes
    method: str  # REQUEST or CANCEL
