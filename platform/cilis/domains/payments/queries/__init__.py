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
from cilis.domains.payments.queries.facts import earned, earned_by_day, facts, facts_page
from cilis.domains.payments.queries.inbox import notice, notice_of, notices_of
from cilis.domains.payments.queries.lists import earnings_page, page, refunds_page
from cilis.domains.payments.queries.reconciliation import (
    difference,
    differences_page,
    known,
    open_differences,
    opened_between,
    reconciliation,
    reconciliations,
    settled_between,
)
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
    "difference",
    "differences_page",
    "earned",
    "earned_by_day",
    "earnings_page",
    "facts",
    "facts_page",
    "is_paid",
    "is_staff",
    "known",
    "live_of",
    "lock",
    "notice",
    "notice_of",
    "notices_of",
    "of_subjects",
    "open_differences",
    "opened_between",
    "page",
    "reconciliation",
    "reconciliations",
    "refund",
    "refund_by_key",
    "refunded_minor",
    "refunds_of",
    "refunds_page",
    "settled_between",
    "visible",
    "visible_earning",
    "visible_refund",
    "waiting",
]
