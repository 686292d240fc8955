"""Credit notes: what went back of a payment, taken from its paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import bookings, payments
from cilis.domains.invoices import queries
from cilis.domains.invoices.models import Paper
from cilis.domains.invoices.service import taxes
from cilis.domains.invoices.service.issuing import (
    client_language,
    kept_shares,
    one_at_a_time,
    write,
)
from cilis.domains.invoices.types import Content, PaperKind, Share
from cilis.infra.db import transaction
from cilis.infra.i18n import gettext as _
from cilis.kit import ids


def credit_refunds(payment_id: UUID) -> Paper | None:
    """Write the credit note that a payment's paper lacks; None when it lacks none.

    What has gone back is compared with what was credited, so this may run any number of times,
    in any order, and after a refund that the bank sent back and that was done once more.
    """
    with transaction() as session:
        anchor_id = anchor(session, payment_id)
        lock_payment(session, anchor_id)
        paper = queries.of_payment(session, anchor_id)
        return credit_what_went_back(session, paper) if paper is not None else None


def credit_what_went_back(session: Session, paper: Paper) -> Paper | None:
    """The same for a paper whose payment is locked."""
    if paper.payment_id is None:
        return None
    refunds = payments.refunds_of(session, _payments_of(session, paper, paper.payment_id))
    each = [one for some in refunds.values() for one in some]
    back = payments.Returned.of(paper.total, each).done.minor
    notes = queries.credited_by(session, paper.id)
    missing = min(back, paper.total_minor) - sum(note.total_minor for note in notes)
    if missing <= 0:
        return None
    return _credit(session, paper, notes, missing)


def anchor(session: Session, payment_id: UUID) -> UUID:
    """The payment under which a paper is kept.

    A session's first price may be paid by credit and by a gateway: all of it is on the one paper
    of the payment that bought the hour.
    """
    attempt = payments.attempt(session, payment_id)
    if not attempt.is_by_credit:
        return payment_id
    booking = bookings.get(session, attempt.subject_id)
    if payment_id in booking.credit_attempt_ids and booking.paid_attempt_id is not None:
        return booking.paid_attempt_id
    return payment_id


def first_payments(booking: bookings.Booking) -> list[UUID]:
    """The payments of a booking's first price: by credit, then the one that bought the hour."""
    found = list(booking.credit_attempt_ids)
    if booking.paid_attempt_id is not None and booking.paid_attempt_id not in found:
        found.append(booking.paid_attempt_id)
    return found


def _payments_of(session: Session, paper: Paper, payment_id: UUID) -> list[UUID]:
    """All payments that settled a paper."""
    if paper.subject_id is not None and paper.content.get("about", "booking") == "booking":
        try:
            booking = bookings.get(session, paper.subject_id)
        except bookings.BookingNotFound:
            return [payment_id]
        if booking.paid_attempt_id == payment_id:
            return first_payments(booking)
    return [payment_id]


def lock_payment(session: Session, payment_id: UUID) -> None:
    """One at a time issues and credits for a payment."""
    one_at_a_time(session, f"payment:{payment_id}")


def _credit(session: Session, paper: Paper, notes: Sequence[Paper], minor: int) -> Paper:
    rest = taxes.left(
        kept_shares(paper.content), [one for note in notes for one in kept_shares(note.content)]
    )
    shared = taxes.portion(rest, minor)
    draft = Paper(
        id=ids.new(),
        key=f"credit:{paper.id}:{len(notes) + 1}",
        kind=PaperKind.CREDIT_NOTE,
        person_id=paper.person_id,
        subject_id=paper.subject_id,
        payment_id=paper.payment_id,
        corrects_id=paper.id,
        currency=paper.currency,
        language=paper.language,
    )
    with client_language(session, paper.person_id) as language:
        draft.language = language
        whole = minor == paper.total_minor
        kept = ("buyer", "supplied_on", "reference")
        content: Content = {name: paper.content[name] for name in kept} | {
            "about": paper.content.get("about", "booking"),
            "lines": paper.content["lines"] if whole else _lines(paper, shared),
            "settled": [],
            "paid_on": "",
            "corrects": {
                "number": paper.number,
                "kind": paper.kind.value,
                "issued_on": paper.issued_on.isoformat(),
            },
        }
        return write(session, draft, content, shared)


def _lines(paper: Paper, shared: Sequence[Share]) -> list[dict[str, Any]]:
    """A part of a paper: one line for each rate, named after the first thing under it."""
    found = []
    for share in shared:
        of_rate = [one for one in paper.content["lines"] if one["rate_bp"] == share.rate_bp]
        found.append(
            {
                "text": _("Part of: %(service)s", service=of_rate[0]["text"]),
                "note": of_rate[0]["note"],
                "quantity": 1,
                "gross_minor": share.gross,
                "rate_bp": share.rate_bp,
                "tax_name": share.name,
            }
        )
    return found
