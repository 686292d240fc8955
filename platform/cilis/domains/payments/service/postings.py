"""What payments and refunds write into the ledger.

Money that came is with the gateway (or was taken of a credit) and belongs to nobody yet
(``clearing``); money on its way back has left clearing and is still with the gateway until the
refund is done. Who earns what of it, others decide. What a company passed on to the payee is not
with it any more: the payee has it ahead of earning it (``passed_on``).
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from cilis.domains import ledger
from cilis.domains.ledger import Account, AccountKind, Posting, PostingKind, Transfer
from cilis.domains.payments.models import Attempt, Dispute, Refund
from cilis.domains.payments.types import DisputeState, RefundState
from cilis.kit.money import Money

_CLEARING = Account(AccountKind.CLEARING)
_REFUND = Account(AccountKind.REFUND)
_HELD = frozenset({DisputeState.OPEN, DisputeState.UNDER_REVIEW})


def post_captured(session: Session, attempt: Attempt) -> None:
    """The gateway has the client's money."""
    ledger.post(session, captured(attempt))


def post_refund(session: Session, attempt: Attempt, refund: Refund, before: RefundState) -> None:
    """A refund came to another state; ``before`` is where it was."""
    ledger.post(session, refund_moved(attempt, refund, before))


def post_share_back(session: Session, attempt: Attempt, refund: Refund) -> None:
    """The company took on a refund, and with it took back what the payee had of it."""
    _post_share(session, attempt, refund, {"refund_id": refund.id.hex})


def post_share_of_dispute(session: Session, attempt: Attempt, dispute: Dispute) -> None:
    """The company took back what the payee had of a contested amount."""
    _post_share(session, attempt, dispute, {"dispute_id": dispute.id.hex})


def captured(attempt: Attempt) -> Posting:
    """The posting of money that came, and of what the company passed on of it at once."""
    moves = [Transfer(_gateway(attempt), _CLEARING, attempt.amount)]
    if attempt.share is not None:
        moves.append(Transfer(_passed_on(attempt), _gateway(attempt), attempt.share))
    return Posting(
        key=f"captured:{attempt.id.hex}",
        kind=PostingKind.CAPTURED,
        subject_id=attempt.subject_id,
        transfers=moves,
        detail={"attempt_id": attempt.id.hex},
    )


def refund_asked(attempt: Attempt, refund: Refund) -> Posting:
    """The posting of money that is to go back."""
    return _of_refund(attempt, refund, PostingKind.REFUND_ASKED, (_CLEARING, _REFUND))


def refund_done(attempt: Attempt, refund: Refund) -> Posting:
    """The posting of money that went back."""
    return _of_refund(attempt, refund, PostingKind.REFUND_DONE, (_REFUND, _gateway(attempt)))


def refund_moved(attempt: Attempt, refund: Refund, before: RefundState) -> Posting:
    """The posting of a refund's end; a refused one undoes what was posted before."""
    if refund.state == RefundState.DONE:
        return refund_done(attempt, refund)
    kept_by = _gateway(attempt) if before == RefundState.DONE else _REFUND
    return _of_refund(attempt, refund, PostingKind.REFUND_REFUSED, (kept_by, _CLEARING))


def post_dispute(
    session: Session, attempt: Attempt, dispute: Dispute, before: DisputeState | None
) -> None:
    """A dispute came to another state; ``before`` is where it was, None for a new one."""
    for posting in dispute_moved(attempt, dispute, before):
        ledger.post(session, posting)


def post_fee(session: Session, attempt: Attempt, cost: Money) -> None:
    """What the company kept for itself; not booked in another currency than its account's here."""
    posting = fee(attempt, cost)
    if posting is not None:
        ledger.post(session, posting)


def dispute_moved(attempt: Attempt, dispute: Dispute, before: DisputeState | None) -> list[Posting]:
    """The postings of a dispute's new state.

    While it is open the company holds the money back; won, it comes back; lost, the organization
    bears it, not the expert.
    """
    held, after = before in _HELD, dispute.state
    opened = _of_dispute(attempt, dispute, PostingKind.DISPUTE_OPENED)
    if after in _HELD and not held:
        return [opened]
    if after == DisputeState.LOST:
        lost = _of_dispute(attempt, dispute, PostingKind.DISPUTE_LOST)
        return [lost] if held else [opened, lost]  # of some nobody tells us the beginning
    if after == DisputeState.WON and (held or before == DisputeState.LOST):
        was_lost = before == DisputeState.LOST
        return [_of_dispute(attempt, dispute, PostingKind.DISPUTE_WON, was_lost=was_lost)]
    return []


def fee(attempt: Attempt, cost: Money) -> Posting | None:
    """The posting of what the company kept; None where it is nothing, or in other money."""
    if cost.currency != attempt.currency or not cost.minor:
        return None
    return Posting(
        key=f"fee:{attempt.id.hex}",
        kind=PostingKind.FEE,
        subject_id=attempt.subject_id,
        transfers=[Transfer(Account(AccountKind.FEES), _gateway(attempt), cost)],
        detail={"attempt_id": attempt.id.hex},
    )


def _post_share(
    session: Session, attempt: Attempt, thing: Refund | Dispute, detail: dict[str, str]
) -> None:
    if thing.share is None:
        return
    ledger.post(
        session,
        Posting(
            key=f"{PostingKind.PASSED_BACK.value}:{thing.id.hex}",
            kind=PostingKind.PASSED_BACK,
            subject_id=attempt.subject_id,
            transfers=[Transfer(_gateway(attempt), _passed_on(attempt), thing.share)],
            detail={"attempt_id": attempt.id.hex, **detail},
        ),
    )


def _of_dispute(
    attempt: Attempt, dispute: Dispute, kind: PostingKind, *, was_lost: bool = False
) -> Posting:
    gateway = _gateway(attempt)
    disputed = Account(AccountKind.DISPUTED, attempt.provider)
    borne = Account(AccountKind.ADJUSTMENTS)
    sides = {
        PostingKind.DISPUTE_OPENED: (disputed, gateway),
        PostingKind.DISPUTE_WON: (gateway, borne if was_lost else disputed),
        PostingKind.DISPUTE_LOST: (borne, disputed),
    }[kind]
    return Posting(
        key=f"{kind.value}:{dispute.id.hex}",
        kind=kind,
        subject_id=attempt.subject_id,
        transfers=[Transfer(*sides, dispute.amount)],
        detail={"attempt_id": attempt.id.hex, "dispute_id": dispute.id.hex},
    )


def _of_refund(
    attempt: Attempt, refund: Refund, kind: PostingKind, sides: tuple[Account, Account]
) -> Posting:
    debit, credit = sides
    return Posting(
        key=f"{kind.value}:{refund.id.hex}",
        kind=kind,
        subject_id=attempt.subject_id,
        transfers=[Transfer(debit, credit, refund.amount)],
        actor=refund.asked_by,
        detail={"attempt_id": attempt.id.hex, "refund_id": refund.id.hex, "reason": refund.reason},
    )


def _passed_on(attempt: Attempt) -> Account:
    return Account(AccountKind.PASSED_ON, str(attempt.payee_id))


def _gateway(attempt: Attempt) -> Account:
    """Where the money is: with a company, or with the credit that it was taken of."""
    if attempt.is_by_credit:
        return Account(AccountKind.CREDIT, attempt.provider_reference)
    return Account(AccountKind.GATEWAY, attempt.provider)
