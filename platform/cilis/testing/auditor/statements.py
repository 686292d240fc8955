"""Whether experts' statements are one unbroken story that ends at the balance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import ledger, payouts
from cilis.infra.db import patience, reading

_PATIENCE_MS = 600_000
_ORDERED, _CAME_BACK = "payout_ordered", "payout_returned"
_PAYOUTS = sa.text(
    "SELECT id, expert_id, amount_minor, currency, ordered_at,"
    " CASE WHEN state IN ('returned', 'cancelled') THEN returned_at END AS returned_at"
    " FROM payouts"
)


def statements() -> list[str]:
    """All that is wrong with the statements of the served organization's experts."""
    with patience(_PATIENCE_MS), reading() as session:
        rows: dict[UUID, list[sa.Row[Any]]] = defaultdict(list)
        for row in session.execute(_PAYOUTS):
            rows[row.expert_id].append(row)
        owners = [
            UUID(one.account.owner) for one in ledger.balances(session, ledger.AccountKind.PAYABLE)
        ]
        return [
            f"L7: expert {owner}: {found}"
            for owner in dict.fromkeys(owners)
            for found in _of(session, owner, rows[owner])
        ]


def _of(session: Session, expert_id: UUID, rows: Sequence[sa.Row[Any]]) -> Iterator[str]:
    currency = payouts.rules(session).currency
    found = [
        payouts.statement(session, expert_id, month)
        for month in reversed(payouts.months(session, expert_id))
    ]
    before = 0
    for one in found:
        if one.opening.minor != before:
            yield f"{one.month.key} begins with {one.opening}, the last one ended with {before}"
        added = sum(line.change.minor for line in one.lines)
        if one.opening.minor + added != one.closing.minor:
            yield f"{one.month.key} ends with {one.closing}, its lines add up to {added}"
        yield from _paid_in(one, rows)
        before = one.closing.minor
    account = ledger.Account(ledger.AccountKind.PAYABLE, str(expert_id))
    balance = ledger.balance(session, account, currency)
    if found and balance.minor != before:
        yield f"the statements end with {before}, the balance is {balance}"


def _paid_in(one: payouts.Statement, rows: Sequence[sa.Row[Any]]) -> Iterator[str]:
    """What a month says was paid out, and came back, is what the payouts of that month say."""
    begin, end = one.month.begin, one.month.end
    wanted = {
        _ORDERED: {row.id: -row.amount_minor for row in rows if begin <= row.ordered_at < end},
        _CAME_BACK: {
            row.id: row.amount_minor
            for row in rows
            if row.returned_at is not None and begin <= row.returned_at < end
        },
    }
    for kind, amounts in wanted.items():
        said = {line.subject_id: line.change.minor for line in one.lines if line.kind == kind}
        if said != amounts:
            odd = sorted(str(key) for key, _ in said.items() ^ amounts.items())
            yield f"{one.month.key} differs from the payouts ({kind}): {', '.join(odd[:3])}"
