"""The paper of a paid booking.

It is written once the booking is both paid and confirmed: a request that nobody accepts goes back
in full and needs none. The tax point is the day of the payment, which comes before the session
(for the Union: Directive 2006/112/EC, article 65); both days stand on the paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import bookings, experts, payments, pricing
from cilis.domains.invoices import queries
from cilis.domains.invoices.models import Paper
from cilis.domains.invoices.service.credit_notes import (
    credit_what_went_back,
    first_payments,
    lock_payment,
)
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
from cilis.kit.money import Money

_S = bookings.BookingState
_BEFORE = frozenset({_S.HELD, _S.PENDING, _S.EXPIRED})


def issue_for_booking(booking_id: UUID) -> list[Paper]:
    """Write the papers of a booking's payments, oldest first; repeatable.

    The first price has one paper, however it was paid: by credit, by a gateway, or by both. There
    is another one where the session became a dearer one. With each paper comes the credit note of
    what went back already. None while the booking is not confirmed, for one that cost nothing, and
    where the organization gives its clients no papers.
    """
    with transaction() as session:
        booking = bookings.get(session, booking_id)
        if booking.client_id is None or not _came_about(session, booking):
            return []
        first = first_payments(booking)
        more = [one for one in bookings.payments_of(session, booking) if one not in first]
        sets = [first] if first else []
        sets += [[one] for one in more]
        found = [_issue(session, booking, booking.client_id, one, one is first) for one in sets]
        return [paper for paper in found if paper is not None]


def _issue(
    session: Session,
    booking: bookings.Booking,
    client_id: UUID,
    payment_ids: Sequence[UUID],
    is_first: bool,
) -> Paper | None:
    """One paper over some payments; it is kept under the last of them."""
    payment_id = payment_ids[-1]
    lock_payment(session, payment_id)
    known = queries.of_payment(session, payment_id)
    if known is not None:
        return known
    wanted = queries.settings(session).booking_paper
    paid = [payments.attempt(session, one) for one in payment_ids]
    if wanted == BookingPaper.NONE or paid[-1].state != payments.AttemptState.CAPTURED:
        return None
    with client_language(session, client_id):
        lines = _lines(session, booking, _sum(paid), is_first)
        settled = _settlements(paid)
    wish = PaperWish(
        key=f"booking:{payment_id}",
        kind=PaperKind(wanted.value),
        person_id=client_id,
        payment_id=payment_id,
        subject_id=booking.id,
        reference=booking.reference,
        supplied_at=booking.starts_at,
        lines=lines,
        settled=settled,
    )
    paper = issue(session, wish)
    credit_what_went_back(session, paper)
    return paper


def _lines(
    session: Session, booking: bookings.Booking, paid: Money, is_first: bool
) -> list[PaperLine]:
    """The service at its full price and what made it cheaper, or the difference to a dearer one."""
    frozen = pricing.Terms.from_json(booking.terms).tax
    tax, note = Tax(frozen.rate_bp, frozen.name), _note(session, booking)
    service = i18n.translated(booking.service_name)
    if not is_first:
        text = _("Difference for: %(service)s", service=service)
        return [PaperLine(text=text, note=note, gross=paid, tax=tax)]
    off = Money(int(booking.discount.get("minor", 0)), booking.currency)
    line = PaperLine(text=service, note=note, gross=paid + off, tax=tax)
    if off.is_zero:
        return [line]
    less = Money(-off.minor, off.currency)
    return [line, PaperLine(text=_discount(booking), gross=less, tax=tax)]


def _discount(booking: bookings.Booking) -> str:
    label = booking.discount["label"]
    what = (
        _("package %(name)s", name=label)
        if booking.discount["kind"] == "package"
        else _("code %(code)s", code=label)
    )
    return _("Discount: %(what)s", what=what)


def _settlements(paid: Sequence[payments.Attempt]) -> list[Settlement]:
    """How it was paid: all credit together, then what came through a gateway."""
    by_credit = [one for one in paid if one.is_by_credit]
    parts = [by_credit] if by_credit else []
    parts += [[one] for one in paid if not one.is_by_credit]
    return [
        Settlement(
            how=payments.title(some[-1].provider),
            amount=_sum(some),
            at=some[-1].settled_at or some[-1].created_at,
        )
        for some in parts
    ]


def _sum(paid: Sequence[payments.Attempt]) -> Money:
    return Money(sum(one.amount_minor for one in paid), paid[0].currency)


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
