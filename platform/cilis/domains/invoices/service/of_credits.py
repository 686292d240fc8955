"""The receipt of bought credit.

Credit buys any session of any expert, taxed one way or another, so no tax falls due with it: it is
a voucher for several purposes (for the Union: Directive 2006/112/EC, article 30b). The tax stands
on the paper of each session that is paid with it.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import credits, payments
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
from cilis.infra.i18n import ngettext


def issue_for_credit(credit_id: UUID) -> Paper | None:
    """Write the receipt of a credit, for its buyer; repeatable.

    None for what was given, and where the organization gives its clients no papers.
    """
    with transaction() as session:
        found = credits.credit(session, credit_id)
        if found.paid_attempt_id is None or found.buyer_id is None:
            return None
        lock_payment(session, found.paid_attempt_id)
        known = queries.of_payment(session, found.paid_attempt_id)
        if known is not None:
            return known
        if queries.settings(session).booking_paper == BookingPaper.NONE:
            return None
        paper = issue(session, _wish(session, found, found.buyer_id, found.paid_attempt_id))
        credit_what_went_back(session, paper)
        return paper


def _wish(session: Session, found: credits.Credit, buyer_id: UUID, payment_id: UUID) -> PaperWish:
    attempt = payments.attempt(session, payment_id)
    with client_language(session, buyer_id):
        notes = [_("Credit for sessions. Tax is charged with each session.")]
        if found.sessions:
            notes.insert(0, ngettext("%(n)s session", "%(n)s sessions", found.sessions) + ".")
        line = PaperLine(
            text=i18n.translated(found.name) or _("Gift credit"),
            note=" ".join(notes),
            gross=attempt.amount,
            tax=Tax(),
        )
        how = payments.title(attempt.provider)
    return PaperWish(
        key=f"credit:{found.id}",
        kind=PaperKind.RECEIPT,
        person_id=buyer_id,
        payment_id=payment_id,
        subject_id=found.id,
        reference=found.reference,
        about="credit",
        lines=[line],
        settled=[
            Settlement(how=how, amount=attempt.amount, at=attempt.settled_at or attempt.created_at)
        ],
    )
