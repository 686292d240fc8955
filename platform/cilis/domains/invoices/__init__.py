"""Invoices: the papers about money that clients get, numbered without a gap, frozen when issued.

This file is the room's only door. `issue` writes an invoice or receipt in another room's
transaction (a sale of credit, say); credit notes follow a payment's refunds by themselves.
"""

from cilis.domains.invoices.errors import NothingToIssue, PaperNotFound
from cilis.domains.invoices.events import PaperIssued
from cilis.domains.invoices.models import Paper
from cilis.domains.invoices.queries import (
    buyer,
    credited_by,
    every,
    of_payment,
    of_payments,
    of_person,
    of_subjects,
    page,
    settings,
    visible,
)
from cilis.domains.invoices.service import (
    change_buyer,
    change_settings,
    credit_refunds,
    heading,
    issue,
    issue_for_booking,
    issue_for_credit,
    open_paper,
    seller_gaps,
    with_confirmation,
    with_credit,
    with_refund,
)
from cilis.domains.invoices.types import (
    PATTERNS,
    BookingPaper,
    Buyer,
    PaperFile,
    PaperFilter,
    PaperKind,
    PaperLine,
    PaperSettings,
    PaperWish,
    Settlement,
    Tax,
    number_of,
)

__all__ = [
    "PATTERNS",
    "BookingPaper",
    "Buyer",
    "NothingToIssue",
    "Paper",
    "PaperFile",
    "PaperFilter",
    "PaperIssued",
    "PaperKind",
    "PaperLine",
    "PaperNotFound",
    "PaperSettings",
    "PaperWish",
    "Settlement",
    "Tax",
    "buyer",
    "change_buyer",
    "change_settings",
    "credit_refunds",
    "credited_by",
    "every",
    "heading",
    "issue",
    "issue_for_booking",
    "issue_for_credit",
    "number_of",
    "of_payment",
    "of_payments",
    "of_person",
    "of_subjects",
    "open_paper",
    "page",
    "seller_gaps",
    "settings",
    "visible",
    "with_confirmation",
    "with_credit",
    "with_refund",
]
