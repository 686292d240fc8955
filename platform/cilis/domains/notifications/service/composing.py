"""From a notice to its letter: the facts are read anew, so a mail never tells what was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.orm import Session

from cilis.domains import identity, tenants
from cilis.domains.notifications.models import NoticeRow
from cilis.domains.notifications.service import (
    booking_letters,
    credit_letters,
    facts,
    invites,
    money_letters,
    payout_letters,
    people_letters,
    short_letters,
)
from cilis.domains.notifications.types import Invite, Kind, Letter

Composed = tuple[Letter, Invite | None]
_OtherLetter = Callable[[Session, facts.Case], Letter | None]

_OTHERS: Mapping[Kind, _OtherLetter] = {
    Kind.REFUND_SETTLED: money_letters.refund_settled,
    Kind.REFUND_REFUSED: money_letters.refund_refused,
    Kind.PAYMENT_REVIEW: money_letters.payment_review,
    Kind.PAYMENT_REVIEW_STAFF: money_letters.payment_review_staff,
    Kind.CREDIT_OPENED: credit_letters.opened,
    Kind.CREDIT_GIFT: credit_letters.gift,
    Kind.CREDIT_ENDS: credit_letters.ends_soon,
    Kind.PAYOUT_PAID: payout_letters.paid,
    Kind.PAYOUT_RETURNED: payout_letters.returned,
    Kind.PAYEE_CHANGED: payout_letters.payee_changed,
    Kind.PAYOUT_BATCH_STAFF: payout_letters.batch_waits,
    Kind.PAYOUT_FAILED_STAFF: payout_letters.failed,
    Kind.BALANCE_STAFF: payout_letters.correction_waits,
    Kind.REFUND_REQUEST_STAFF: money_letters.refund_waits,
    Kind.DISPUTE_STAFF: money_letters.disputed,
    Kind.VERIFY_EMAIL: people_letters.verify_email,
    Kind.CHANGE_EMAIL: people_letters.change_email,
    Kind.EMAIL_CHANGE_ASKED: people_letters.email_change_asked,
    Kind.RESET_PASSWORD: people_letters.reset_password,
    Kind.PASSWORD_CHANGED: people_letters.password_changed,
    Kind.SESSIONS_ENDED: people_letters.sessions_ended,
    Kind.VERIFICATION_SUBMITTED: people_letters.verification_submitted,
    Kind.VERIFICATION_DECIDED: people_letters.verification_decided,
}


def compose(
    session: Session,
    row: NoticeRow,
    reader: identity.Person,
    organization: tenants.Organization,
    gathered: Sequence[NoticeRow] = (),
) -> Composed | None:
    """The letter and the calendar entry of a notice, in the language that is being spoken.

    ``gathered`` is what a letter of the day tells of. None when the fact was overtaken: a booking
    cancelled before its confirmation went out.
    """
    if row.kind == Kind.DIGEST:
        day = short_letters.digest(gathered)
        return (day, None) if day else None
    if short_letters.is_short(row.kind):
        return short_letters.write(row), None
    case = facts.Case(row.kind, row.subject_id, row.detail, reader, organization)
    other = _OTHERS.get(row.kind)
    if other is not None:
        letter = other(session, case)
        return (letter, None) if letter else None
    known = facts.of_booking(session, case)
    if known is None or not booking_letters.still_true(known):
        return None
    return booking_letters.write(known), invites.for_letter(known)


def language_of(reader: identity.Person, organization: tenants.Organization) -> str:
    """The reader's language where the organization speaks it, else the organization's first."""
    if reader.language in organization.languages:
        return reader.language
    return organization.default_language
