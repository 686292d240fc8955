"""One reading of the ledger and of what the rooms say, straight from the tables.

Nothing here asks a room except for the balances themselves: those are what is to be proven.
Every amount is *credits minus debits*, whatever the account, so all of a currency add up to zero.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import ledger
from cilis.infra.db import patience, reading

_PATIENCE_MS = 600_000
_ONE_MOMENT = sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


class Account(NamedTuple):
    """One account in one currency."""

    kind: str
    owner: str
    currency: str


class Thing(NamedTuple):
    """What movements are about: an attempt, a refund, a booking's earnings and so on."""

    kind: str
    id: str  # 32 hexadecimal digits


Movements = Counter[Account]
Row = SimpleNamespace


@dataclass
class Books:
    """What the ledger holds, and beside it what payments, bookings, credits and payouts say."""

    said: dict[Account, int]
    counted: Movements
    moved: dict[Thing, Movements]
    subjects: dict[Thing, set[str]]
    bare: Sequence[str]  # postings that move nothing, or not at their own instant
    attempts: dict[str, Row]
    refunds: dict[str, Row]
    disputes: dict[str, Row]
    bookings: dict[str, Row]
    differences: Mapping[str, Sequence[str]]  # payments of changes to dearer services
    credits: dict[str, Row]
    expired: Mapping[str, int]  # what the book of deeds says was lost of a credit
    coupons: Sequence[Row]
    payouts: dict[str, Row]
    adjustments: dict[str, Row]
    refunds_of: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for row in self.refunds.values():
            self.refunds_of[row.attempt_id].append(row)


_LOOKS = {
    "attempts": "SELECT replace(id::text, '-', '') AS id, replace(subject_id::text, '-', '')"
    " AS subject_id, provider, provider_reference, amount_minor, currency, state, in_vain,"
    " cost_minor, cost_currency, amount_minor - kept_minor AS share_minor, payee_id::text"
    " FROM attempts",
    "refunds": "SELECT replace(id::text, '-', '') AS id, replace(attempt_id::text, '-', '')"
    " AS attempt_id, amount_minor, currency, state, borne_by, share_minor FROM refunds",
    "disputes": "SELECT replace(id::text, '-', '') AS id, replace(attempt_id::text, '-', '')"
    " AS attempt_id, amount_minor, currency, state, share_minor,"
    " closed_at IS NOT NULL AS is_closed, share_back_at IS NOT NULL AS share_is_back FROM disputes",
    "bookings": "SELECT replace(id::text, '-', '') AS id, expert_id::text,"
    " expert_person_id::text, state, currency, price_minor, policy, terms, discount,"
    " disputed_at IS NOT NULL AS is_disputed,"
    " replace(paid_attempt_id::text, '-', '') AS paid_by,"
    " string_to_array(replace(array_to_string(credit_attempt_ids, ','), '-', ''), ',')"
    " AS credit_paid_by FROM bookings",
    "credits": "SELECT replace(id::text, '-', '') AS id, state, amount_minor, currency,"
    " given_by IS NOT NULL AS is_given, replace(paid_attempt_id::text, '-', '') AS paid_by"
    " FROM credits",
    "payouts": "SELECT replace(id::text, '-', '') AS id, expert_id::text, amount_minor, currency,"
    " state, kind, provider FROM payouts",
    "adjustments": "SELECT replace(id::text, '-', '') AS id, expert_id::text, amount_minor,"
    " currency, state FROM payout_adjustments",
}
_BY_ID = tuple(_LOOKS)
_SIDES = (
    " FROM ledger_transfers t CROSS JOIN LATERAL"
    " (VALUES (t.debit_id, -t.amount_minor), (t.credit_id, t.amount_minor))"
    " AS side(account_id, minor)"
)
_LOOKS |= {
    "counted": "SELECT a.kind, a.owner, a.currency, coalesce(sum(side.minor), 0)::bigint AS minor"
    f"{_SIDES} RIGHT JOIN ledger_accounts a ON a.id = side.account_id GROUP BY 1, 2, 3",
    # the thing's kind follows from why money moved; `detail` names refunds, disputes and attempts
    "moved": "SELECT p.kind AS why, replace(p.subject_id::text, '-', '') AS subject,"
    " p.detail->>'attempt_id' AS attempt, p.detail->>'refund_id' AS refund,"
    " p.detail->>'dispute_id' AS dispute, a.kind, a.owner, a.currency, sum(side.minor)::bigint"
    f" AS minor{_SIDES} JOIN ledger_accounts a ON a.id = side.account_id"
    " JOIN ledger_postings p ON p.id = t.posting_id GROUP BY 1, 2, 3, 4, 5, 6, 7, 8",
    "bare": "SELECT p.key FROM ledger_postings p LEFT JOIN ledger_transfers t"
    " ON t.posting_id = p.id WHERE t.posting_id IS NULL OR t.at <> p.at ORDER BY 1",
    "differences": "SELECT replace(booking_id::text, '-', '') AS booking,"
    " replace(attempt_id::text, '-', '') AS attempt FROM booking_moves"
    " WHERE state = 'done' AND attempt_id IS NOT NULL",
    "coupons": "SELECT c.code, c.used, count(u.id) AS in_use FROM coupons c LEFT JOIN coupon_uses u"
    " ON u.coupon_id = c.id AND u.released_at IS NULL GROUP BY c.id",
    "expired": "SELECT replace(subject_id::text, '-', '') AS id,"
    " sum((detail->>'rest_minor')::bigint)::bigint AS minor FROM audit_entries"
    " WHERE action = 'credits.expired' GROUP BY 1",
}
_QUESTION = sa.text(
    "SELECT "
    + ", ".join(f"(SELECT json_agg(t) FROM ({look}) t) AS {name}" for name, look in _LOOKS.items())
)
_PAYMENTS = {"captured", "fee", "refund_asked", "refund_done", "refund_refused"}
_PAYMENTS |= {"dispute_opened", "dispute_won", "dispute_lost"}


