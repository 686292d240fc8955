"""What the room does, one kind of work a file."""

from cilis.domains.payouts.service.adjustments import adjust, decide_adjustment
from cilis.domains.payouts.service.batches import approve_batch, cancel_batch, make_batch
from cilis.domains.payouts.service.drawing import line_words, statement_pdf
from cilis.domains.payouts.service.files import BankFile, bank_file, goes_by_sepa
from cilis.domains.payouts.service.imports import import_paid_batch, import_payees
from cilis.domains.payouts.service.payees import choose_payee, own_expert
from cilis.domains.payouts.service.rules import change_rules
from cilis.domains.payouts.service.settling import mark_paid, mark_returned
from cilis.domains.payouts.service.transfers import ask_transfer, recall_transfer, send_transfer

__all__ = [
    "BankFile",
    "adjust",
    "approve_batch",
    "ask_transfer",
    "bank_file",
    "cancel_batch",
    "change_rules",
    "choose_payee",
    "decide_adjustment",
    "goes_by_sepa",
    "import_paid_batch",
    "import_payees",
    "line_words",
    "make_batch",
    "mark_paid",
    "mark_returned",
    "own_expert",
    "recall_transfer",
    "send_transfer",
    "statement_pdf",
]
