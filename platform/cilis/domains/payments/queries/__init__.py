"""The room's reads; every function joins the caller's session."""

from cilis.domains.payments.queries.attempts import (
    STAFF,
    attempt,
    changes,
    is_paid,
    is_staff,
    live_of,
    lock,
    of_subjects,
    visible,
    visible_earning,
)
from cilis.domains.payments.queries.disputes import (
    dispute,
    dispute_of,
    disputes_of,
    disputes_page,
    disputes_waiting,
    lock_dispute,
    lock_numbered,
    papers,
    payee_account,
)
from cilis.domains.payments.queries.facts import earned, earned_by_day, facts, facts_page
from cilis.domains.payments.queries.inbox import notice, notice_of, notices_of
from cilis.domains.payments.queries.lists import earnings_page, page, refunds_page
from cilis.domains.payments.queries.refunds import (
    refund,
    refund_by_key,
    refunded_minor,
    refunds_of,
    visible_refund,
    waiting,
)

__all__ = [
    "STAFF",
    "attempt",
    "changes",
    "dispute",
    "dispute_of",
    "disputes_of",
    "disputes_page",
    "disputes_waiting",
    "earned",
    "earned_by_day",
    "earnings_page",
    "facts",
    "facts_page",
    "is_paid",
    "is_staff",
    "live_of",
    "lock",
    "lock_dispute",
    "lock_numbered",
    "notice",
    "notice_of",
    "notices_of",
    "of_subjects",
    "page",
    "papers",
    "payee_account",
    "refund",
    "refund_by_key",
    "refunded_minor",
    "refunds_of",
    "refunds_page",
    "visible",
    "visible_earning",
    "visible_refund",
    "waiting",
]
