"""Accounts and batches that arrive complete, from a pack or another installation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import ledger
from cilis.domains.ledger import AccountKind
from cilis.domains.payouts import queries
from cilis.domains.payouts.models import PayeeRow, Payout, PayoutBatch
from cilis.domains.payouts.service import accounts
from cilis.domains.payouts.service.postings import one_at_a_time, ordered, paid
from cilis.domains.payouts.types import BatchState, Destination, PayoutState
from cilis.kit import clock, ids

_TO_PAY = timedelta(hours=2)


def import_payees(session: Session, rows: Mapping[UUID, Destination], at: datetime) -> None:
    """Write where experts' money goes, without telling anybody; a known one is replaced.

    Raises:
        InvalidInput: an account that cannot be one.
    """
    for expert_id, given in rows.items():
        account = accounts.checked(given, queries.transfer_gateways(session))
        row = session.get(PayeeRow, expert_id)
        if row is None:
            row = PayeeRow(expert_id=expert_id)
            session.add(row)
        row.kind, row.provider = account.kind, account.provider
        row.hint, row.sealed = accounts.hint(account), accounts.seal(account)
        row.changed_at, row.locked_until = at, None
    session.flush()


def import_paid_batch(
    session: Session, at: datetime, made_by: UUID | None, approved_by: UUID | None
) -> UUID | None:
    """A batch of the past that was paid: what everybody with an account could get at an instant.

    Returns its id; None when there was nothing to pay.
    """
    one_at_a_time(session)
    known = queries.rules(session)
    owed = {
        UUID(one.account.owner): one.amount.minor
        for one in ledger.balances(session, AccountKind.PAYABLE)
        if one.amount.currency == known.currency
    }
    payees = queries.payees(session, owed)
    then = ledger.balances_of(
        session,
        AccountKind.PAYABLE,
        [str(one) for one in payees],
        known.currency,
        at - timedelta(days=known.holding_days),
    )
    amounts = {one: min(then[str(one)].minor, owed[one]) for one in payees}
    amounts = {one: minor for one, minor in amounts.items() if minor >= max(1, known.minimum_minor)}
    if not amounts:
        return None
    paid_at = min(at + _TO_PAY, clock.now())
    batch = PayoutBatch(
        id=ids.new(),
        reference=ids.reference(),
        currency=known.currency,
        total_minor=sum(amounts.values()),
        payouts=len(amounts),
        state=BatchState.CLOSED,
        made_by=made_by,
        made_at=at,
        approved_by=approved_by,
        approved_at=at + (paid_at - at) / 2,
        ended_at=paid_at,
    )
    session.add(batch)
    session.flush()
    sealed = queries.sealed(session, amounts)
    rows = [
        Payout(
            id=ids.new(),
            batch_id=batch.id,
            expert_id=one,
            amount_minor=minor,
            currency=known.currency,
            state=PayoutState.PAID,
            kind=payees[one].kind,
            provider=payees[one].provider,
            hint=payees[one].hint,
            sealed=sealed[one],
            ordered_at=at,
            paid_at=paid_at,
        )
        for one, minor in amounts.items()
    ]
    session.add_all(rows)
    session.flush()
    ledger.import_postings(
        session,
        [(ordered(row, made_by), at) for row in rows]
        + [(paid(row, made_by), paid_at) for row in rows],
    )
    return batch.id
