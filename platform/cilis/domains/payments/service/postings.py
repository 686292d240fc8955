"""What payments and refunds write into the ledger.

Money that came is with the gateway and belongs to nobody yet (``clearing``); money on its way back
has left clearing and is still with the gateway until the refund is done. Who earns what of it,
others decide.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from cilis.domains import ledger
from cilis.domains.ledger import Account, AccountKind, Posting, PostingKind, Transfer
from cilis.domains.payments.models import Attempt, Refund
from cilis.domains.payments.types import RefundState

_CLEARING = Account(AccountKind.CLEARING)
_REFUND = Account(AccountKind.REFUND)


def post_captured(session: Session, attempt: Attempt) -> None:
    """The gateway has the client's money."""
    ledger.post(session, captured(attempt))


def post_refund(session: Session, attempt: Attempt, refund: Refund, before: RefundState) -> None:
    """A refund came to another state; ``before`` is where it was."""
    ledger.post(session, refund_moved(attempt, refund, before))


def captured(attempt: Attempt) -> Posting:
    """The posting of money that came."""
    return Posting(
        key=f"captured:{attempt.id.hex}",
        kind=PostingKind.CAPTURED,
        subject_id=attempt.subject_id,
        transfers=[Transfer(_gateway(attempt), _CLEARING, attempt.amount)],
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


def _gateway(attempt: Attempt) -> Account:
    return Account(AccountKind.GATEWAY, attempt.provider)