def read() -> Books:
    """Read the served organization's books at one moment."""
    with patience(_PATIENCE_MS), reading() as session:
        session.execute(_ONE_MOMENT)
        asked = _asked(session)
    return _made(*asked)  # of many rows it takes longer than a transaction may rest


def read_in(session: Session) -> Books:
    """Read them in the caller's transaction."""
    return _made(*_asked(session))


def _asked(session: Session) -> tuple[dict[Account, int], sa.RowMapping]:
    """What the ledger says of each account, and the answer to `_QUESTION`."""
    said = {
        Account(one.account.kind.value, one.account.owner, one.amount.currency): (
            -one.amount.minor if one.account.kind in ledger.DEBIT_KINDS else one.amount.minor
        )
        for one in ledger.balances(session)
    }
    return said, session.execute(_QUESTION).mappings().one()


def _made(said: dict[Account, int], answer: sa.RowMapping) -> Books:
    found = {name: [Row(**row) for row in answer[name] or ()] for name in _LOOKS}
    counted = Movements()
    for row in found["counted"]:
        counted[Account(row.kind, row.owner, row.currency)] = row.minor
    moved: dict[Thing, Movements] = defaultdict(Movements)
    subjects: dict[Thing, set[str]] = defaultdict(set)
    for row in found["moved"]:
        thing = _thing(row)
        moved[thing][Account(row.kind, row.owner, row.currency)] += row.minor
        subjects[thing].add(row.subject)
    differences: dict[str, list[str]] = defaultdict(list)
    for row in found["differences"]:
        differences[row.booking].append(row.attempt)
    by_id: dict[str, Any] = {name: {row.id: row for row in found[name]} for name in _BY_ID}
    return Books(
        said=said,
        counted=counted,
        moved=moved,
        subjects=subjects,
        bare=[row.key for row in found["bare"]],
        differences=differences,
        coupons=found["coupons"],
        expired={row.id: row.minor for row in found["expired"]},
        **by_id,
    )


def _thing(row: Row) -> Thing:
    if row.why == "passed_back":
        return Thing("share", row.refund or row.dispute)
    if row.why in _PAYMENTS:
        for kind in ("dispute", "refund"):
            if getattr(row, kind) is not None:
                return Thing(kind, getattr(row, kind))
        kind = "fee" if row.why == "fee" else "attempt"
        return Thing(kind, row.attempt or row.subject)
    kind = {"earned": "earnings", "adjusted": "adjustment"}.get(row.why, row.why.partition("_")[0])
    return Thing(kind, row.subject)
