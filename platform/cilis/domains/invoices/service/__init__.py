"""Use cases of invoices, one subject a file."""

from cilis.domains.invoices.service.choices import change_buyer, change_settings
from cilis.domains.invoices.service.credit_notes import credit_refunds
from cilis.domains.invoices.service.drawing import open_paper, paper
from cilis.domains.invoices.service.issuing import issue, seller_gaps
from cilis.domains.invoices.service.mailed import with_confirmation, with_credit, with_refund
from cilis.domains.invoices.service.of_bookings import issue_for_booking
from cilis.domains.invoices.service.of_credits import issue_for_credit
from cilis.domains.invoices.service.sheets import heading

__all__ = [
    "change_buyer",
    "change_settings",
    "credit_refunds",
    "heading",
    "issue",
    "issue_for_booking",
    "issue_for_credit",
    "open_paper",
    "paper",
    "seller_gaps",
    "with_confirmation",
    "with_credit",
    "with_refund",
]
