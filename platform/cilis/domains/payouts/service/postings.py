"""What payouts move in the ledger, and the lock under which balances are spent."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import ledger
from cilis.domains.ledger import Account, AccountKind, Posting, PostingKind, Transfer
from cilis.domains.payouts.models import Adjustment, Payout
from cilis.domains.payouts.queries import payable
from cilis.domains.payouts.types import PayeeKind
from cilis.infra.tenancy import current_tenant
from cilis.kit.money import Money

_PAYOUT = Account(AccountKind.PAYOUT)
_ADJUSTMENTS = Account(AccountKind.ADJUSTMENTS)


def one_at_a_time(session: Session) -> None:
    """Whoever spends balances of this organization waits for the one before.

    Taken before a balance is read: so two batches at once never spend the same amount.
    """
    key = sa.func.hashtextextended(f"payouts:{current_tenant().schema}", 0)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def ordered(payout: Payout, by: UUID | None) -> Posting:
    """The amount is set aside."""
    sides = payable(payout.expert_id), _PAYOUT
    return _posting(payout, PostingKind.PAYOUT_ORDERED, sides, by)


def paid(payout: Payout, by: UUID | None) -> Posting:
    """The money left."""
    return _posting(payout, PostingKind.PAYOUT_PAID, (_PAYOUT, _source(payout)), by)


def returned(payout: Payout, by: UUID | None, *, was_paid: bool) -> Posting:
    """The amount is the expert's balance again."""
    sides = _source(payout) if was_paid else _PAYOUT, payable(payout.expert_id)
    return _posting(payout, PostingKind.PAYOUT_RETURNED, sides, by)


def post_adjusted(session: Session, adjustment: Adjustment) -> None:
    """A correction by hand, at the organization's cost or to its good."""
    own = payable(adjustment.expert_id)
    gives = adjustment.amount_minor > 0
    sides = (_ADJUSTMENTS, own) if gives else (own, _ADJUSTMENTS)
    amount = Money(abs(adjustment.amount_minor), adjustment.currency)
    ledger.post(
        session,
        Posting(
            key=f"adjusted:{adjustment.id.hex}",
            kind=PostingKind.ADJUSTED,
            subject_id=adjustment.id,
            transfers=[Transfer(*sides, amount)],
            actor=adjustment.decided_by or adjustment.asked_by,
            detail={"expert_id": adjustment.expert_id.hex, "reason": adjustment.reason},
        ),
    )


def _source(payout: Payout) -> Account:
    """Where the money was: at the bank, or with the gateway that pays experts itself."""
    if payout.kind == PayeeKind.CONNECTED:
        return Account(AccountKind.GATEWAY, payout.provider)
    return Account(AccountKind.BANK)


def _posting(
    payout: Payout, kind: PostingKind, sides: tuple[Account, Account], by: UUID | None
) -> Posting:
    return Posting(
        key=f"{kind.value}:{payout.id.hex}",
        kind=kind,
        subject_id=payout.id,
        transfers=[Transfer(*sides, payout.amount)],
        actor=by,
        detail={"batch_id": payout.batch_id.hex, "expert_id": payout.expert_id.hex},
    )
