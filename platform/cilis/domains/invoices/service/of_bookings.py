"""The paper of a paid booking.

It is written once the booking is both paid and confirmed: a request that nobody accepts goes back
in full and needs none. The tax point is the day of the payment, which comes before the session
(for the Union: Directive 2006/112/EC, article 65); both days stand on the paper.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import bookings, experts, payments, pricing
from cilis.domains.invoices import queries
from cilis.domains.invoices.models import Paper
from cilis.domains.invoices.service.credit_notes import credit_what_went_back, lock_payment
from cilis.domains.invoices.service.issuing import client_language, issue
from cilis.domains.invoices.types import (
    BookingPaper,
    PaperKind,
    PaperLine,
    PaperWish,
    Settlement,
    Tax,
)
from cilis.infra import i18n
from cilis.infra.db import transaction
from cilis.infra.i18n import gettext as _

_S = bookings.BookingState
_BEFORE = frozenset({_S.HELD, _S.PENDING, _S.EXPIRED})


def issue_for_booking(booking_id: UUID) -> list[Paper]:
    """Write the papers of a booking's payments, oldest first; repeatable.

    There is a second payment where the session became a dearer one. With each paper comes the
    credit note of what went back already. None while the booking is not confirmed, for one that
    cost nothing, and where the organization gives its clients no papers.
    """
    with transaction() as session:
        booking = bookings.get(session, booking_id)
        if booking.client_id is None or not _came_about(session, booking):
            return []
        paid = bookings.payments_of(session, booking)
        found = [_issue(session, booking, booking.client_id, one, paid[0]) for one in paid]
        return [paper for paper in found if paper is not None]


def _issue(
    session: Session, booking: bookings.Booking, client_id: UUID, payment_id: UUID, first_id: UUID
) -> Paper | None:
    lock_payment(session, payment_id)
    known = queries.of_payment(session, payment_id)
    if known is not None:
        return known
    wanted = queries.settings(session).booking_paper
    attempt = payments.attempt(session, payment_id)
    if wanted == BookingPaper.NONE or attempt.state != payments.AttemptState.CAPTURED:
        return None
    frozen = pricing.Terms.from_json(booking.terms).tax
    with client_language(session, client_id):
        service = i18n.translated(booking.service_name)
        line = PaperLine(
            text=service
            if payment_id == first_id
            else _("Difference for: %(service)s", service=service),
            note=_note(session, booking),
            gross=attempt.amount,
            tax=Tax(frozen.rate_bp, frozen.name),
        )
    how = Settlement(
        how=payments.title(attempt.provider),
        amount=attempt.amount,
        at=attempt.settled_at or attempt.created_at,
    )
    wish = PaperWish(
        key=f"booking:{payment_id}",
        kind=PaperKind(wanted.value),
        person_id=client_id,
        payment_id=payment_id,
        subject_id=booking.id,
        reference=booking.reference,
        supplied_at=booking.starts_at,
        lines=[line],
        settled=[how],
    )
    paper = issue(session, wish)
    credit_what_went_back(session, paper)
    return paper


def _came_about(session: Session, booking: bookings.Booking) -> bool:
    """Whether it was ever confirmed; a request that came to nothing has no paper."""
    if booking.state != _S.CANCELLED:
        return booking.state not in _BEFORE
    return any(line.from_state == _S.CONFIRMED for line in bookings.history(session, booking.id))


def _note(session: Session, booking: bookings.Booking) -> str:
    """With whom, when, how long: in the client's language and the organization's time."""
    return _(
        "with %(name)s, %(day)s, %(begin)s–%(end)s",
        name=experts.card(session, booking.expert_id).title,
        day=i18n.format_date(booking.starts_at),
        begin=i18n.format_time(booking.starts_at),
        end=i18n.format_time(booking.ends_at),
    )
