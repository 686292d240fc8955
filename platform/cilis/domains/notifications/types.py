"""Words of the room: what is told, to which side, and what a letter is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo


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
    MONEY_ALARM = "money_alarm"
    MONEY_DIFFERS = "money_differs"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_RETURNED = "payout_returned"
    PAYEE_CHANGED = "payee_changed"
    PAYOUT_BATCH_STAFF = "payout_batch_staff"
    PAYOUT_FAILED_STAFF = "payout_failed_staff"
    BALANCE_STAFF = "balance_staff"
    REFUND_REQUEST_STAFF = "refund_request_staff"
    DISPUTE_STAFF = "dispute_staff"
    VERIFY_EMAIL = "verify_email"
    CHANGE_EMAIL = "change_email"
    EMAIL_CHANGE_ASKED = "email_change_asked"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a word, not a secret
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    SESSIONS_ENDED = "sessions_ended"
    VERIFICATION_SUBMITTED = "verification_submitted"
    VERIFICATION_DECIDED = "verification_decided"
    MESSAGE_WAITING = "message_waiting"
    DOCUMENT_SHARED = "document_shared"
    REVIEW_WRITTEN = "review_written"
    REVIEW_ANSWERED = "review_answered"
    TIME_PROPOSED = "time_proposed"
    PROPOSAL_CLOSED = "proposal_closed"
    BOOKING_DISPUTED = "booking_disputed"
    BOOKING_DISPUTED_STAFF = "booking_disputed_staff"
    BOOKING_DECIDED = "booking_decided"
    CREDIT_OPENED = "credit_opened"
    CREDIT_GIFT = "credit_gift"
    CREDIT_ENDS = "credit_ends"
    DIGEST = "digest"


class Matter(StrEnum):
    """What people choose about: notices of one matter come, or come not, together."""

    SECURITY = "security"
    MONEY = "money"
    BOOKINGS = "bookings"
    REMINDERS = "reminders"
    MESSAGES = "messages"
    DOCUMENTS = "documents"
    REVIEWS = "reviews"
    VERIFICATION = "verification"
    STAFF = "staff"  # what waits for a person of the organization


class Timing(StrEnum):
    """When a channel carries the notices of a matter."""

    NOW = "now"
    DAILY = "daily"  # gathered into one letter a day
    OFF = "off"


class NoticeState(StrEnum):
    """How far a notice has come."""

    QUEUED = "queued"
    GATHERED = "gathered"  # waits for the letter of the day
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"  # overtaken: it would no longer be true
    FAILED = "failed"  # the address is dead


class Side(StrEnum):
    """On which side of a booking the reader is."""

    CLIENT = "client"
    EXPERT = "expert"


PAGE = "page"
"""The channel that is always there: the list of notices on the pages, live."""

MATTER_OF: Mapping[Kind, Matter] = {
    Kind.BOOKING_REQUESTED: Matter.BOOKINGS,
    Kind.BOOKING_CONFIRMED: Matter.BOOKINGS,
    Kind.BOOKING_MOVED: Matter.BOOKINGS,
    Kind.BOOKING_CANCELLED: Matter.BOOKINGS,
    Kind.BOOKING_DECLINED: Matter.BOOKINGS,
    Kind.BOOKING_MISSED: Matter.BOOKINGS,
    Kind.TIME_PROPOSED: Matter.BOOKINGS,
    Kind.PROPOSAL_CLOSED: Matter.BOOKINGS,
    Kind.BOOKING_DISPUTED: Matter.BOOKINGS,
    Kind.BOOKING_DISPUTED_STAFF: Matter.STAFF,
    Kind.BOOKING_DECIDED: Matter.BOOKINGS,
    Kind.BOOKING_COMPLETED: Matter.REVIEWS,
    Kind.PAID_IN_VAIN: Matter.MONEY,
    Kind.REMINDER_DAY: Matter.REMINDERS,
    Kind.REMINDER_HOUR: Matter.REMINDERS,
    Kind.REFUND_SETTLED: Matter.MONEY,
    Kind.REFUND_REFUSED: Matter.STAFF,
    Kind.CREDIT_OPENED: Matter.MONEY,
    Kind.CREDIT_GIFT: Matter.MONEY,
    Kind.CREDIT_ENDS: Matter.MONEY,
    Kind.PAYMENT_REVIEW: Matter.MONEY,
    Kind.PAYMENT_REVIEW_STAFF: Matter.STAFF,
    Kind.MONEY_ALARM: Matter.STAFF,
    Kind.MONEY_DIFFERS: Matter.STAFF,
    Kind.PAYOUT_PAID: Matter.MONEY,
    Kind.PAYOUT_RETURNED: Matter.MONEY,
    Kind.PAYEE_CHANGED: Matter.SECURITY,
    Kind.PAYOUT_BATCH_STAFF: Matter.STAFF,
    Kind.PAYOUT_FAILED_STAFF: Matter.STAFF,
    Kind.BALANCE_STAFF: Matter.STAFF,
    Kind.REFUND_REQUEST_STAFF: Matter.STAFF,
    Kind.DISPUTE_STAFF: Matter.STAFF,
    Kind.VERIFY_EMAIL: Matter.SECURITY,
    Kind.CHANGE_EMAIL: Matter.SECURITY,
    Kind.EMAIL_CHANGE_ASKED: Matter.SECURITY,
    Kind.RESET_PASSWORD: Matter.SECURITY,
    Kind.PASSWORD_CHANGED: Matter.SECURITY,
    Kind.SESSIONS_ENDED: Matter.SECURITY,
    Kind.VERIFICATION_SUBMITTED: Matter.STAFF,
    Kind.VERIFICATION_DECIDED: Matter.VERIFICATION,
    Kind.MESSAGE_WAITING: Matter.MESSAGES,
    Kind.DOCUMENT_SHARED: Matter.DOCUMENTS,
    Kind.REVIEW_WRITTEN: Matter.REVIEWS,
    Kind.REVIEW_ANSWERED: Matter.REVIEWS,
}
MANDATORY = frozenset({Matter.SECURITY, Matter.MONEY})
"""What nobody can switch off: it is about somebody's money or account."""

