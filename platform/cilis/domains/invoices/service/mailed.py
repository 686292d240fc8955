"""Papers that travel with mails: written now if nobody has written them before."""

from __future__ import annotations

from uuid import UUID

from cilis.domains.invoices import queries
from cilis.domains.invoices.models import Paper
from cilis.domains.invoices.service.credit_notes import anchor, credit_refunds
from cilis.domains.invoices.service.drawing import draw
from cilis.domains.invoices.service.of_bookings import issue_for_booking
from cilis.domains.invoices.service.of_credits import issue_for_credit
from cilis.domains.invoices.types import PaperFile
from cilis.infra.db import reading
from cilis.kit.money import Money


def with_confirmation(booking_id: UUID) -> list[PaperFile]:
    """The papers of a booking; none where there is none.

    Raises:
        BookingNotFound, PaperFailed.
    """
    return [draw(paper) for paper in issue_for_booking(booking_id)]


def with_credit(credit_id: UUID) -> list[PaperFile]:
    """The receipt of a bought credit; none for one that was given. Raises PaperFailed."""
    paper = issue_for_credit(credit_id)
    return [draw(paper)] if paper is not None else []


def with_refund(payment_id: UUID, amount: Money) -> list[PaperFile]:
    """The credit note of a refund: the newest over its amount, else the newest; raises PaperFailed.

    A note may be over another amount where a bank had sent money back before.
    """
    credit_refunds(payment_id)
    with reading() as session:
        paper = queries.of_payment(session, anchor(session, payment_id))
        notes = list(queries.credited_by(session, paper.id)) if paper is not None else []
    found: Paper | None = notes[-1] if notes else None
    for note in notes:
        if note.total == amount:
            found = note
    return [draw(found)] if found is not None else []
