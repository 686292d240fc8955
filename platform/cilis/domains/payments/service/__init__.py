"""Use cases of payments, one kind a file; see each for its promise."""

from cilis.domains.payments.service.attempts import (
    came_in_vain,
    expire,
    hurry,
    open_attempt,
    send_to_provider,
)
from cilis.domains.payments.service.backfill import backfill_postings
from cilis.domains.payments.service.by_credit import pay_by_credit
from cilis.domains.payments.service.by_hand import (
    instructions,
    pay_out_refund,
    receive_by_hand,
)
from cilis.domains.payments.service.disputes import keep_evidence, send_evidence, tell_bank
from cilis.domains.payments.service.fees import ask_fee
from cilis.domains.payments.service.grace import (
    alone_minor,
    approve_refund,
    ask_approval,
    lapse_request,
    order_refund,
    refuse_refund,
)
from cilis.domains.payments.service.imports import import_payments
from cilis.domains.payments.service.inbox import read_parked, receive
from cilis.domains.payments.service.payees import (
    ask_payee_account,
    look_after_account,
    open_payee_account,
    set_payee_account,
)
from cilis.domains.payments.service.questions import ask_gateway, close_at_gateway
from cilis.domains.payments.service.reconciling import plan, read_settlement, reconcile_day
from cilis.domains.payments.service.refunds import ask_refund, request_refund, send_refund
from cilis.domains.payments.service.repairs import possible, repair
from cilis.domains.payments.service.returns import read_return
from cilis.domains.payments.service.reviews import decide_review
from cilis.domains.payments.service.shares import take_share_back

__all__ = [
    "alone_minor",
    "approve_refund",
    "ask_approval",
    "ask_fee",
    "ask_gateway",
    "ask_payee_account",
    "ask_refund",
    "backfill_postings",
    "came_in_vain",
    "close_at_gateway",
    "decide_review",
    "expire",
    "hurry",
    "import_payments",
    "instructions",
    "keep_evidence",
    "lapse_request",
    "look_after_account",
    "open_attempt",
    "open_payee_account",
    "order_refund",
    "pay_by_credit",
    "pay_out_refund",
    "plan",
    "possible",
    "read_parked",
    "read_return",
    "read_settlement",
    "receive",
    "receive_by_hand",
    "reconcile_day",
    "refuse_refund",
    "repair",
    "request_refund",
    "send_evidence",
    "send_refund",
    "send_to_provider",
    "set_payee_account",
    "take_share_back",
    "tell_bank",
]