AT_ONCE = MANDATORY | {Matter.REMINDERS, Matter.BOOKINGS}
"""What does not wait for the end of quiet hours: later it would be of no use."""

MAIL_ONLY = frozenset(
    {
        Kind.VERIFY_EMAIL,
        Kind.CHANGE_EMAIL,
        Kind.RESET_PASSWORD,
        Kind.CREDIT_GIFT,
        Kind.DIGEST,
    }
)
"""What has no place in the list on the pages: secrets of an account, what is written to somebody
else, and the list itself."""

AUDIENCE: Mapping[Matter, frozenset[str]] = {
    Matter.VERIFICATION: frozenset({"expert"}),
    Matter.STAFF: frozenset({"admin"}),
}
"""Matters that concern some roles only; all others concern everybody."""

DIGEST_MINUTE = 18 * 60
"""When the letter of the day goes out, unless somebody chose otherwise: minutes after midnight."""

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
class Told:
    """One notice as a person sees it in the list, in words of the language that is spoken."""

    id: UUID
    kind: Kind
    title: str
    text: str
    link: str  # a path of this site
    icon: str
    tone: str
    at: datetime
    is_read: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """What one person wants to hear, by which channel, and when rather not.

    ``quiet`` are minutes after midnight in the person's zone, from and until; equal ones mean that
    there are no quiet hours.
    """

    choices: Mapping[tuple[Matter, str], Timing] = field(default_factory=dict)
    quiet: tuple[int, int] | None = None
    digest_minute: int = DIGEST_MINUTE

    def timing(self, matter: Matter, channel: str) -> Timing:
        """When this channel carries this matter; what is mandatory always comes at once."""
        if matter in MANDATORY:
            return Timing.NOW
        return self.choices.get((matter, channel), Timing.NOW)

    def not_before(self, matter: Matter, now: datetime, zone: ZoneInfo) -> datetime | None:
        """The end of the quiet hours that it is now, for what can wait; else None."""
        if self.quiet is None or matter in AT_ONCE:
            return None
        begins, ends = self.quiet
        local = now.astimezone(zone)
        minute = local.hour * 60 + local.minute
        over_midnight = begins > ends
        silent = (minute >= begins or minute < ends) if over_midnight else begins <= minute < ends
        if not silent:
            return None
        return _next(local, ends)

    def digest_at(self, now: datetime, zone: ZoneInfo) -> datetime:
        """When the next letter of the day goes out."""
        return _next(now.astimezone(zone), self.digest_minute)


def _next(local: datetime, minute: int) -> datetime:
    """The next time that it is so many minutes after midnight on this wall clock."""
    at = local.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0)
    return at if at > local else at + timedelta(days=1)


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
    choices: str = ""  # where the reader chooses what is sent; "" where there is no choice
    to_address: str = ""  # where the reader wants to be written to, if not at the known address
    to_name: str | None = None  # of who reads it there, if that is somebody else; "": unknown


@dataclass(frozen=True, slots=True)
class Invite:
    """A calendar entry for one reader."""

    content: bytes
    method: str  # REQUEST or CANCEL
